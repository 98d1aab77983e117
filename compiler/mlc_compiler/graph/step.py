"""Steps and the edges between them: data only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mlc_compiler.source.place import Path

PortType = Literal["table", "model", "scores", "index", "value", "report", "effect", "file"]


@dataclass(frozen=True)
class Field:
    """A parameter's value that is the task's own: the value of a field of its axes."""

    name: str


@dataclass(frozen=True)
class Param:
    """A parameter's value that the run gives: a parameter of the spec, or `as_of`."""

    name: str


@dataclass(frozen=True)
class Bound:
    """A parameter's value that `prepare` finds: what a source holds, which model is live."""

    kind: Literal["source", "live"]
    name: str


@dataclass(frozen=True)
class Edge:
    """An input: the tasks of `step` that agree with the consumer's on the fields that both have.

    Attributes:
        port: the consumer's name for it.
        step: the producer.
        out: the producer's port.
        over: axes bound here; the consumer gets one value for each of their records.
        tolerate: the share of a collect's records that may be missing.
        missing: the value may be missing; the consumer then gets none.
    """

    port: str
    step: str
    out: str
    over: tuple[str, ...] = ()
    tolerate: float = 0.0
    missing: bool = False


@dataclass(frozen=True)
class Policy:
    """How a step's tasks are run; never part of a key.

    Attributes:
        resources: `cpu` (cores), `memory` (bytes), `gpu` (count).
        pool: the environment's compute pool.
        image: the container image, where it is not the environment's.
        retry: how often an application failure is tried again.
        backoff, backoff_max: microseconds before the first retry, and at the most.
        timeout: microseconds for one task.
        store: `must` where the value cannot be recomputed on demand.
    """

    resources: Mapping[str, int | float] = field(default_factory=dict)
    pool: str | None = None
    image: str | None = None
    retry: int = 0
    backoff: int = 1_000_000
    backoff_max: int = 60_000_000
    timeout: int | None = None
    store: Literal["may", "must"] = "may"


@dataclass(frozen=True)
class Step:
    """One operation over the records of its axes.

    Attributes:
        name: unique in the graph; never part of a key.
        op: the runtime's operation.
        params: nested data whose leaves may be `Field`, `Param` and `Bound`.
        inputs: its edges, by port.
        outputs: port to type.
        axes: names of axes, in order; the rightmost is fastest.
        code: modules of user code that it reaches.
        distributions: names of libraries whose versions change its results.
        policy: how it runs.
        effect: it changes something outside the graph.
        pure: equal inputs give equal outputs.
        root: its result is what somebody asked for.
        want: the columns that are read of each table it gives; None for all.
        origin: the routes in the spec that it comes from.
    """

    name: str
    op: str
    params: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Edge, ...] = ()
    outputs: Mapping[str, PortType] = field(default_factory=dict)
    axes: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    policy: Policy = Policy()
    effect: bool = False
    pure: bool = True
    root: bool = False
    want: tuple[str, ...] | None = None
    origin: tuple[Path, ...] = ()


def leaves(value: Any) -> Iterator[Any]:
    """The leaves of nested parameters, in order."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def holes(value: Any) -> Any:
    """Parameters as plain data: `{"$field": name}`, `{"$param": name}` and `{"$bind": [kind, name]}` for the holes."""
    match value:
        case Field(name):
            return {"$field": name}
        case Param(name):
            return {"$param": name}
        case Bound(kind, name):
            return {"$bind": [kind, name]}
        case Mapping():
            return {key: holes(item) for key, item in value.items()}
        case list() | tuple():
            return [holes(item) for item in value]
    return value


def fill_holes(value: Any) -> Any:
    """The inverse of `holes`."""
    if isinstance(value, dict):
        match value:
            case {"$field": str(name)} if len(value) == 1:
                return Field(name)
            case {"$param": str(name)} if len(value) == 1:
                return Param(name)
            case {"$bind": [kind, name]} if len(value) == 1:
                return Bound(kind, name)
        return {key: fill_holes(item) for key, item in value.items()}
    if isinstance(value, list):
        return [fill_holes(item) for item in value]
    return value
