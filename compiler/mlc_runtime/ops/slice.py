"""Cut a training's table down to the parts and rows that one task needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime.context import Context
from mlc_runtime.data.match import matching
from mlc_runtime.data.rows import AT, FOLD, LABEL, REFIT, ROW, TEST, WEIGHT
from mlc_runtime.narrow import kept


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Filter rows by value and part.

    Args:
        inputs: `rows`, as `rows` makes them.
        params: `where`: {column: JSON value} that rows must have; `parts`: of `train`, `validation`, `refit`, `test`;
            `fold`: the number of the fold that `train` and `validation` are taken from, by default 0; `columns`: those
            that pass, beside `$row`, `$at`, `$label`, `$weight`; None for all but the parts; and of them `want`.
        context: the task's surroundings.

    Returns:
        A table under the name of each part; rows without a label are in none.

    Raises:
        StepError: `MLC912` for a value in `where` that is not of its column's type.
    """
    rows = inputs["rows"]
    for column, value in (params.get("where") or {}).items():
        rows = rows.filter(matching(rows[column], value, column, context.timezone))
    labelled = rows.filter(rows[LABEL].is_valid())
    if labelled.num_rows < rows.num_rows:
        context.log(f"{rows.num_rows - labelled.num_rows} rows have no label: not fitted, not scored")
    columns = params["columns"]
    if columns is None:
        columns = [name for name in rows.column_names if not name.startswith("$")]
    own = [name for name in (ROW, AT, LABEL, WEIGHT) if name in rows.column_names]
    passing = [*own, *kept(columns, params.get("want"))]
    fold = f"{FOLD}{params.get('fold') or 0}"
    return {part: labelled.filter(_part(labelled, part, fold)).select(passing) for part in params["parts"]}


def _part(rows: pa.Table, part: str, fold: str) -> pa.ChunkedArray:
    if part in ("refit", "test"):
        return rows[REFIT if part == "refit" else TEST]
    return pc.fill_null(pc.equal(rows[fold], part), False)
