"""Running totals along the line: each span adds its weight where it begins and takes it back where it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlc_runtime.pit.spans import Spans


def sweep(spans: Spans, weights: NDArray[Any]) -> NDArray[Any]:
    """For each position the sum of the weights of the spans that cover it.

    Args:
        spans: where each row takes part.
        weights: for each row an integer: Python's, or int64 where no sum of magnitudes needs more.
    """
    change = np.zeros(spans.size + 1, dtype=weights.dtype)
    np.add.at(change, spans.first, weights)
    np.subtract.at(change, spans.last, weights)
    return np.cumsum(change)[:-1]


def cover(spans: Spans) -> NDArray[np.int64]:
    """For each position the number of spans that cover it."""
    change = np.bincount(spans.first, minlength=spans.size + 1) - np.bincount(spans.last, minlength=spans.size + 1)
    return np.cumsum(change)[:-1]
