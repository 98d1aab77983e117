"""What was known by a moment: rows and cells that were not are as if they were not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime.context import Context
from mlc_runtime.data.evaluate import evaluate, latest
from mlc_runtime.data.rows import ROW
from mlc_runtime.data.times import INSTANT


@dataclass(frozen=True)
class Known:
    """A table as it was known by a moment.

    Attributes:
        table: its rows and cells known by then.
        later: rows left out because they became known after it.
        never: rows left out because their known time is null.
        cells: by column, how many cells of the rows that stay were emptied.
        unknown: by column, how many of the rows that stay have no known time of it, and so never take part in what
            reads it.
    """

    table: pa.Table
    later: int = 0
    never: int = 0
    cells: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)


def known_by(table: pa.Table, params: Mapping[str, Any], context: Context) -> Known:
    """Leave out the rows, and empty the cells, that were not known by `as_of`.

    Args:
        table: the whole table.
        params: `row_known`, SQL of times of which the latest is a row's known time (none: always known); `known`, the
            same by column for cells that have their own; `as_of`, microseconds since the epoch (None: all is known).
        context: gives parameters and zone.

    Raises:
        StepError: `MLC920` where an expression fails on the data.
    """
    if params.get("as_of") is None:
        return Known(table)
    moment = pa.scalar(params["as_of"], pa.int64()).cast(INSTANT)
    times = evaluate(table, _expressions(params, table.column_names), context)
    later = never = 0
    if ROW in times.column_names:
        there = pc.less_equal(times[ROW], moment)
        never = there.null_count
        stay = pc.fill_null(there, False)
        later = table.num_rows - never - pc.sum(stay, min_count=0).as_py()
        table, times = table.filter(stay), times.filter(stay)
    cells = {}
    unknown = {name: times[name].null_count for name in times.column_names if name != ROW and times[name].null_count}
    for name in times.column_names:
        if name == ROW:
            continue
        hidden = pc.invert(pc.fill_null(pc.less_equal(times[name], moment), False))
        emptied = pc.sum(pc.and_(hidden, table[name].is_valid()), min_count=0).as_py()
        if emptied:
            cells[name] = emptied
            place = table.column_names.index(name)
            nothing = pa.scalar(None, table.schema.field(name).type)
            table = table.set_column(place, table.schema.field(name), pc.if_else(hidden, nothing, table[name]))
    return Known(table, later, never, cells, unknown)


def latest_known(table: pa.Table, params: Mapping[str, Any], context: Context) -> int | None:
    """The latest known time in a table, of rows and cells, in microseconds since the epoch; None where there is none.

    Args:
        table: the whole table.
        params: `row_known` and `known` as for `known_by`.
        context: gives parameters and zone.
    """
    times = evaluate(table, _expressions(params, table.column_names), context)
    found = [pc.max(column.cast(INSTANT).cast(pa.int64())).as_py() for column in times.columns]
    return max((time for time in found if time is not None), default=None)


def _expressions(params: Mapping[str, Any], there: Sequence[str]) -> dict[str, str]:
    """SQL of the known time of each column there that has its own, and of the row as `$row`."""
    own = {**{name: times for name, times in params["known"].items() if name in there}, ROW: params["row_known"]}
    return {name: sql for name, times in own.items() if (sql := latest(times))}
