"""The most frequent value at each position, by a heap of counts along the line."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlc_runtime.pit.spans import Spans


def most_frequent(spans: Spans, value: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each position the value that most rows have that take part there, the least of several; -1 for none.

    Every change of a count puts the value's new count on a heap; an entry that is no longer true is dropped when
    it comes to the top.

    Args:
        spans: where each row takes part.
        value: for each row the rank of its value, from 0.
    """
    rows = np.flatnonzero(spans.first < spans.last)
    place = np.concatenate([spans.first[rows], spans.last[rows]])
    order = np.argsort(place, kind="stable")
    events = place[order].tolist()
    values = np.concatenate([value[rows], value[rows]])[order].tolist()
    steps = np.where(order < len(rows), 1, -1).tolist()

    count = [0] * (int(value.max(initial=-1)) + 1)
    heap: list[tuple[int, int]] = []
    found = np.full(spans.size, -1, dtype=np.int64)
    for index, (event, changed, step) in enumerate(zip(events, values, steps, strict=True)):
        count[changed] += step
        if count[changed]:
            heappush(heap, (-count[changed], changed))
        until = events[index + 1] if index + 1 < len(events) else spans.size
        if until > event:
            while heap and -heap[0][0] != count[heap[0][1]]:
                heappop(heap)
            if heap:
                found[event:until] = heap[0][1]
    return found
