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
    serving: str | None = None,
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
        serving: whose new rows they are: other trainings' predictions are of these, not out of fold.
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
            edge = _source(program, item, groups, serving)
            edges[edge.port] = edge
            columns[item.name] = [edge.port, item.column, item.name]
        for field in member.each:
            group, _, column = field.rpartition(".")
            edge = group_edge(groups, group) if group else edges["rows"]
            edges[edge.port] = edge
            columns.setdefault(field, [edge.port, column, field])
    params: dict[str, Any] = {"columns": list(columns.values()), "labels": "parts" in edges}
    if window is not None:
        params |= {"window": list(window), "as_of": parameter("as_of")}
    return Step(name, "rows", params, tuple(edges.values()), {"table": "table"}, origin=(training.place.path,))


def groups_read(program: Program, training: Training) -> tuple[str, ...]:
    """The feature groups that a training reads, its fallbacks and those whose predictions it reads.

    What the groups read in turn is left out.
    """
    found: dict[str, None] = {}
    for member in with_fallbacks(program, training):
        for other in stacked_on(program, member):
            found |= dict.fromkeys(groups_read(program, program.trainings[other]))
        found |= {item.group: None for item in member.inputs if item.group is not None}
        found |= {field.partition(".")[0]: None for field in member.each if "." in field}
    return tuple(found)


def stacked_on(program: Program, training: Training) -> tuple[str, ...]:
    """The trainings whose predictions a training or its fallbacks read."""
    members = with_fallbacks(program, training)
    return tuple(dict.fromkeys(item.training for member in members for item in member.inputs if item.training))


def with_fallbacks(program: Program, training: Training) -> Iterator[Training]:
    """A training and those that stand in for it."""
    yield training
    if training.spec.fallback:
        yield from with_fallbacks(program, program.trainings[training.spec.fallback])


def prediction_name(owner: str, training: str) -> str:
    """The name of the step that gives a serving's rows the predictions of another training."""
    return f"{owner}.prediction.{training}"


def _source(program: Program, item: Input, groups: str, serving: str | None) -> Edge:
    """The edge to the table that has an input."""
    if item.training is not None:
        if serving is not None:
            return Edge(f"prediction.{item.training}", prediction_name(serving, item.training), "table")
        condition = (f"{item.training}.go",) if program.trainings[item.training].when else ()
        return Edge(f"prediction.{item.training}", f"{item.training}.prediction", "table", condition)
    assert item.group is not None
    return group_edge(groups, item.group)
