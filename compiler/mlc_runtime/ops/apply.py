"""Features made by a function, row by row."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from mlc_runtime.call import load
from mlc_runtime.context import Context
from mlc_runtime.data.conform import conform
from mlc_runtime.data.frames import from_returned, to_frame
from mlc_runtime.data.rows import ROW, grouped
from mlc_runtime.errors import StepError

_SAMPLE = 20
_RELATIVE = 1e-9


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Call a function with a table of its arguments; it returns one row for each.

    Args:
        inputs: `rows`, and each feature group that the arguments read, under its name.
        params: `use`, `with`; `arguments`: the column of the examples or of a group (`group.column`) for each column
            that the function's table has; `columns` [{`name`, `type`}] that it returns.
        context: its seed draws the rows that are computed again in another batch.

    Returns:
        `table`: `$row` and the columns.

    Raises:
        StepError: `MLC901` where there is no such function, `MLC915` where it does not return a row for each,
            `MLC911` and `MLC912` where its columns are not as declared, `MLC916` where a row's result depends on the
            other rows.
    """
    rows = grouped(inputs)
    given = pa.table({argument: rows[column] for argument, column in params["arguments"].items()})
    function = partial(load(params["use"], context.root), **(params.get("with") or {}))
    made = _call(function, given, params, context)
    drawn = random.Random(context.seed).sample(range(given.num_rows), min(_SAMPLE, given.num_rows))
    if drawn:
        again = _call(function, given.take(drawn), params, context)
        _same(made.take(drawn), again, [rows[ROW][place].as_py() for place in drawn], params["use"])
    return {"table": made.add_column(0, ROW, rows[ROW])}


def _call(function: Callable[..., Any], given: pa.Table, params: Mapping[str, Any], context: Context) -> pa.Table:
    use, columns = params["use"], params["columns"]
    alone = columns[0]["name"] if len(columns) == 1 else None
    returned = from_returned(function(to_frame(given)), use, alone)
    if returned.num_rows != given.num_rows:
        raise StepError(
            "MLC915",
            f"`{use}` returned {returned.num_rows} rows for {given.num_rows}",
            "A feature function returns one row for each row that it gets, in their order.",
        )
    return conform(returned, columns, context.timezone, use).table


def _same(first: pa.Table, again: pa.Table, rows: Sequence[int], use: str) -> None:
    for name in first.column_names:
        for row, one, other in zip(rows, first[name].to_pylist(), again[name].to_pylist(), strict=True):
            if not _equal(one, other):
                raise StepError(
                    "MLC916",
                    f"`{use}` does not work row by row: `{name}` of row {row} is {one!r} among all rows and {other!r} "
                    f"among {len(rows)} of them",
                    "A feature function may not look at other rows: what is fitted belongs in `prepare`, what looks "
                    "back belongs in a feature with `from`.",
                )


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_RELATIVE) or (math.isnan(one) and math.isnan(other))
    return bool(one == other)
