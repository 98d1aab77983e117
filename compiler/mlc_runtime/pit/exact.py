"""Numbers as whole multiples of a power of two, so that sums along the line are exact.

A running sum of floats is off by what the largest value that ever passed through it was rounded by. Here the values are
integers, of 64 bits where all sums fit and else Python's, and the one rounding is at the end. Hence a sum depends on
the values in the window alone, whatever stood before it, and in whatever order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlc_runtime.pit.arrays import decimal_units
from mlc_runtime.pit.sweep import sweep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlc_runtime.pit.spans import Spans


@dataclass(frozen=True)
class Numbers:
    """A number for each row: `units * 2**exponent`.

    Attributes:
        units: integers, int64 or Python's.
        exponent: of two.
    """

    units: NDArray[Any]
    exponent: int

    @property
    def bits(self) -> int:
        """An upper bound of the bits of the units' magnitudes; 64 for Python's integers."""
        if self.units.dtype == object:
            return 64
        # As doubles, because the least int64 has no magnitude of its own type.
        return int(np.frexp(np.abs(self.units.astype(np.float64)).max(initial=0.0))[1])

    def wide(self) -> NDArray[Any]:
        """The units as Python integers."""
        return self.units.astype(object)


def integers(values: NDArray[np.int64]) -> Numbers:
    """Integers of 64 bits."""
    return Numbers(values, 0)


def decimals(values: Any) -> Numbers:
    """An Arrow array of decimal128 without nulls, as multiples of its last digit."""
    return Numbers(decimal_units(values), 0)


def floats(values: NDArray[np.float64]) -> Numbers:
    """Finite doubles."""
    fraction, exponent = np.frexp(values)
    mantissa = (fraction * 2.0**53).astype(np.int64)
    # Without trailing zeros, values of one scale (whole numbers, halves) stay small.
    odd = mantissa // np.maximum(mantissa & -mantissa, 1)
    power = exponent.astype(np.int64) - np.frexp(odd.astype(np.float64))[1]
    there = odd != 0
    least = int(power[there].min(initial=0 if not there.any() else power[there][0]))
    shift = np.where(there, power - least, 0)
    if (np.frexp(odd.astype(np.float64))[1] + shift).max(initial=0) < 63:
        return Numbers(odd << shift, least)
    return Numbers(odd.astype(object) << shift.astype(object), least)


def product(left: Numbers, right: Numbers) -> Numbers:
    """The product of each number with the other of its row."""
    exponent = left.exponent + right.exponent
    if left.bits + right.bits < 63:
        return Numbers(left.units * right.units, exponent)
    return Numbers(left.wide() * right.wide(), exponent)


def totals(spans: Spans, numbers: Numbers) -> NDArray[Any]:
    """For each position the sum of the units of the rows that take part, Python integers where int64 might not do."""
    if numbers.bits + len(spans).bit_length() < 63:
        return sweep(spans, numbers.units)
    return sweep(spans, numbers.wide())


def ratio(numerator: NDArray[Any], exponent: int, denominator: NDArray[Any]) -> NDArray[np.float64]:
    """`numerator * 2**exponent / denominator`, rounded once; NaN where the denominator is 0.

    Args:
        numerator: integers, int64 or Python's.
        exponent: of two.
        denominator: integers from 0 on, int64 or Python's.
    """
    narrow = object not in (numerator.dtype, denominator.dtype) and -900 < exponent < 900
    # Two doubles that hold their integers exactly have a quotient that is rounded once.
    if narrow and np.abs(numerator).max(initial=0) < 2**53 and denominator.max(initial=0) < 2**53:
        quotient = numerator / np.where(denominator == 0, np.nan, denominator)
        return np.ldexp(quotient, exponent)
    over, under = 1 << max(exponent, 0), 1 << max(-exponent, 0)
    quotients = np.frompyfunc(_divide, 2, 1)(numerator.astype(object) * over, denominator.astype(object) * under)
    return np.asarray(quotients, dtype=np.float64)


def _divide(numerator: int, denominator: int) -> float:
    if denominator == 0:
        return float("nan")
    try:
        return numerator / denominator
    except OverflowError:
        return float("inf") if numerator > 0 else float("-inf")
