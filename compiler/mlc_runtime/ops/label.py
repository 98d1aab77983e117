"""The truth about each example, and when it becomes known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime.column_types import arrow_type
from mlc_runtime.context import Context
from mlc_runtime.data.evaluate import evaluate, latest
from mlc_runtime.data.rows import AT, LABEL, LABEL_KNOWN, PART, ROW, WEIGHT, aligned, grouped
from mlc_runtime.errors import StepError
from mlc_runtime.sql import quoted


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Label the rows.

    Args:
        inputs: `rows`; `outcome` where the label is looked up: `$row`, `$label`, `$label_known`; each feature group
            that the expressions read, under its name.
        params: `label`: SQL, None where `outcome` gives it or the examples have none; `known`: SQL of the times at
            which what the label reads becomes known, of which the latest counts, as does that of `outcome` (none:
            known from the start); `weight`, `part`: SQL or None.
        context: the task's surroundings.

    Returns:
        `table`: the rows with `$label` (null by default), `$label_known` (null: never; in a table without time: null
        throughout), `$weight` (where it is given), `$part` (null by default).

    Raises:
        StepError: `MLC920` where an expression fails on the data, `MLC919` where a weight is no number from 0 on,
            `MLC981` where a label is infinite.
    """
    rows, outcome, known = inputs["rows"], inputs.get("outcome"), params["known"]
    given = grouped(inputs, "outcome")
    if outcome is not None:
        found = aligned(outcome, rows)
        given = given.append_column(LABEL, found[LABEL]).append_column(LABEL_KNOWN, found[LABEL_KNOWN])
        known = [*known, quoted(LABEL_KNOWN)]
    own = {
        LABEL: params["label"] or (None if outcome is None else quoted(LABEL)),
        LABEL_KNOWN: latest(known),
        WEIGHT: params["weight"] and f"cast(({params['weight']}) as double)",
        PART: params["part"],
    }
    made = evaluate(given, {name: sql for name, sql in own.items() if sql}, context)
    columns = {name: made[name] for name in made.column_names}
    columns.setdefault(LABEL, _constant(None, "bool", rows))
    columns.setdefault(LABEL_KNOWN, _from_the_start(rows))
    columns.setdefault(PART, _constant(None, "string", rows))
    labelled = rows
    for name in own:
        if name in columns:
            labelled = labelled.append_column(name, columns[name])
    if params["weight"]:
        _check_weights(labelled)
    _check_labels(labelled)
    return {"table": labelled}


def _from_the_start(rows: pa.Table) -> pa.ChunkedArray:
    """What is always known is known at the moment of prediction; without time, nobody asks."""
    return rows[AT] if AT in rows.column_names else _constant(None, "timestamp", rows)


def _constant(value: Any, declared: str, rows: pa.Table) -> pa.ChunkedArray:
    return pa.chunked_array([pa.repeat(pa.scalar(value, arrow_type(declared)), rows.num_rows)])


def _check_weights(rows: pa.Table) -> None:
    weight = rows[WEIGHT]
    fits = pc.fill_null(pc.and_(pc.is_finite(weight), pc.greater_equal(weight, 0.0)), False)
    place = pc.index(fits, False).as_py()
    if place >= 0:
        raise StepError(
            "MLC919",
            f"the weight of row {rows[ROW][place]} is `{weight[place].as_py()}`",
            "A weight is a number from 0 on: use `coalesce(...)` for rows that have none.",
        )


def _check_labels(rows: pa.Table) -> None:
    label = rows[LABEL]
    if not pa.types.is_floating(label.type):
        return
    place = pc.index(pc.is_inf(label), True).as_py()
    if place >= 0:
        raise StepError(
            "MLC981",
            f"the label of row {rows[ROW][place]} is `{label[place].as_py()}`",
            "Nothing can be fitted to it, and one such row makes every mean infinite: let the label be null there, for"
            " instance `a / nullif(b, 0)`.",
        )
