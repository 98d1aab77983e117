"""`features`: for each example the columns of a feature group, from the rows known at its moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.context import Context
from mlc_runtime.data.rows import grouped
from mlc_runtime.narrow import kept
from mlc_runtime.pit.answer import answer
from mlc_runtime.pit.lookup import look_up
from mlc_runtime.sql import Session, open_session

_COUNT = {
    "type": "int",
    "aggregates": [{"as": "a0", "function": "count", "args": [], "filter": None, "distinct": False, "order": []}],
    "value": "a0",
}
"""A column: how many rows take part."""


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Looks `rows` up in `source`; the output's `table` has `$row` and the group's columns.

    Any other input is a feature group, whose columns the join may name as `group.column`. The `report` is `{"rows",
    "unmatched"}`: how many examples there are, and by column for how many of them no row of the source took part.
    """
    with open_session(context.parameters, context.timezone) as session:
        table, unmatched = features_at(grouped(inputs, "source"), inputs["source"], params, session)
    return {"table": table, "report": {"rows": table.num_rows, "unmatched": unmatched}}


def features_at(rows: Any, source: Any, params: Mapping[str, Any], session: Session) -> tuple[Any, Mapping[str, int]]:
    """The columns of a feature group for each example, an Arrow table in the order of `rows`.

    Beside it, by column, the number of examples for which no row took part; columns without any are left out.

    A value depends on the source rows that take part in it alone, not on the other examples: one example asked for
    alone, as a service does, gets the same bits as in a table of all.

    Args:
        rows: the examples: `$row`, `$at` (an instant or null) and the columns of the join.
        source: the table to look up.
        params: of the plan's `features` operation; of its `columns`, those of `want` are made, by default all.
        session: with the run's parameters and time zone.
    """
    import pyarrow as pa

    lookup = look_up(rows, source, params, session)
    position = pa.array(lookup.line.position)
    candidates, alone = {}, {}
    columns = {"$row": rows.column("$row")}
    wanted = kept([column["name"] for column in params["columns"]], params.get("want"))
    unmatched = {}
    for column in params["columns"]:
        if column["name"] not in wanted:
            continue
        known = tuple(column["known"])
        if known not in candidates:
            candidates[known] = lookup.candidates(lookup.known(known))
            count = answer(_COUNT, candidates[known], lookup.line.at, lookup.where)
            alone[known] = int((count.to_numpy()[lookup.line.position] == 0).sum())
        values = answer(column, candidates[known], lookup.line.at, lookup.where)
        columns[column["name"]] = values.take(position)
        if alone[known]:
            unmatched[column["name"]] = alone[known]
    return pa.table(columns), unmatched
