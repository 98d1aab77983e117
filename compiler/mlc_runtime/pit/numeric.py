"""A numeric argument of an aggregate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mlc_runtime.pit import exact
from mlc_runtime.pit.arrays import filled

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Numeric:
    """The values of one argument.

    Attributes:
        numbers: the finite values, 0 for the others.
        scale: a decimal's digits after the point, 0 for integers, None for floats.
        raw: the floats themselves, None for other types.
    """

    numbers: exact.Numbers
    scale: int | None
    raw: NDArray[np.float64] | None

    @property
    def wild(self) -> NDArray[np.bool_] | None:
        """Where a value is infinite or not a number; None if nowhere."""
        if self.raw is None or np.isfinite(self.raw).all():
            return None
        return ~np.isfinite(self.raw)


def numeric(values: Any, double: bool = False) -> Numeric | None:
    """The argument, or None where it is not of a numeric type.

    Args:
        values: an Arrow array.
        double: whether a decimal counts as the nearest double.
    """
    if pa.types.is_boolean(values.type) or pa.types.is_integer(values.type):
        return Numeric(exact.integers(filled(values, pa.int64())), 0, None)
    if pa.types.is_decimal(values.type) and not double:
        scale = values.type.scale
        return Numeric(exact.decimals(values.cast(pa.decimal128(38, scale)).fill_null(0)), scale, None)
    if pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        raw = filled(values, pa.float64())
        return Numeric(exact.floats(np.where(np.isfinite(raw), raw, 0.0)), None, raw)
    return None
