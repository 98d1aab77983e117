"""The values of one column of a lookup, at every position of the line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mlc_runtime.column_types import arrow_type, sql_type
from mlc_runtime.data.bare import bare_column
from mlc_runtime.pit.additive import ADDITIVE
from mlc_runtime.pit.aggregate import Aggregate
from mlc_runtime.pit.arrays import is_true, pick
from mlc_runtime.pit.candidates import Candidates
from mlc_runtime.pit.distinct import merged
from mlc_runtime.pit.listed import listed
from mlc_runtime.pit.moments import MOMENTS
from mlc_runtime.pit.picked import PICKED, latest
from mlc_runtime.pit.quantile import QUANTILES
from mlc_runtime.sql import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

AT = quoted("$at")

_ANSWERS = {**ADDITIVE, **MOMENTS, **PICKED, **QUANTILES}


def answer(column: Mapping[str, Any], rows: Candidates, at: NDArray[np.int64], where: str | None) -> Any:
    """The column's value at every position, an Arrow array of its declared type.

    Args:
        column: an entry of the plan's `columns`.
        rows: the rows that take part.
        at: the moment of each position, microseconds since the epoch.
        where: a condition on row and moment that the rows must still meet, or None.
    """
    calls = [Aggregate.of(entry) for entry in column.get("aggregates", ())]
    if where is None and not any(AT in sql for call in calls for sql in call.expressions):
        return _answer(column, calls, rows, at)
    pieces = []
    for begin, end, pairs in rows.paired():
        moments = at[begin:end]
        row_moment = pa.array(moments[pairs.spans.first], pa.timestamp("us", tz="UTC"))
        timed = Candidates(pairs.table.append_column("$at", row_moment), pairs.spans, pairs.seniority, pairs.session)
        if where is not None:
            timed = timed.keep(is_true(timed.evaluate([where])[0]))
        pieces.append(_answer(column, calls, timed, moments))
    return pa.concat_arrays(pieces)


def _answer(column: Mapping[str, Any], calls: list[Aggregate], rows: Candidates, at: NDArray[np.int64]) -> Any:
    kind, wanted = sql_type(column["type"]), arrow_type(column["type"])
    if "latest" in column:
        row = latest(rows)
        own = bare_column(column["latest"], rows.table, wanted) if column["latest"] != AT else None
        if own is not None:
            return pick(own.combine_chunks(), row)
        table = pick(rows.table.drop_columns("$at") if "$at" in rows.table.column_names else rows.table, row)
        table = table.append_column("$at", pa.array(at, pa.timestamp("us", tz="UTC")))
        table = table.append_column("$found", pa.array(row >= 0))
        value = f'CASE WHEN "$found" THEN ({column["latest"]}) END'
    else:
        table = pa.table({call.name: aggregate(call, rows) for call in calls})
        own = bare_column(column["value"], table, wanted)
        if own is not None:
            return own.combine_chunks()
        value = f"({column['value']})"
    rows.session.register("answers", table)
    result = rows.session.query(f"SELECT CAST({value} AS {kind}) AS value FROM answers")
    return result.column(0).cast(wanted).combine_chunks()


def aggregate(call: Aggregate, rows: Candidates) -> Any:
    """The values of an aggregate at every position, an Arrow array."""
    if call.filter is not None:
        rows = rows.keep(is_true(rows.evaluate([call.filter])[0]))
    if call.distinct and call.args:
        chosen, spans = merged(rows.spans, rows.ranks([(sql, "asc") for sql in call.args]))
        rows = rows.take(chosen, spans)
    own = _ANSWERS.get(call.function)
    values = None if own is None else own(call, rows)
    return listed(call, rows) if values is None else values
