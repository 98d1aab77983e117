"""Keys without running: a plan's tasks under fixed facts, what finders find made up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mlc_runtime.ledger import StoreLedger
from mlc_runtime.parameters import parameters
from mlc_runtime.plan import Plan, PlanStep
from mlc_runtime.record import Record
from mlc_runtime.relation import as_object
from mlc_runtime.run import Run
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.values import Output

Keys = dict[str, dict[tuple[tuple[str, str], ...], str]]
"""By step, the key of each task by its coordinates."""


@dataclass(frozen=True)
class Facts:
    """What a run would find.

    Attributes:
        given: text of the run's parameters.
        as_of: the logical time.
        versions: those that are not "1".
        fingerprints: those of sources that are not as ever.
        live: the version that is live.
        found: the records that a finder of `each` finds, by its fields.
    """

    given: Mapping[str, str] = field(default_factory=dict)
    as_of: int = 1_700_000_000_000_000
    versions: Mapping[str, str] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    live: int = 1
    found: tuple[str, ...] = ("clay", "sand")


def keys(plan: Plan, facts: Facts = Facts()) -> Keys:
    """The keys of all tasks of a plan, as if all were done."""
    names = {name for step in plan.steps for name in step.distributions}
    bind = {
        "run": "r1",
        "status": None,
        "parameters": {**parameters(plan.params, facts.given, "UTC"), "as_of": facts.as_of},
        "versions": {name: facts.versions.get(name, "1") for name in ("python", *sorted(names))},
        "live": {name: {"version": facts.live, "key": f"live {facts.live}"} for name in plan.spec["trainings"]},
        "sources": {
            step.name.removeprefix("sources."): facts.fingerprints.get(step.name.removeprefix("sources."), _like(step))
            for step in plan.steps
            if step.op == "read"
        },
    }
    store = MemoryStore()
    run = Run(plan, bind, store, StoreLedger(store, "r1"), "r1", Path())
    made: Keys = {}
    for step in plan.steps:
        made[step.name] = {}
        for at in run.space(step.name):
            key = run.key(step, at)
            outputs = {port: _value(run, step, port, at, facts) for port in step.outputs}
            run.ledger.commit(run.object(step, at), Record(key, "", step.op, outputs, {}, {}, "r1", 0))
            made[step.name][tuple((name, repr(value)) for name, value in sorted(at.items()))] = key
    return made


def _like(step: PlanStep) -> str:
    """A fingerprint that is the same whatever a source is called and wherever it lies."""
    return str(step.params["columns"][0]["name"])


def _value(run: Run, step: PlanStep, port: str, at: Mapping[str, Any], facts: Facts) -> Output:
    axes = [axis for axis in run.plan.axes.values() if axis.found == (step.name, port)]
    value: Any = None
    if axes:
        value = {"fields": list(axes[0].fields), "records": _records(run, step, at, facts)}
    return Output("json", "", 0, inline=value)


def _records(run: Run, step: PlanStep, at: Mapping[str, Any], facts: Facts) -> list[dict[str, Any]]:
    """A gate is open, a selection takes the first, values are listed or as the facts say."""
    if step.op == "gate":
        return [{}]
    if step.op == "select":
        within = next(axis.within for axis in run.plan.axes.values() if axis.found and axis.found[0] == step.name)
        assert within is not None
        base = run.axis(within)
        relation = base if hasattr(base, "nth") else next(iter(base.groups.values()))
        records = [as_object(base.fields, record) for record in relation]
        return records[: step.params["keep"]]
    if step.params["listed"] is not None:
        return list(step.params["listed"])
    (name,) = step.params["fields"]
    return [{name: value} for value in facts.found]


@pytest.fixture
def task_keys() -> Callable[..., Keys]:
    return keys


@pytest.fixture
def facts() -> type[Facts]:
    return Facts
