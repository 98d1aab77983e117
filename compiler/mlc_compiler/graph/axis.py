"""Axes: named, ordered sets of records, kept symbolic.

What the spec lists (a grid, conditional sub-grids, a sample, folds) is a `Relation`, the same that the runtime counts
with; what only a run can tell is `Found` by a step; `Project` is the part of an axis that a step reads. A
condition is a found axis without fields: one record, or none.
"""

from __future__ import annotations

from dataclasses import dataclass

from mlc_runtime.relation import Relation


@dataclass(frozen=True)
class Found:
    """Records that a step's index output holds.

    Attributes:
        step, port: where they come from.
        fields: the fields of the records.
        within: the axis that they are a subset of.
        at_most: a bound on their number.
    """

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


@dataclass(frozen=True)
class Axis:
    """A named relation. `given` names the axes that its values depend on."""

    name: str
    values: Relation | Found | Project
    given: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of its records."""
        return self.values.fields
