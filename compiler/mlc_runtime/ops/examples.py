"""Which rows are predicted, at which moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mlc_runtime.context import Context
from mlc_runtime.data.evaluate import evaluate
from mlc_runtime.data.rows import AT, ROW, numbered
from mlc_runtime.data.spine import spine
from mlc_runtime.data.times import INSTANT
from mlc_runtime.narrow import kept


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Make the examples of a source: its rows with a moment each, or a spine of dates and entities.

    Args:
        inputs: `source`.
        params: `at`: {`sql`}, or that of a `spine`, or None for a table without time; `columns`: those of the source
            that pass [{`name`}], and of them `want`, by default all; for a spine also `time`, `row_known`, `key` of the
            source and `as_of`.
        context: the task's surroundings.

    Returns:
        `table`: `$row` (its position in the source or the spine), `$at` where there is time, and the columns. A row
        whose `$at` is null is left out.

    Raises:
        StepError: `MLC920` where an expression fails on the data, `MLC970` for a spine without a first or last date.
    """
    at, source = params.get("at"), inputs["source"]
    columns = kept([column["name"] for column in params["columns"]], params.get("want"))
    if at is None:
        return {"table": numbered(source.select(columns))}
    if "sql" in at:
        moments = evaluate(source, {AT: at["sql"]}, context)[AT].cast(INSTANT)
        rows = numbered(source).append_column(AT, moments)
    else:
        rows = numbered(spine(source, at, params, context))
    there = rows.filter(rows[AT].is_valid())
    if there.num_rows < rows.num_rows:
        context.log(f"{rows.num_rows - there.num_rows} rows left out: their `$at` is null")
    return {"table": there.select([ROW, AT, *columns])}
