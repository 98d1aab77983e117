"""An entity-by-date spine: each date with the latest row before it, then known, of each entity."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mlc_runtime.context import Context
from mlc_runtime.data.evaluate import latest, query
from mlc_runtime.data.rows import AT, ROW, numbered
from mlc_runtime.data.times import INSTANT
from mlc_runtime.errors import StepError
from mlc_runtime.sql import quoted

_ALWAYS = "timestamptz '0001-01-01 00:00:00+00'"
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ][\d:.]+)?(?:Z|[+-]\d{2}(?::?\d{2})?)?")

# A row may stand for its entity from the moment on at which it is both past and known. Along these moments the best
# row so far (by time, known time, key) is a running maximum, so that a date needs one lookup and no scan of a history.
_SPINE = """
with instants as (
  select {row} as place, {entity}, {time} as happened, {known} as known, {key} from source
), moments as (
  select place, {names}, greatest(happened + to_microseconds(1), known) as since,
    row_number() over (order by happened, known, {keys} place) as rank
  from instants where happened is not null and known is not null and {present}
), steps as (
  select {names}, since, max(rank) as rank from moments group by all
), standing as (
  select {names}, since, max(rank) over (partition by {names} order by since) as rank from steps
), questions as (
  select dates.moment, entities.* from dates cross join (select distinct {names} from moments) as entities
)
select questions.moment, moments.place
from questions
asof join standing on {same} and standing.since <= questions.moment
join moments on moments.rank = standing.rank
order by questions.moment, {ordered}
"""


def spine(source: pa.Table, at: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> pa.Table:
    """Pair dates with rows.

    Args:
        source: the rows.
        at: `every`: microseconds, or `month` for the same local time each month; `from` and `until` (both included):
            ISO 8601 (local where it names no offset) or an expression; `by`: the columns that name an entity, by
            default the source's key (rows in which one of them is null belong to no entity); `now`: only at `as_of`.
        params: of the source `time`: column or None, `row_known`: SQL of times of which the latest counts, `key`; and
            `as_of`, microseconds since the epoch.
        context: gives parameters and zone.

    Returns:
        The source's columns and `$at`, ordered by date and entity.

    Raises:
        StepError: `MLC970` where `from` or `until` is null; `MLC920` where an expression fails on the data.
    """
    by = at["by"] or params["key"]
    names = [f"e{place}" for place in range(len(by))]
    keys = [f"k{place}" for place in range(len(params["key"]))]
    time, known = params["time"], latest(params["row_known"])
    sql = _SPINE.format(
        row=quoted(ROW),
        entity=_aliased(by, names),
        names=", ".join(names),
        time=f"cast({quoted(time)} as timestamptz)" if time else _ALWAYS,
        known=known or _ALWAYS,
        key=_aliased(params["key"], keys),
        keys="".join(f"{name}, " for name in keys),
        present=" and ".join(f"{name} is not null" for name in names),
        same=" and ".join(f"standing.{name} = questions.{name}" for name in names),
        ordered=", ".join(f"questions.{name}" for name in names),
    )
    paired = query(sql, {"source": numbered(source), "dates": _dates(at, params, context)}, context)
    return source.take(paired["place"]).append_column(AT, paired["moment"].cast(INSTANT))


def _dates(at: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> pa.Table:
    if at.get("now"):
        return pa.table({"moment": pa.array([params["as_of"]], pa.int64()).cast(INSTANT)})
    first, last, every = _moment(at["from"], "from", context), _moment(at["until"], "until", context), at["every"]
    if every == "month":
        count, step = "date_diff('month', first, last)", "to_months(n::int)"
    else:
        count, step = f"(epoch_us(last) - epoch_us(first)) // {every:d}", f"to_microseconds(n * {every:d})"
    moments = f"""
      select first + {step} as moment, last
      from (select first, last, unnest(range(0, {count} + 1)) as n from (select {first} as first, {last} as last))
    """
    return query(f"select moment from ({moments}) where moment <= last order by moment", {}, context)


def _moment(value: str, name: str, context: Context) -> str:
    """SQL of an instant that is there."""
    sql = f"cast('{value}' as timestamptz)" if _ISO.fullmatch(value) else f"cast(({value}) as timestamptz)"
    if query(f"select {sql} is null as missing", {}, context)["missing"][0].as_py():
        raise StepError("MLC970", f"`{name}` of the spine is null: `{value}`", "Give the run an `--as-of`.")
    return sql


def _aliased(columns: list[str], names: list[str]) -> str:
    return ", ".join(f"{quoted(column)} as {name}" for column, name in zip(columns, names, strict=True))
