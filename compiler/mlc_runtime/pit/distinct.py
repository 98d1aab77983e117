"""DISTINCT: the spans of equal values, merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlc_runtime.pit.spans import Spans

if TYPE_CHECKING:
    from numpy.typing import NDArray


def merged(spans: Spans, value: NDArray[np.int64]) -> tuple[NDArray[np.int64], Spans]:
    """Disjoint spans that cover, for each value, the positions that its rows' spans cover, and a row for each.

    Args:
        spans: where each row takes part.
        value: for each row the rank of its value.

    Returns:
        The number of a row that has the value, and the merged spans.
    """
    rows = np.flatnonzero(spans.first < spans.last)
    rows = rows[np.lexsort((rows, spans.first[rows], value[rows]))]
    if not len(rows):
        return rows, spans.take(rows)
    first, last = spans.first[rows], spans.last[rows]
    # Laid out one value after the other, so that one running maximum serves them all.
    shift = value[rows] * (spans.size + 1)
    reach = np.maximum.accumulate(last + shift)
    opens = np.append(True, (first + shift)[1:] > reach[:-1])
    begin = np.flatnonzero(opens)
    end = np.append(begin[1:], len(rows)) - 1
    return rows[begin], Spans(first[begin], reach[end] - shift[end], spans.size)
