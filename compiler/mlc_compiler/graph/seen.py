"""Who takes part in an experiment, and what is kept of each row: the unit, and what the analysis reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mlc_compiler.check.facts import Experiment, Program
from mlc_compiler.check.features import read_groups, with_read
from mlc_compiler.graph.step import Edge, Step, parameter
from mlc_compiler.graph.tables import filter_step, group_edge


def part_step(program: Program, experiment: Experiment, name: str, *, rows: str, owner: str) -> Step:
    """The step that keeps the rows that take part; `owner` is whose feature groups `where` reads."""
    early = with_read(read_groups([experiment.where]), experiment.groups)
    chosen = program.examples[experiment.examples]._replace(
        where=experiment.where, early=early, groups=experiment.groups
    )
    step = filter_step(program, chosen, name, rows, owner)
    return replace(step, origin=((*experiment.place.path, "where"),))


def seen_step(
    experiment: Experiment,
    name: str,
    texts: Iterable[str],
    *,
    rows: str,
    owner: str,
    labels: bool = False,
    window: tuple[int, int] | None = None,
) -> Step:
    """The step that puts the unit and other columns of some rows together.

    Args:
        experiment: whose unit it is.
        name: of the step.
        texts: each `column` or `group.column`, the name that it gets.
        rows: the step that gives the rows.
        owner: whose feature groups are read.
        labels: whether labels pass.
        window: keep only rows whose moment falls in this window around `$as_of`, in microseconds.
    """
    edges = {"": Edge("rows", rows, "table")}
    columns: list[list[str]] = []
    for text in dict.fromkeys((experiment.spec.unit, *texts)):
        group, _, column = text.rpartition(".")
        edge = edges.setdefault(group, group_edge(owner, group) if group else edges[""])
        columns.append([edge.port, column, text])
    params: dict[str, Any] = {"columns": columns, "labels": labels}
    if window is not None:
        params |= {"window": list(window), "as_of": parameter("as_of")}
    return Step(name, "rows", params, tuple(edges.values()), {"table": "table"}, origin=(experiment.place.path,))
