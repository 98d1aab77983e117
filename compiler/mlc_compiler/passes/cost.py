"""Estimates: how long a task takes, how many there are, and what it costs to keep and to fetch what they give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.size import size_of_axes
from mlc_compiler.graph.step import Step
from mlc_compiler.passes.facts import Facts
from mlc_runtime.values import kind_of

ASSUMED = 10
"""The number of records of an axis of which nothing is known."""

_SECONDS = {
    "container": 60.0,
    "features": 1.0,
    "make": 1.0,
    "outcome": 1.0,
    "python": 1.0,
    "query": 1.0,
    "read": 1.0,
    "train": 1.0,
    "apply": 0.2,
    "check": 0.1,
    "report": 0.1,
    "write": 0.1,
    "compute": 0.05,
    "examples": 0.05,
    "filter": 0.05,
    "label": 0.05,
    "predict": 0.05,
    "prepare": 0.05,
    "split": 0.05,
    "evaluate": 0.02,
    "oof": 0.02,
    "rows": 0.02,
    "assemble": 0.005,
    "slice": 0.005,
}
"""What a task takes where nobody has measured it, by operation: the order of magnitude on tens of thousands of rows."""
_OTHER = 0.01
_WORK = {"training": ("train",), "steps": ("python", "container"), "serving": ("predict",)}
"""The operations that do the work of an entry, by the section that it stands in."""

_WRITE = {"table": 0.004, "model": 0.002, "file": 0.004, "json": 0.0001}
_LOAD = {"table": 0.002, "model": 0.001, "file": 0.0005, "json": 0.0001}
"""Seconds beside the request, by kind of value; small JSON stands in the record."""


@dataclass(frozen=True)
class Estimate:
    """How long a task of a step takes.

    Attributes:
        seconds: of one task.
        source: whether an earlier run measured it, the environment declares it, or it is what tasks of its operation
            take by default.
    """

    seconds: float
    source: Literal["measured", "declared", "default"]


def estimate(step: Step, facts: Facts) -> Estimate:
    """The estimated duration of a task.

    >>> estimate(Step("t.fit", "train"), Facts(durations={"t.fit": 0.02}))
    Estimate(seconds=0.02, source='measured')
    """
    measured = facts.durations.get(step.name)
    if measured is not None:
        return Estimate(measured, "measured")
    declared = _declared(step, facts)
    if declared is not None:
        return Estimate(declared, "declared")
    return Estimate(_SECONDS.get(step.op, _OTHER), "default")


def _declared(step: Step, facts: Facts) -> float | None:
    """What the entry of the spec that a step comes from declares, where the step does that entry's work."""
    entries = (path[:2] for path in step.origin if len(path) >= 2 and step.op in _WORK.get(str(path[0]), ()))
    return next((facts.declared[str(name)] for _, name in entries if name in facts.declared), None)


def number_of_tasks(graph: Graph, step: Step, facts: Facts) -> int:
    """How many tasks a step has: counted by an earlier run, known by arithmetic, or assumed."""
    known = facts.tasks.get(step.name)
    return records(graph, step.axes) if known is None else known


def records(graph: Graph, axes: Sequence[str]) -> int:
    """The records of a product of axes; of those of which nothing is known, `ASSUMED` each."""
    if not axes:
        return 1
    terms = size_of_axes(graph, axes).terms
    return sum(factor * ASSUMED ** len(unknown) for unknown, factor in terms.items())


def write(step: Step, facts: Facts) -> float:
    """Seconds to store what a task gives."""
    return sum(_WRITE[kind_of(type_)] + _request(type_, facts) for type_ in step.outputs.values())


def load(step: Step, facts: Facts, ports: Iterable[str] | None = None) -> float:
    """Seconds to fetch what a task gave, at some ports or at all."""
    types = step.outputs.values() if ports is None else [step.outputs[port] for port in ports]
    return sum(_LOAD[kind_of(type_)] + _request(type_, facts) for type_ in types)


def _request(type_: str, facts: Facts) -> float:
    return 0.0 if kind_of(type_) == "json" else facts.limits.request
