"""Spans of positions on the line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Spans:
    """For each of some rows the positions `first <= position < last` at which it takes part.

    Attributes:
        first: first position of each row's span.
        last: the position after the span; where it equals `first`, the row takes part nowhere.
        size: the number of positions.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    size: int

    def __len__(self) -> int:
        return len(self.first)

    def keep(self, rows: NDArray[np.bool_]) -> Spans:
        """The same rows, of which those not kept take part nowhere."""
        return Spans(np.where(rows, self.first, 0), np.where(rows, self.last, 0), self.size)

    def take(self, rows: NDArray[np.int64]) -> Spans:
        """The spans of the rows with these numbers, in this order."""
        return Spans(self.first[rows], self.last[rows], self.size)

    def between(self, begin: int, end: int) -> Spans:
        """The part of each span at `begin <= position < end`, with positions counted from `begin`."""
        first, last = np.clip(self.first, begin, end), np.clip(self.last, begin, end)
        return Spans(first - begin, last - begin, end - begin)

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Every (position, row) such that the row takes part there, ordered by position, then row."""
        length = self.last - self.first
        row = np.repeat(np.arange(len(self)), length)
        offset = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
        position = self.first[row] + offset
        order = np.argsort(position, kind="stable")
        return position[order], row[order]
