"""The meaning that passes are held to is what the task runner does: the same keys, the same outcomes."""

import sys
import types
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from tests.passes.graphs import graphs
from tests.passes.meaning import BIND, meaning, plan_of, toy
from tests.passes.theorem import passed

from mlc_compiler.graph.graph import Graph, roots
from mlc_compiler.passes import PASSES
from mlc_runtime.ledger import StoreLedger
from mlc_runtime.plan import Plan, PlanStep, dump, load
from mlc_runtime.run import Run
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.task import Outcome, TaskRunner

OPERATIONS = ("check", "f", "find", "g")


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy operation as modules: of pure functions, and of what is its place."""

    def operation(op: str, own: bool) -> types.ModuleType:
        def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
            asked = {name: value for name, value in params.items() if name != "want"}
            value = toy(op, asked, inputs, (context.step, context.coordinates) if own else None)
            if value is None:
                raise ValueError(op)
            return value

        module = types.ModuleType(_module(op, own))
        module.run = run  # type: ignore[attr-defined]
        return module

    for op in OPERATIONS:
        for own in (False, True):
            monkeypatch.setitem(sys.modules, _module(op, own), operation(op, own))


def _module(op: str, own: bool) -> str:
    return f"toys.{'own' if own else 'pure'}_{op}"


def carried_out(graph: Graph) -> tuple[Run, dict[str, dict[str, tuple[str, Any]]]]:
    """Key and outcome of every task that runs by itself, by step and coordinates, of a plan that was written down."""
    plan = plan_of(graph)
    steps = (_real(graph, step) for step in plan.steps)
    store = MemoryStore()
    run = Run(load(dump(Plan("toy", {}, plan.axes, tuple(steps)))), BIND, store, StoreLedger(store, "r"), "r", Path())
    runner = TaskRunner(run, wait=lambda _: None)
    inside = {name for step in graph.steps for name in step.members}
    return run, {
        step.name: {str(dict(at)): _told(runner.run_task(step.name, at)) for at in run.space(step.name)}
        for step in plan.steps
        if step.name not in inside
    }


def _real(graph: Graph, step: PlanStep) -> PlanStep:
    own = step.effect or not step.pure
    return replace(step, op=_module(step.op, own), members=graph.step[step.name].members)


def _told(outcome: Outcome) -> tuple[str, Any]:
    if outcome.record is None:
        return outcome.key, "missing"
    return outcome.key, {port: output.content for port, output in outcome.record.outputs.items()}


def agree(graph: Graph) -> None:
    """Each task of a graph as written, and each that was asked for of the graph after the passes."""
    meant = meaning(graph)
    for written, steps in ((graph, graph.steps), (passed(graph, PASSES), roots(graph))):
        run, done = carried_out(written)
        for step in steps:
            now = run.plan.by_name[step.name]
            for at in meant.run.space(step.name):
                here = {name: at[name] for name in run.plan.fields(now.axes) if name in at}
                assert done[now.name][str(here)] == meant.of(step.name, at), step.name


@pytest.mark.parametrize("examples", [30, pytest.param(2000, marks=(pytest.mark.deep, pytest.mark.timeout(3600)))])
def test_the_runner_does_what_a_graph_means(toys: None, examples: int) -> None:
    @settings(max_examples=examples, database=None, derandomize=True, phases=[Phase.generate])
    @given(graphs())
    def attempt(graph: Graph) -> None:
        agree(graph)

    attempt()
