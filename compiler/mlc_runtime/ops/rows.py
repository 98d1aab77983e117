"""Put a training's table together: labelled examples, their parts, and the features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime.context import Context, single
from mlc_runtime.data.rows import AT, LABEL, ROW, WEIGHT, aligned, positions
from mlc_runtime.errors import StepError
from mlc_runtime.narrow import kept


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Join on `$row`. A row that one of the tables lacks is left out: a prediction out of fold may be missing.

    Args:
        inputs: `rows`, labelled or not; `parts` of a `split`, or none; and by any name the tables with `$row` that the
            columns come from.
        params: `columns`: [input, its column, the name that it gets], and of these names `want`, by default all;
            `labels`: whether labels and weights pass (where predictions are for others, a label may not be known yet);
            `window` and `as_of`, to keep only rows with `as_of + A <= $at < as_of + B`, in microseconds.
        context: the task's surroundings.

    Returns:
        `table`: `$row`, then, where they are there, `$at`, `$label`, `$weight` and the parts, then the columns.

    Raises:
        StepError: `MLC949` where the predictions of a training are read whose condition is false.
    """
    tables = {name: single(table) for name, table in inputs.items()}
    absent = [name for name, table in tables.items() if table is None]
    if absent:
        raise StepError(
            "MLC949",
            f"there is no `{absent[0]}`: its training's condition is false",
            "Read it under the same condition.",
        )
    rows = tables["rows"]
    if params.get("window"):
        rows = rows.filter(_within(rows[AT], params["as_of"], *params["window"]))
    for name, table in tables.items():
        rows = _covered(rows, table, name, context)
    own = (ROW, AT, LABEL, WEIGHT) if params["labels"] else (ROW, AT)
    joined = rows.select([name for name in own if name in rows.column_names])
    tables = {name: aligned(table, rows) for name, table in tables.items()}
    if "parts" in tables:
        for name in tables["parts"].drop_columns([ROW]).column_names:
            joined = joined.append_column(name, tables["parts"][name])
    wanted = kept([name for _, _, name in params["columns"]], params.get("want"))
    for port, column, name in params["columns"]:
        if name not in wanted:
            continue
        joined = joined.append_column(name, tables[port][column])
    return {"table": joined}


def _within(at: pa.ChunkedArray, as_of: int, start: int, end: int) -> pa.ChunkedArray:
    micros = at.cast(pa.int64())
    return pc.and_(pc.greater_equal(micros, as_of + start), pc.less(micros, as_of + end))


def _covered(rows: pa.Table, table: pa.Table, name: str, context: Context) -> pa.Table:
    there = positions(table, rows).is_valid()
    missing = rows.num_rows - pc.sum(there, min_count=0).as_py()
    if missing:
        context.log(f"{missing} rows left out: `{name}` has nothing for them")
        return rows.filter(there)
    return rows
