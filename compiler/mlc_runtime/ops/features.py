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


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Looks `rows` up in `source`; the output's `table` has `$row` and the group's columns.

    Any other input is a feature group, whose columns the join may name as `group.column`.
    """
    with open_session(context.parameters, context.timezone) as session:
        return {"table": features_at(grouped(inputs, "source"), inputs["source"], params, session)}


def features_at(rows: Any, source: Any, params: Mapping[str, Any], session: Session) -> Any:
    """The columns of a feature group for each example, an Arrow table in the order of `rows`.

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
    candidates = {}
    columns = {"$row": rows.column("$row")}
    wanted = kept([column["name"] for column in params["columns"]], params.get("want"))
    for column in params["columns"]:
        if column["name"] not in wanted:
            continue
        known = tuple(column["known"])
        if known not in candidates:
            candidates[known] = lookup.candidates(lookup.known(known))
        values = answer(column, candidates[known], lookup.line.at, lookup.where)
        columns[column["name"]] = values.take(pa.array(lookup.line.position))
    return pa.table(columns)
