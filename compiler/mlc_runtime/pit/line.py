"""All examples on one line: a join key and a time window become a span of positions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEVER = np.int64(2**63 - 1)
"""Microseconds that no moment reaches: a row known then is never known."""
ALWAYS = np.int64(-(2**63))
"""Microseconds before every moment."""


@dataclass(frozen=True)
class Line:
    """The distinct pairs (group, moment) of the examples, sorted.

    A group is the number of a combination of join keys; -1 stands for none.

    Attributes:
        moments: the distinct moments, ascending, microseconds since the epoch.
        codes: for each position, `group * (len(moments) + 1) + rank of the moment`, ascending.
        position: for each example its position; the position after the last for one that nothing can match.
    """

    moments: NDArray[np.int64]
    codes: NDArray[np.int64]
    position: NDArray[np.int64]

    @property
    def size(self) -> int:
        """How many positions there are, with the last, which nothing covers."""
        return len(self.codes) + 1

    @cached_property
    def at(self) -> NDArray[np.int64]:
        """The moment of each position; of the last one, the epoch."""
        return np.append(self.moments[self.codes % (len(self.moments) + 1)], np.int64(0))

    def spans(
        self, group: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Positions `first <= position < last` of the examples of `group` with `start <= moment < end`.

        Where there is none, both are 0.
        """
        base = group * (len(self.moments) + 1)
        first = np.searchsorted(self.codes, base + np.searchsorted(self.moments, start))
        last = np.searchsorted(self.codes, base + np.searchsorted(self.moments, end))
        covers = (group >= 0) & (first < last)
        return np.where(covers, first, 0), np.where(covers, last, 0)


def line_of(group: NDArray[np.int64], at: NDArray[np.int64], exists: NDArray[np.bool_]) -> Line:
    """The line of the examples with these groups and moments, as far as they exist."""
    there = exists & (group >= 0)
    moments, rank = np.unique(at[there], return_inverse=True)
    codes, inverse = np.unique(group[there] * (len(moments) + 1) + rank, return_inverse=True)
    position = np.full(len(at), len(codes), dtype=np.int64)
    position[there] = inverse
    return Line(moments, codes, position)
