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


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Make the examples of a source: its rows with a moment each, or a spine of dates and entities.

    Args:
        inputs: `source`.
        params: `at`: {`sql`}, {`every`, `from`, `until`, `by`} as in `spine`, or None for a table without time;
            `where`: SQL over the source's columns and `$at`, or None; `columns`: those of the source that pass; and
            for a spine `time`, `known`, `key` of the source.
        context: the task's surroundings.

    Returns:
        `rows`: `$row` (its position in the source or the spine), `$at` where there is time, and the columns;
        `report`: {`rows`: before the condition, `kept`, `without_at`: rows left out because their `$at` is null}.

    Raises:
        StepError: `MLC920` where an expression fails on the data, `MLC960` for a spine without a first date.
    """
    at = params.get("at")
    rows = _moments(inputs["source"], at, params, context)
    total, without = rows.num_rows, 0
    if at:
        without = rows[AT].null_count
        rows = rows.filter(rows[AT].is_valid())
    if params.get("where"):
        rows = rows.filter(evaluate(rows, {"kept": params["where"]}, context)["kept"])
    if without:
        context.log(f"{without} rows left out: their `$at` is null")
    report = {"rows": total, "kept": rows.num_rows, "without_at": without}
    return {"rows": rows.select([ROW, *([AT] if at else []), *params["columns"]]), "report": report}


def _moments(source: pa.Table, at: Mapping[str, Any] | None, params: Mapping[str, Any], context: Context) -> pa.Table:
    if not at:
        return numbered(source)
    if "sql" in at:
        moments = evaluate(source, {AT: at["sql"]}, context)[AT].cast(INSTANT)
        return numbered(source).append_column(AT, moments)
    return numbered(spine(source, at, params, context))
