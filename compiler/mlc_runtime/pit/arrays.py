"""Between Arrow's arrays and NumPy's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray


def is_true(values: Any) -> NDArray[np.bool_]:
    """Where an array of booleans is true: neither false nor null."""
    return np.asarray(values.fill_null(False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def is_valid(values: Any) -> NDArray[np.bool_]:
    """Where an array is not null."""
    return np.asarray(values.is_valid().to_numpy(zero_copy_only=False), dtype=np.bool_)


def filled(values: Any, kind: Any) -> NDArray[Any]:
    """The values as an Arrow type of 64 bits, 0 for null; an integer becomes the nearest double."""
    return np.asarray(values.cast(kind, safe=False).fill_null(0).to_numpy())


def decimal_units(values: Any) -> NDArray[Any]:
    """An array of decimal128 without nulls, counted in its last digit: int64, or else Python's integers."""
    words = np.frombuffer(values.buffers()[1], dtype=np.int64)[2 * values.offset :][: 2 * len(values)].reshape(-1, 2)
    low, high = words[:, 0], words[:, 1]
    if (high == low >> 63).all():
        return low
    return np.asarray(high.astype(object) * 2**64 + (low.astype(object) & (2**64 - 1)), dtype=object)


def decimal_array(units: NDArray[Any], scale: int, present: NDArray[np.bool_]) -> Any:
    """An array of decimal128 with 38 digits from integers, int64 or Python's, that count its last digit."""
    words = np.empty((len(units), 2), dtype=np.uint64)
    if units.dtype == object:
        words[:, 0], words[:, 1] = units & (2**64 - 1), (units >> 64) & (2**64 - 1)
    else:
        words[:, 0], words[:, 1] = units.view(np.uint64), (units >> 63).view(np.uint64)
    buffers = [pa.array(present).buffers()[1], pa.py_buffer(words)]
    return pa.Array.from_buffers(pa.decimal128(38, scale), len(units), buffers)


def pick(values: Any, row: NDArray[np.int64]) -> Any:
    """The values, or a table's rows, of these numbers; null where the number is -1."""
    return values.take(pa.array(row, mask=row < 0))
