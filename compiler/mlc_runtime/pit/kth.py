"""The k-th of the rows that take part at a position, in any order of the rows: a wavelet matrix over their ends.

F. Claude, G. Navarro, A. Ordóñez: The wavelet matrix. Information Systems 47 (2015).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlc_runtime.pit.spans import Spans


def kth(spans: Spans, order: NDArray[np.int64], k: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each position the row that is the k-th, counted from 0, of those that take part there; -1 for none.

    Every span is two events, +1 where it begins and -1 where it ends; so the rows with a property that take part at a
    position are the sum over the events up to it. The events are read bit by bit of their row's rank, from the highest:
    if more than k rows of the current range have a 0 there, so has the k-th.

    Args:
        spans: where each row takes part.
        order: all row numbers in the order in which to count.
        k: for each position; None is meant where it is negative or not below the number of rows there.
    """
    from mlc_runtime.pit.sweep import cover

    wanted = np.flatnonzero((k >= 0) & (k < cover(spans)))
    found = np.full(spans.size, -1, dtype=np.int64)
    # Rows that take part somewhere, numbered by rank.
    ranked = order[(spans.first < spans.last)[order]]
    if not len(wanted):
        return found
    place = np.concatenate([spans.first[ranked], spans.last[ranked]])
    by_place = np.argsort(place, kind="stable")
    ranks = (by_place % len(ranked)).astype(np.int64)
    signs = np.where(by_place < len(ranked), 1, -1).astype(np.int64)

    low = np.zeros(len(wanted), dtype=np.int64)
    high = np.searchsorted(place[by_place], wanted, side="right").astype(np.int64)
    left = k[wanted].copy()
    rank = np.zeros(len(wanted), dtype=np.int64)
    for bit in reversed(range(max(1, int(len(ranked) - 1).bit_length()))):
        zero = (ranks >> bit) & 1 == 0
        zeros = np.concatenate([[0], np.cumsum(zero)])
        weight = np.concatenate([[0], np.cumsum(np.where(zero, signs, 0))])
        with_zero = weight[high] - weight[low]
        one = left >= with_zero
        left -= np.where(one, with_zero, 0)
        rank |= one.astype(np.int64) << bit
        low, high = (np.where(one, zeros[-1] + edge - zeros[edge], zeros[edge]) for edge in (low, high))
        ranks = np.concatenate([ranks[zero], ranks[~zero]])
        signs = np.concatenate([signs[zero], signs[~zero]])
    found[wanted] = ranked[rank]
    return found
