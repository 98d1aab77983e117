"""The rows that may take part in an expression, where they do, and their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from mlc_runtime.pit.spans import Spans
from mlc_runtime.pit.sweep import cover

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlc_runtime.sql import Session

PAIRS_AT_ONCE = 1_000_000
"""How many (position, row) pairs are laid out at a time, at least those of one position."""

_TABLE = "candidates"


@dataclass(frozen=True)
class Candidates:
    """Rows and the positions where each takes part.

    Attributes:
        table: the rows' columns, an Arrow table.
        spans: where each row takes part.
        seniority: what to sort by from the earliest row to the latest, the most significant last.
        session: evaluates expressions over the table.
    """

    table: Any
    spans: Spans
    seniority: Callable[[], Sequence[NDArray[np.int64]]]
    session: Session

    @cached_property
    def age(self) -> NDArray[np.int64]:
        """Row numbers from the earliest to the latest: by time, then known time, then key, then row number."""
        return np.lexsort(self.seniority())

    def evaluate(self, expressions: Sequence[str]) -> list[Any]:
        """The values of SQL expressions for each row, as Arrow arrays."""
        if not expressions:
            return []
        self.session.register(_TABLE, self.table)
        columns = ", ".join(f"({sql}) AS e{index}" for index, sql in enumerate(expressions))
        result = self.session.query(f"SELECT {columns} FROM {_TABLE}")
        return [column.combine_chunks() for column in result.columns]

    def ranks(self, order: Sequence[tuple[str, str]]) -> NDArray[np.int64]:
        """For each row its dense rank, from 0, by pairs of an SQL expression and `asc` or `desc`."""
        self.session.register(_TABLE, self.table.append_column("$index", [np.arange(len(self.spans))]))
        by = ", ".join(f"({sql}) {direction}" for sql, direction in order)
        result = self.session.query(f'SELECT "$index", dense_rank() OVER (ORDER BY {by}) - 1 FROM {_TABLE}')
        ranks = np.empty(len(self.spans), dtype=np.int64)
        ranks[result.column(0).to_numpy()] = result.column(1).to_numpy()
        return ranks

    def sorted_by(self, order: Sequence[tuple[str, str]]) -> NDArray[np.int64]:
        """Row numbers sorted by expressions; of equal rows the earlier first."""
        if not order:
            return self.age
        return self.age[np.argsort(self.ranks(order)[self.age], kind="stable")]

    def keep(self, rows: NDArray[np.bool_]) -> Candidates:
        """The same rows, of which those not kept take part nowhere."""
        return Candidates(self.table, self.spans.keep(rows), self.seniority, self.session)

    def take(self, rows: NDArray[np.int64], spans: Spans) -> Candidates:
        """The rows with these numbers, taking part at `spans`."""

        def seniority() -> list[NDArray[np.int64]]:
            place = np.empty(len(self.age), dtype=np.int64)
            place[self.age] = np.arange(len(self.age))
            return [place[rows]]

        return Candidates(self.table.take(rows), spans, seniority, self.session)

    def paired(self) -> Iterator[tuple[int, int, Candidates]]:
        """Every row once for each position where it takes part.

        Yields:
            Pieces of the line, `begin <= position < end`, each with its candidates, whose positions count from
            `begin`; together they are the whole line.
        """
        before = np.concatenate([[0], np.cumsum(cover(self.spans))])
        begin = 0
        while begin < self.spans.size:
            end = int(np.searchsorted(before, before[begin] + PAIRS_AT_ONCE, side="right")) - 1
            end = max(begin + 1, min(end, self.spans.size))
            position, row = self.spans.between(begin, end).pairs()
            yield begin, end, self.take(row, Spans(position, position + 1, end - begin))
            begin = end
