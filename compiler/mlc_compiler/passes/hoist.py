"""Take steps out of the axes, and out of the parts of axes, that do not reach them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph, with_used_axes
from mlc_compiler.graph.step import Step
from mlc_compiler.passes.facts import Facts
from mlc_compiler.passes.needed import needed
from mlc_runtime.relation import UNIT, Relation
from mlc_runtime.sample import Sample

_UNPRINTABLE = re.compile(r"[^\w.$-]")
"""What the name of an axis does not hold: a column may have any name."""


def hoist(graph: Graph, _: Facts) -> Graph:
    """Loop-invariant code motion: each step runs over the fields that it needs, and over no others.

    The tasks that become one had equal keys. Readers look their producer up by the fields that it has, so no edge
    changes.

        names [] = distinct {} () -> country:index
        axis country = {"found":["names","country"],"fields":["country"],"within":null,"at_most":null}
        axis grid = {"fields":["shape","alpha"],"listed":[["level",1],["level",2],["change",1]]}
      - prep [country, grid] = prepare {"of":{"$field":"country"},"as":{"$field":"shape"}} () -> table:table
      + axis grid/shape = {"fields":["shape"],"listed":[["level"],["change"]]}
      + prep [country, grid/shape] = prepare {"of":{"$field":"country"},"as":{"$field":"shape"}} () -> table:table
        fit [country, grid] = train {"alpha":{"$field":"alpha"}} (rows=prep.table) -> model:model !root

    A found axis of which nothing is needed leaves a guard, its projection on no field: one record, or none where the
    axis is empty, so that nothing runs that would not have run.
    """
    need = needed(graph)
    parts = _Parts(graph)
    steps: dict[str, Step] = {}
    for step in graph.steps:
        kept = (parts.part(graph.axis[name], need[step.name]) for name in step.axes)
        steps[step.name] = replace(step, axes=tuple(name for name in kept if name is not None))
    axes = (_given(axis, graph, steps) for axis in (*graph.axes, *parts.made.values()))
    return with_used_axes(steps.values(), axes)


def _given(axis: Axis, graph: Graph, steps: Mapping[str, Step]) -> Axis:
    """An axis, given what its finder runs over by now."""
    match axis.values:
        case Found(step):
            return replace(axis, given=steps[step].axes)
        case Project(base) if base in graph.axis:
            return replace(axis, given=_given(graph.axis[base], graph, steps).given)
    return axis


class _Parts:
    """Parts of a graph's axes; equal ones are made once."""

    def __init__(self, graph: Graph) -> None:
        self.made: dict[str, Axis] = {}
        self._graph = graph
        self._projections = {axis.values: axis.name for axis in graph.axes if isinstance(axis.values, Project)}

    def part(self, axis: Axis, need: frozenset[str]) -> str | None:
        """The axis over those of its fields that are needed; None where one record is left whatever happens."""
        kept = tuple(name for name in axis.fields if name in need)
        if kept == axis.fields:
            return axis.name
        match axis.values:
            case Project(base):
                return self.part(self._graph.axis[base], frozenset(kept))
            case Found():
                return self._projection(axis, kept)
            case Sample() if kept:
                # Drawing it takes time and room that grow with it.
                return self._projection(axis, kept)
            case relation:
                left = relation.project(kept)
                return None if left == UNIT else self._named(axis.name, left)

    def _projection(self, axis: Axis, kept: tuple[str, ...]) -> str:
        values = Project(axis.name, kept)
        return self._projections.get(values) or self._named(axis.name, values, axis.given)

    def _named(self, base: str, values: Relation | Project, given: tuple[str, ...] = ()) -> str:
        """The axis with these values, under a name that is free or its own."""
        name = "/".join((base, *(_UNPRINTABLE.sub("_", field) for field in values.fields))) + (
            "" if values.fields else "/"
        )
        while (taken := self._graph.axis.get(name) or self.made.get(name)) is not None and taken.values != values:
            name += "'"
        if taken is None:
            self.made[name] = Axis(name, values, given)
        return name
