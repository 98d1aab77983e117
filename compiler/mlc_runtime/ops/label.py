"""The truth about each example, and when it becomes known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime.column_types import arrow_type, sql_type
from mlc_runtime.context import Context
from mlc_runtime.data.evaluate import evaluate, latest
from mlc_runtime.data.rows import AT, LABEL, LABEL_KNOWN, PART, ROW, WEIGHT, aligned, with_groups
from mlc_runtime.data.times import INSTANT
from mlc_runtime.errors import StepError

_OWN = ("rows", "outcome")


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Keep the population and label it.

    Args:
        inputs: `rows`; `outcome` where the label is looked up: `$row`, `$label`, `$label_known`; each feature group
            that the expressions read, under its name.
        params: `where`: SQL or None; `label`: SQL, None where `outcome` gives it; `type`: its declared type, None to
            keep the expression's; `known`: SQL of the times at which what the label reads becomes known, of which the
            latest counts (none: known from the start); `weight`, `part`: SQL or None; `columns`: those of `rows` that
            pass.
        context: the task's surroundings.

    Returns:
        `rows`: `$row`, `$at` where there is time, the columns, `$label`, `$label_known` (null: never; without time:
        null throughout), `$weight` (1 by default), `$part` (null without `part`).

    Raises:
        StepError: `MLC920` where an expression fails on the data, `MLC919` where a weight is no number from 0 on.
    """
    groups = {name: table for name, table in inputs.items() if name not in _OWN}
    rows = with_groups(inputs["rows"], groups)
    if params.get("where"):
        rows = rows.filter(evaluate(rows, {"kept": params["where"]}, context)["kept"])
    truth = _truth(rows, inputs.get("outcome"), params, context)
    there = [name for name in (ROW, AT) if name in rows.column_names]
    labelled = rows.select([*there, *params["columns"]])
    for name, column in truth.items():
        labelled = labelled.append_column(name, column)
    _check_weights(labelled)
    return {"rows": labelled}


def _truth(
    rows: pa.Table, outcome: pa.Table | None, params: Mapping[str, Any], context: Context
) -> dict[str, pa.ChunkedArray]:
    own = {
        LABEL: _cast(params.get("label"), params.get("type")),
        LABEL_KNOWN: latest(params["known"]),
        WEIGHT: _cast(params.get("weight"), "float"),
        PART: params.get("part"),
    }
    found = evaluate(rows, {name: sql for name, sql in own.items() if sql}, context)
    looked_up = aligned(outcome, rows) if outcome is not None else None
    if looked_up is None:
        known = found[LABEL_KNOWN] if own[LABEL_KNOWN] else _from_the_start(rows)
        label = found[LABEL]
    else:
        label, known = looked_up[LABEL], looked_up[LABEL_KNOWN]
        if own[LABEL_KNOWN]:
            known = _later(known, found[LABEL_KNOWN].cast(INSTANT))
    return {
        LABEL: label,
        LABEL_KNOWN: known.cast(INSTANT),
        WEIGHT: found[WEIGHT] if own[WEIGHT] else _constant(1.0, "float", rows),
        PART: found[PART].cast(pa.string()) if own[PART] else _constant(None, "string", rows),
    }


def _cast(sql: str | None, declared: str | None) -> str | None:
    return f"cast(({sql}) as {sql_type(declared)})" if sql and declared else sql


def _from_the_start(rows: pa.Table) -> pa.ChunkedArray:
    """What is always known is known at the moment of prediction; without time, nobody asks."""
    return rows[AT] if AT in rows.column_names else _constant(None, "timestamp", rows)


def _later(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.max_element_wise(one, other, skip_nulls=False)


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
