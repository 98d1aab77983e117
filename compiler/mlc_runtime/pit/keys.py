"""Combinations of join keys as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]


def numbered_keys(pairs: Sequence[tuple[Any, Any]]) -> tuple[Numbers, Numbers]:
    """The number of each example's combination of keys, and that of each source row: -1 for null, or for none equal.

    Args:
        pairs: for each key the examples' column and the source's, of one type, whose values are equal where they are
            the same.
    """
    count = len(pairs[0][0])
    code, missing = np.zeros(count + len(pairs[0][1]), np.int64), np.zeros(count + len(pairs[0][1]), np.bool_)
    for mine, theirs in pairs:
        encoded = pa.chunked_array([*mine.chunks, *theirs.chunks], mine.type).combine_chunks().dictionary_encode()
        missing |= np.asarray(encoded.indices.is_null().to_numpy(zero_copy_only=False), np.bool_)
        place = encoded.indices.fill_null(0).to_numpy().astype(np.int64)
        _, code = np.unique(code * max(1, len(encoded.dictionary)) + place, return_inverse=True)
    asked = np.unique(code[:count][~missing[:count]])
    number = np.full(code.max(initial=0) + 1, -1, np.int64)
    number[asked] = np.arange(len(asked))
    found = np.where(missing, -1, number[code])
    return found[:count], found[count:]
