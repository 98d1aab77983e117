"""The table that a training or a serving reads: its inputs, labels and parts, one row an example."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlc_compiler.check.facts import Input, Program, Training
from mlc_compiler.graph.step import Edge, Step, parameter


def frame_step(
    program: Program,
    training: Training,
    examples: str,
    name: str,
    *,
    rows: str | None = None,
    window: tuple[int, int] | None = None,
    extra: tuple[str, ...] = (),
) -> Step:
    """The step that puts the columns together.

    Args:
        program: the spec.
        training: whose inputs are wanted; those of its fallbacks are added.
        examples: the examples whose rows they are.
        name: the step's name.
        rows: the step that gives the rows, where they are not all of the examples; then without parts.
        window: keep only rows whose moment falls in this window around `$as_of`, in microseconds.
        extra: further columns of the examples to pass on.
    """
    prefix = f"examples.{examples}"
    edges = {"rows": Edge("rows", rows or prefix, "table")}
    if rows is None and window is None and program.examples[examples].split is not None:
        edges["parts"] = Edge("parts", f"{prefix}.parts", "table")
    columns: dict[str, list[str]] = {column: ["rows", column, column] for column in extra}
    for member in with_fallbacks(program, training):
        for item in member.inputs:
            port, producer, column = _source(item, rows or prefix, prefix)
            edges[port] = Edge(port, producer, "table", _condition(program, item))
            columns[item.name] = [port, column, item.name]
        for field in member.each:
            group, _, column = field.rpartition(".")
            if group:
                edges[group] = Edge(group, f"{rows or prefix}.{group}", "table")
            columns.setdefault(field, [group or "rows", column, field])
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


def _source(item: Input, rows: str, prefix: str) -> tuple[str, str, str]:
    """The port, the producer and the column of an input."""
    if item.training is not None:
        return f"prediction.{item.training}", f"{item.training}.prediction", "prediction"
    assert item.group is not None
    return item.group, f"{rows if rows != prefix else prefix}.{item.group}", item.column


def _condition(program: Program, item: Input) -> tuple[str, ...]:
    training = program.trainings.get(item.training or "")
    return (f"{training.name}.go",) if training is not None and training.when else ()
