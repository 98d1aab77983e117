"""`each`: one model for each value of some columns, and what depends on there being several."""

from __future__ import annotations

from collections.abc import Mapping

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Examples, Program, Source, Training
from mlc_compiler.check.findings import Findings
from mlc_compiler.expression.types import Type

_DISCRETE = ("int", "string", "bool", "date", "unknown")
"""The types whose values can be told apart for certain and named in a path."""


def check_axes(program: Program, entries: Entries, findings: Findings) -> None:
    """Columns of `each` and their values, `per`, and `min_rows` of nothing."""
    for training in program.trainings.values():
        examples = program.examples[training.examples]
        source = program.sources[examples.source]
        for axis in training.spec.each_axes():
            kind = column_type(axis.column, examples, source)
            place = training.place.child(*axis.path)
            if kind is None:
                if "." not in axis.column:
                    findings.unknown("column", axis.column, source.columns, place, code="MLC204")
            elif kind.kind not in _DISCRETE:
                findings.add(
                    "MLC540",
                    f"a model for each value of `{axis.column}`, which is a `{kind}`",
                    place,
                    why="values of this type are hardly ever the same twice",
                    help="choose a column of whole numbers, texts, bools or dates",
                )
            else:
                _values(axis.column, axis.values or (), kind, training, findings)
        _per(training, findings)
        lost = entries.is_broken("training", training.name, "each")
        if "min_rows" in training.spec.model_fields_set and not training.each and not lost:
            findings.add(
                "MLC541",
                "`min_rows` without `each`",
                training.place.child("min_rows").key(),
                why="it says which values of `each` have too few rows for a model of their own",
                help="leave it out, or add `each`",
            )


def column_type(name: str, examples: Examples, source: Source) -> Type | None:
    """The type of an example's column or `group.column`; None where there is no such column."""
    if name in source.columns:
        return source.columns[name]
    group, _, column = name.rpartition(".")
    found = examples.groups.get(group)
    return found.columns.get(column) if found is not None else None


_PLAIN: Mapping[str, type] = {"int": int, "string": str, "bool": bool, "date": str}


def _values(column: str, values: tuple[object, ...], kind: Type, training: Training, findings: Findings) -> None:
    seen: list[object] = []
    for position, value in enumerate(values):
        place = training.place.child("each", column, position)
        wanted = _PLAIN.get(kind.kind)
        if wanted is not None and type(value) is not wanted:
            findings.add(
                "MLC542",
                f"`{value}` is no value of `{column}`, which is a `{kind}`",
                place,
                help="write it as text: `'...'`" if wanted is str else f"write a `{kind}`",
            )
        elif value in seen:
            findings.add("MLC543", f"`{value}` stands twice", place, help="keep one of them")
        seen.append(value)


def _per(training: Training, findings: Findings) -> None:
    select = training.spec.select
    if select is None or select.per is None:
        return
    for position, column in enumerate(select.per):
        if column not in training.each:
            place = training.place.child("select", "per", position)
            findings.unknown("column of `each`", column, training.each, place, code="MLC544")
