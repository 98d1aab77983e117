"""From the params of a lookup to the line of the examples and the rows that take part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mlc_runtime.data.bare import bare_column
from mlc_runtime.pit.answer import AT
from mlc_runtime.pit.arrays import is_true
from mlc_runtime.pit.candidates import Candidates
from mlc_runtime.pit.keys import numbered_keys
from mlc_runtime.pit.line import ALWAYS, NEVER, Line, line_of
from mlc_runtime.pit.spans import Spans
from mlc_runtime.sql import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlc_runtime.sql import Session

_FAR = 2**61
"""Microseconds, about 73,000 years: times are held within, so that adding a window cannot overflow."""


@dataclass(frozen=True)
class Lookup:
    """The examples on their line, and the source's rows that any of them matches.

    Attributes:
        line: the examples.
        table: the source's rows that match the join keys of an example and the conditions.
        group: each row's combination of join keys.
        time: each row's time, microseconds since the epoch; None without a time.
        window: the window, microseconds relative to the example's moment; the first None for all the past.
        key: the columns that break ties.
        where: the part of the conditions that reads the example's moment.
        session: evaluates expressions over the source.
    """

    line: Line
    table: Any
    group: NDArray[np.int64]
    time: NDArray[np.int64] | None
    window: tuple[int | None, int]
    key: Sequence[str]
    where: str | None
    session: Session

    def known(self, expressions: Sequence[str]) -> NDArray[np.int64]:
        """The latest of several known times for each row, microseconds; NEVER where one is null."""
        latest = np.full(len(self.group), ALWAYS)
        own = {sql: column for sql in expressions if _is_instant(column := bare_column(sql, self.table))}
        others = _instants([sql for sql in expressions if sql not in own])
        rows = self._rows(Spans(self.group, self.group, 0), latest)
        for moment in (*(column.combine_chunks() for column in own.values()), *rows.evaluate(others)):
            latest = np.maximum(latest, _micros(moment))
        return latest

    def candidates(self, known: NDArray[np.int64], wait: bool = True) -> Candidates:
        """The rows and where they take part.

        Args:
            known: when each row is known.
            wait: whether a row takes part only from then on.
        """
        start = known if wait else np.where(known == NEVER, NEVER, ALWAYS)
        end = np.full(len(self.group), NEVER)
        if self.time is not None:
            back, until = self.window
            start = np.maximum(start, self.time - until + 1)
            end = end if back is None else self.time - back + 1
        return self._rows(Spans(*self.line.spans(self.group, start, end), self.line.size), known)

    @cached_property
    def _key_rank(self) -> NDArray[np.int64]:
        rows = self._rows(Spans(self.group, self.group, 0), self.group)
        return rows.ranks([(quoted(column), "asc") for column in self.key])

    def _rows(self, spans: Spans, known: NDArray[np.int64]) -> Candidates:
        def seniority() -> list[NDArray[np.int64]]:
            keys = [self._key_rank] if self.key else []
            return [np.arange(len(known)), *keys, known, *([] if self.time is None else [self.time])]

        return Candidates(self.table, spans, seniority, self.session)


def look_up(rows: Any, source: Any, params: Mapping[str, Any], session: Session) -> Lookup:
    """Matches examples with source rows.

    Args:
        rows: the examples: `$at` and the columns of the join.
        source: the table to look up.
        params: `join`, `window`, `time`, `refresh`, `key`, `where` and `columns` or `label` of the plan.
        session: evaluates the expressions.
    """
    at, exists = moments(rows, params.get("refresh"))
    row_group, group = _groups(rows, source, params["join"], session)
    line = line_of(row_group, at, exists)

    where = params["where"]["sql"] if params.get("where") else None
    matched = group >= 0
    session.register("source", source)
    if where is not None and AT not in where:
        matched &= is_true(session.query(f"SELECT ({where}) AS matched FROM source").column(0).combine_chunks())
        where = None
    time = None
    if params["time"] is not None:
        column = source[params["time"]]
        if not _is_instant(column):
            # A date casts to the instant of its local midnight.
            (instant,) = _instants([quoted(params["time"])])
            column = session.query(f"SELECT {instant} AS instant FROM source").column(0)
        time = _micros(column.combine_chunks())
        matched &= time != NEVER
        time = np.clip(time[matched], -_FAR, _FAR)
    back, until = params["window"] or (None, 0)
    return Lookup(
        line,
        _narrowed(source, params).filter(matched),
        group[matched],
        time,
        (back, until),
        params["key"],
        where,
        session,
    )


def moments(rows: Any, refresh: int | None) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The moment of each example and whether it has one; the end of time in tables without time."""
    if "$at" not in rows.column_names:
        return np.full(len(rows), NEVER - 1), np.ones(len(rows), dtype=np.bool_)
    at = _micros(rows.column("$at").combine_chunks())
    exists = at != NEVER
    return (at // refresh * refresh if refresh else at), exists


def _groups(
    rows: Any, source: Any, join: Sequence[Sequence[str]], session: Session
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers the combinations of join keys of the examples: for each example its own, for each source row the equal
    one, -1 where there is none or a key is null."""
    if not join:
        return np.zeros(len(rows), dtype=np.int64), np.zeros(len(source), dtype=np.int64)
    pairs = [(rows[mine], source[theirs]) for mine, theirs in join]
    if all(mine.type == theirs.type and _exact(mine.type) for mine, theirs in pairs):
        return numbered_keys(pairs)
    left, right = [quoted(pair[0]) for pair in join], [quoted(pair[1]) for pair in join]
    names = [f"k{index}" for index in range(len(join))]
    chosen = ", ".join(f"{column} AS {name}" for column, name in zip(left, names, strict=True))
    present = " AND ".join(f"{column} IS NOT NULL" for column in left)
    session.register("rows", rows.select(list(dict.fromkeys(pair[0] for pair in join))))
    keys = session.query(f"SELECT DISTINCT {chosen} FROM rows WHERE {present}")
    session.register("keys", keys.append_column("g", pa.array(np.arange(len(keys)))))
    found = []
    for name, table, columns in (("rows", rows, left), ("source", source, right)):
        used = [pair[0 if name == "rows" else 1] for pair in join]
        narrow = table.select(list(dict.fromkeys(used)))
        session.register(name, narrow.append_column("$index", pa.array(np.arange(len(table)))))
        equal = " AND ".join(f"t.{column} = keys.{key}" for column, key in zip(columns, names, strict=True))
        result = session.query(f'SELECT t."$index", keys.g FROM {name} t JOIN keys ON {equal}')
        group = np.full(len(table), -1, dtype=np.int64)
        group[result.column(0).to_numpy()] = result.column(1).to_numpy()
        found.append(group)
    return found[0], found[1]


def _exact(kind: Any) -> bool:
    """Whether values of a type are equal where they are the same, to DuckDB as to Arrow."""
    types = pa.types
    return any(is_(kind) for is_ in (types.is_int64, types.is_string, types.is_boolean, types.is_date32)) or (
        types.is_timestamp(kind) and kind.tz is not None
    )


def _is_instant(column: Any) -> bool:
    """Whether a column is there and holds instants."""
    return column is not None and pa.types.is_timestamp(column.type) and column.type.tz is not None


def _narrowed(source: Any, params: Mapping[str, Any]) -> Any:
    """The columns of the source that the plan's SQL may name, and the row's number."""
    text = "\n".join(_texts(params))
    columns = source.select([name for name in source.column_names if quoted(name)[1:-1] in text])
    return columns.append_column("$number", pa.array(np.arange(len(source))))


def _texts(value: Any) -> Iterator[str]:
    """All strings in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for entry in value.values() for text in _texts(entry))
    elif isinstance(value, Sequence):
        yield from (text for entry in value for text in _texts(entry))


def _instants(expressions: Sequence[str]) -> list[str]:
    return [f"CAST(({sql}) AS TIMESTAMPTZ)" for sql in expressions]


def _micros(moments: Any) -> NDArray[np.int64]:
    """Microseconds since the epoch; NEVER for null."""
    micros = moments.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return np.asarray(micros.fill_null(int(NEVER)).to_numpy())
