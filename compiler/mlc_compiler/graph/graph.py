"""The graph: steps in topological order and the axes that they run over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.step import Edge, Step


@dataclass(frozen=True)
class Graph:
    """Steps, producers before consumers and finders before users of their axes; ties by place in the spec."""

    steps: tuple[Step, ...]
    axes: tuple[Axis, ...]

    @cached_property
    def step(self) -> Mapping[str, Step]:
        """Steps by name."""
        return {step.name: step for step in self.steps}

    @cached_property
    def axis(self) -> Mapping[str, Axis]:
        """Axes by name."""
        return {axis.name: axis for axis in self.axes}


def fields(graph: Graph, axes: Iterable[str]) -> tuple[str, ...]:
    """The fields of some axes, in order."""
    return tuple(field for name in axes for field in graph.axis[name].fields)


def consumers(graph: Graph) -> Mapping[str, tuple[tuple[Step, Edge], ...]]:
    """The steps that read each step, with the edge by which they do."""
    found: dict[str, list[tuple[Step, Edge]]] = {step.name: [] for step in graph.steps}
    for step in graph.steps:
        for edge in step.inputs:
            if edge.step in found:
                found[edge.step].append((step, edge))
    return {name: tuple(readers) for name, readers in found.items()}


def finders(graph: Graph, step: Step) -> tuple[str, ...]:
    """The steps whose outputs give the values of the axes that a step runs or collects over."""
    names: dict[str, None] = {}
    for axis in reach(graph, (*step.axes, *(name for edge in step.inputs for name in edge.over))):
        if isinstance(axis.values, Found):
            names[axis.values.step] = None
    return tuple(names)


def reach(graph: Graph, axes: Iterable[str]) -> Iterator[Axis]:
    """Axes with all that their values depend on: what they are given, project, or are within."""
    seen: set[str] = set()
    todo = list(axes)
    while todo:
        name = todo.pop(0)
        if name in seen or name not in graph.axis:
            continue
        seen.add(name)
        axis = graph.axis[name]
        yield axis
        todo += axis.given
        match axis.values:
            case Project(base):
                todo.append(base)
            case Found(within=str(base)):
                todo.append(base)
