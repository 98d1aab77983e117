"""Steps: data only. Edges and policies are those of the plan, which a step becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlc_compiler.source.place import Path
from mlc_runtime.plan import PlanEdge as Edge
from mlc_runtime.plan import Policy, Where

__all__ = ["Edge", "Policy", "Step", "Where", "bound", "field_of", "literal", "parameter"]


@dataclass(frozen=True)
class Step:
    """One operation over the records of its axes.

    Attributes:
        name: unique in the graph; never part of a key.
        op: the runtime's operation.
        params: JSON with holes (see `mlc_runtime.params`); `locate` holds what says where things are, and is not in
            the key.
        inputs: its edges.
        outputs: port to type.
        axes: names of axes, in order; the rightmost is fastest.
        code: modules of user code that it reaches.
        distributions: import names of libraries whose versions change its results.
        policy: how it runs.
        effect: it changes something outside the graph.
        pure: equal inputs give equal outputs.
        root: its result is what somebody asked for.
        want: the columns that are read of each table it gives; None for all. Those of our own, which begin with `$`,
            stay anyway.
        where: the rows that are read of each table it gives; None for all.
        members: the steps that run within this one's tasks, in order.
        tiles: how the tasks are grouped where an engine starts a process for each group, see `PlanStep`.
        origin: the routes in the spec that it comes from.
        also: names of steps that asked for the same, and that this one stands for.
    """

    name: str
    op: str
    params: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Edge, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    axes: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    policy: Policy = Policy()
    effect: bool = False
    pure: bool = True
    root: bool = False
    want: tuple[str, ...] | None = None
    where: Where | None = None
    members: tuple[str, ...] = ()
    tiles: Mapping[str, Any] = field(default_factory=lambda: {"max": 1})
    origin: tuple[Path, ...] = ()
    also: tuple[str, ...] = ()


def field_of(name: str) -> dict[str, str]:
    """A parameter that is the task's own value of a field of its axes."""
    return {"$field": name}


def parameter(name: str) -> dict[str, str]:
    """A parameter that the run gives: one of the spec's, or `as_of`."""
    return {"$param": name}


def bound(*path: str) -> dict[str, list[str]]:
    """A parameter that `prepare` finds: what a source holds, which model is live."""
    return {"$bind": list(path)}


def literal(value: Any) -> Any:
    """A user's value as it is, even where it looks like a hole."""
    if isinstance(value, dict):
        plain = {key: literal(item) for key, item in value.items()}
        return {"$literal": value} if len(value) == 1 and next(iter(value)).startswith("$") else plain
    return [literal(item) for item in value] if isinstance(value, list | tuple) else value
