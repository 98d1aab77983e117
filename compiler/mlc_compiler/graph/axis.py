"""Axes: ordered sets of records, kept symbolic.

A grid is a `Product`, conditional sub-grids a `Union`, random search a `Sample`, values that only a run can
tell are `Found` by a step, and `Project` is the part of an axis that a step reads. A condition is a found
axis without fields: one record, or none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Scalar = Any
"""A JSON value: str, int, float, bool, or a small list or map of them."""


@dataclass(frozen=True)
class Listed:
    """Records written down, in order; each gives a value for every field of `fields`."""

    fields: tuple[str, ...]
    records: tuple[tuple[Scalar, ...], ...]


@dataclass(frozen=True)
class Range:
    """One field that takes any value of a continuous range; only a `Sample` can walk it."""

    field: str
    start: float
    stop: float
    scale: str = "linear"
    integer: bool = False


@dataclass(frozen=True)
class Product:
    """Every combination of its parts, rightmost fastest."""

    parts: tuple[Values, ...]


@dataclass(frozen=True)
class Union:
    """The records of each part, one part after the other; a field that a part lacks is absent there."""

    parts: tuple[Values, ...]


@dataclass(frozen=True)
class Sample:
    """`size` records of `of`, drawn by hashing (seed, i) without repetition; more keep the earlier draws."""

    of: Values
    size: int
    seed: int


@dataclass(frozen=True)
class Found:
    """Records that a step's index output holds; `within` declares a subset of another axis."""

    step: str
    port: str
    fields: tuple[str, ...] = ()
    within: str | None = None
    at_most: int | None = None


@dataclass(frozen=True)
class Project:
    """The distinct sub-records of another axis on `fields`, by first appearance."""

    axis: str
    fields: tuple[str, ...]


Values = Listed | Range | Product | Union | Sample | Found | Project


@dataclass(frozen=True)
class Axis:
    """A named relation. `given` names the axes that its values depend on."""

    name: str
    values: Values
    given: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of its records, in order of first appearance."""
        return tuple(dict.fromkeys(fields_of(self.values)))


def fields_of(values: Values) -> Iterator[str]:
    """The fields that values give, with repetitions."""
    match values:
        case Product(parts) | Union(parts):
            for part in parts:
                yield from fields_of(part)
        case Sample(of):
            yield from fields_of(of)
        case Range(field):
            yield field
        case Listed(fields) | Found(fields=fields) | Project(fields=fields):
            yield from fields


def describe(values: Values) -> Mapping[str, Any]:
    """Values as plain data, the form of the plan and of the printed graph."""
    match values:
        case Listed(fields, records):
            return {"fields": list(fields), "listed": [list(record) for record in records]}
        case Range(field, start, stop, scale, integer):
            return {"fields": [field], "range": [start, stop], "scale": scale, "integer": integer}
        case Product(parts):
            return {"product": [describe(part) for part in parts]}
        case Union(parts):
            return {"union": [describe(part) for part in parts]}
        case Sample(of, size, seed):
            return {"sample": describe(of), "size": size, "seed": seed}
        case Found(step, port, fields, within, at_most):
            return {"found": [step, port], "fields": list(fields), "within": within, "at_most": at_most}
        case Project(axis, fields):
            return {"project": axis, "fields": list(fields)}


def restore(data: Mapping[str, Any]) -> Values:
    """The inverse of `describe`."""
    if "listed" in data:
        return Listed(tuple(data["fields"]), tuple(tuple(record) for record in data["listed"]))
    if "range" in data:
        (field,), (start, stop) = data["fields"], data["range"]
        return Range(field, start, stop, data["scale"], data["integer"])
    if "product" in data:
        return Product(tuple(restore(part) for part in data["product"]))
    if "union" in data:
        return Union(tuple(restore(part) for part in data["union"]))
    if "sample" in data:
        return Sample(restore(data["sample"]), data["size"], data["seed"])
    if "found" in data:
        step, port = data["found"]
        return Found(step, port, tuple(data["fields"]), data["within"], data["at_most"])
    return Project(data["project"], tuple(data["fields"]))
