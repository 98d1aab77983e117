import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mlc_runtime.keys import static_key
from mlc_runtime.ledger import StoreLedger
from mlc_runtime.plan import Plan, PlanAxis, PlanStep
from mlc_runtime.run import Run
from mlc_runtime.store import Store
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.task import Outcome, TaskRunner
from mlc_runtime.values import decode

BIND = {"parameters": {"cost": 2.0, "as_of": None}, "versions": {"python": "3.11", "lib": "1"}, "source": {"s": "f0"}}


class Toys:
    """Operations made of functions, and a count of how often each ran."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.runs: dict[str, int] = {}

    def add(self, name: str, function: Callable[..., Mapping[str, Any]]) -> str:
        """Register `function(inputs, params, context)`; the operation's name."""
        op = f"toys.{name}"

        def run(inputs: Any, params: Any, context: Any) -> Mapping[str, Any]:
            self.runs[name] = self.runs.get(name, 0) + 1
            return function(inputs, params, context)

        module = types.ModuleType(op)
        module.run = run  # type: ignore[attr-defined]
        self._monkeypatch.setitem(sys.modules, op, module)
        return op


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> Toys:
    toys = Toys(monkeypatch)
    toys.add("give", lambda inputs, params, context: {"out": params["value"]})
    toys.add("total", lambda inputs, params, context: {"out": sum(value for _, value in inputs["xs"])})
    toys.add("double", lambda inputs, params, context: {"out": 2 * inputs["x"]})

    def fail(inputs: Any, params: Any, context: Any) -> Mapping[str, Any]:
        if params["value"] in params["bad"]:
            raise ValueError(f"{params['value']} is bad")
        return {"out": params["value"]}

    toys.add("picky", fail)
    toys.add(
        "find", lambda inputs, params, context: {"out": {"fields": ["g"], "records": [[v] for v in params["values"]]}}
    )
    return toys


def step(name: str, op: str, params: Mapping[str, Any] | None = None, **more: Any) -> PlanStep:
    """A step of a toy operation with one JSON output `out`."""
    return PlanStep(name, f"toys.{op}", static_key(op, 1), params or {}, **{"outputs": {"out": "value"}, **more})


class Bench:
    """A run of a hand-made plan over a store, all steps in order."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def open(
        self, steps: list[PlanStep], axes: list[PlanAxis] | None = None, store: Store | None = None, **more: Any
    ) -> Run:
        """A run; equal names share failures."""
        plan = Plan("toy", {}, {axis.name: axis for axis in axes or []}, tuple(steps))
        chosen = MemoryStore() if store is None else store
        name = more.pop("name", "r1")
        return Run(plan, more.pop("bind", BIND), chosen, StoreLedger(chosen, name), name, self.root, **more)

    def value(self, outcome: Outcome, run: Run) -> Any:
        """What a task gave at its output `out`."""
        assert outcome.record is not None
        return decode(outcome.record.outputs["out"], run.store)

    def finish(self, run: Run, **more: Any) -> dict[tuple[str, str], Outcome]:
        """Every task's outcome by step and coordinates."""
        runner = TaskRunner(run, wait=lambda _: None, **more)
        inner = {name for step in run.plan.steps for name in step.members}
        return {
            (step.name, str(at)): runner.run_task(step.name, at)
            for step in run.plan.steps
            if step.name not in inner
            for at in run.space(step.name)
        }


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def make_step() -> Callable[..., PlanStep]:
    return step
