"""The few rows of a source that requests can match, found without looking at the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SLACK = 2 * 86_400_000_000
"""A date is an instant that hangs on the zone, and `refresh` rounds moments down: two days hold either, with `refresh`
added."""


class Index:
    """A source's rows by the values of some columns, in the order of time.

    Args:
        table: the source.
        columns: by which rows are asked for.
        time: the column of their time, or None.
    """

    def __init__(self, table: pa.Table, columns: Sequence[str], time: str | None = None) -> None:
        self.table = table
        self.columns = tuple(columns)
        self._time = None if time is None else _micros(table[time])
        frame = table.select(list(columns)).to_pandas(integer_object_nulls=True)
        found = frame.groupby(list(columns) if len(columns) > 1 else columns[0], sort=False, dropna=True).indices
        self._places: dict[Any, NDArray[np.int64]] = {key: self._sorted(places) for key, places in found.items()}
        self._empty = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self._places)

    def places(self, rows: pa.Table, columns: Sequence[str]) -> list[NDArray[np.int64]]:
        """Where the matches of each row stand in the table, by these columns of the row; in the order of time."""
        values = [rows[column].to_pylist() for column in columns]
        keys = zip(*values, strict=True) if len(columns) > 1 else values[0]
        return [self._places.get(key, self._empty) for key in keys]

    def narrowed(self, rows: pa.Table, columns: Sequence[str], window: tuple[int, int] | None) -> pa.Table:
        """The table's rows that match any of these, in the table's order.

        Args:
            rows: the examples.
            columns: theirs, one for each of the index's.
            window: the earliest and the latest time that any of them asks for, in microseconds; None for all.
        """
        distinct = {places.ctypes.data: places for places in self.places(rows, columns)}
        chosen = list(self._within(distinct.values(), window))
        return self.table.take(np.sort(np.concatenate(chosen)) if chosen else self._empty)

    def _within(
        self, places: Iterable[NDArray[np.int64]], window: tuple[int, int] | None
    ) -> Iterable[NDArray[np.int64]]:
        for each in places:
            if window is None or self._time is None:
                yield each
            else:
                first, last = np.searchsorted(self._time[each], [window[0] - _SLACK, window[1] + _SLACK])
                yield each[first:last]

    def _sorted(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        if self._time is None:
            return np.asarray(places, np.int64)
        return np.asarray(places[np.argsort(self._time[places], kind="stable")], np.int64)


def lookup_window(params: Mapping[str, Any], rows: pa.Table) -> tuple[int, int] | None:
    """The times that a step of features can ask for, for these rows; None where that is any."""
    back, until = params["window"] or (None, 0)
    if back is None or params["time"] is None or "$at" not in rows.column_names or not rows.num_rows:
        return None
    at = rows["$at"].drop_null().cast(pa.int64()).to_numpy()
    if not len(at):
        return None
    return int(at.min()) + back - (params.get("refresh") or 0), int(at.max()) + until


def _micros(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Instants in microseconds; a null is before all of them, and matches no window."""
    moments = (
        column.cast(pa.timestamp("us", tz="UTC"))
        if pa.types.is_timestamp(column.type)
        else column.cast(pa.timestamp("us"))
    )
    return np.asarray(moments.cast(pa.int64()).fill_null(np.iinfo(np.int64).min).to_numpy(), np.int64)
