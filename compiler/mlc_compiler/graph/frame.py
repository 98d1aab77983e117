"""The table that a training or a serving reads: its inputs, labels and parts, one row an example."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlc_compiler.check.facts import Input, Program, Training
from mlc_compiler.graph.step import Edge, Step, parameter
from mlc_compiler.graph.tables import group_edge


def frame_step(
    program: Program,
    training: Training,
    examples: str,
    name: str,
    *,
    owner: str | None = None,
    window: tuple[int, int] | None = None,
    extra: tuple[str, ...] = (),
) -> Step:
    """The step that puts the columns together.

    Args:
        program: the spec.
        training: whose inputs are wanted; those of its fallbacks are added.
        examples: the examples whose rows they are.
        name: the step's name.
        owner: the serving that has rows and feature groups of its own, where they are not the examples'; without parts.
        window: keep only rows whose moment falls in this window around `$as_of`, in microseconds.
        extra: further columns of the examples to pass on.
    """
    prefix = f"examples.{examples}"
    groups = owner or prefix
    edges = {"rows": Edge("rows", f"{owner}.rows" if owner else prefix, "table")}
    if owner is None and window is None and program.examples[examples].split is not None:
        edges["parts"] = Edge("parts", f"{prefix}.parts", "table")
    columns: dict[str, list[str]] = {column: ["rows", column, column] for column in extra}
    for member in with_fallbacks(program, training):
        for item in member.inputs:
            edge = _source(program, item, groups)
            edges[edge.port] = edge
            columns[item.name] = [edge.port, item.column, item.name]
        for field in member.each:
            group, _, column = field.rpartition(".")
            edge = group_edge(groups, group) if group else edges["rows"]
            edges[edge.port] = edge
            columns.setdefault(field, [edge.port, column, field])
    params: dict[str, Any] = {"columns": list(columns.values())}
    if window is not None:
        params |= {"window": list(window), "as_of": parameter("as_of")}
    return Step(name, "rows", params, tuple(edges.values()), {"table": "table"}, origin=(training.place.path,))


def groups_read(program: Program, training: Training) -> tuple[str, ...]:
    """The feature groups that a training and its fallbacks read, without what those read in turn."""
    found: dict[str, None] = {}
    for member in with_fallbacks(program, training):
        found |= {item.group: None for item in member.inputs if item.group is not None}
        found |= {field.partition(".")[0]: None for field in member.each if "." in field}
    return tuple(found)


def with_fallbacks(program: Program, training: Training) -> Iterator[Training]:
    """A training and those that stand in for it."""
    yield training
    if training.spec.fallback:
        yield from with_fallbacks(program, program.trainings[training.spec.fallback])


def _source(program: Program, item: Input, groups: str) -> Edge:
    """The edge to the table that has an input."""
    if item.training is not None:
        condition = (f"{item.training}.go",) if program.trainings[item.training].when else ()
        return Edge(f"prediction.{item.training}", f"{item.training}.prediction", "table", condition)
    assert item.group is not None
    return group_edge(groups, item.group)
