"""Numbers as integers times a power of two, so that sums along the line are exact.

A running sum of floats is off by what the largest value that ever passed through it was rounded by. Here a value is an
integer, cut into limbs that int64 can add without overflow; the one rounding is at the end. Hence a sum
depends on the values in the window alone, whatever stood before it, and in whatever order (compare R. M. Neal: Fast
exact summation using small and large superaccumulators, 2015).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlc_runtime.pit.sweep import sweep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlc_runtime.pit.spans import Spans

_LIMB = 32
_MASK = np.uint64(2**32 - 1)


@dataclass(frozen=True)
class Terms:
    """One integer for each row: `sign * (magnitude << shift)`."""

    sign: NDArray[np.int64]
    magnitude: NDArray[np.uint64]
    shift: NDArray[np.int64]


@dataclass(frozen=True)
class Numbers:
    """A number for each row: the sum of its terms, times `2**exponent`."""

    terms: tuple[Terms, ...]
    exponent: int


def integers(values: NDArray[np.int64]) -> Numbers:
    """Integers of 64 bits."""
    return Numbers((_terms(values),), 0)


def floats(values: NDArray[np.float64]) -> Numbers:
    """Finite doubles."""
    fraction, exponent = np.frexp(values)
    mantissa = (fraction * 2.0**53).astype(np.int64)
    # Without trailing zeros, values of one scale (whole numbers, halves) stay small integers.
    trailing = np.frexp((mantissa & -mantissa).astype(np.float64))[1].astype(np.int64) - 1
    shift = exponent.astype(np.int64) - 53 + trailing
    there = mantissa != 0
    least = int(shift[there].min()) if there.any() else 0
    return Numbers((_terms(mantissa >> np.maximum(trailing, 0), np.where(there, shift - least, 0)),), least)


def decimals(values: Any) -> Numbers:
    """An Arrow array of decimal128 without nulls, as multiples of its last digit."""
    words = np.frombuffer(values.buffers()[1], dtype=np.int64)[2 * values.offset :][: 2 * len(values)].reshape(-1, 2)
    lower = words[:, 0].view(np.uint64)
    low = Terms(np.ones(len(values), dtype=np.int64), lower, np.zeros(len(values), dtype=np.int64))
    return Numbers((low, _terms(words[:, 1], np.full(len(values), 64))), 0)


def squares(numbers: Numbers) -> Numbers:
    """The square of each number of one term."""
    (term,) = numbers.terms
    high, low = term.magnitude >> np.uint64(_LIMB), term.magnitude & _MASK
    plus = np.ones(len(low), dtype=np.int64)
    return Numbers(
        (
            Terms(plus, high * high, 2 * term.shift + 2 * _LIMB),
            Terms(plus, high * low, 2 * term.shift + _LIMB + 1),
            Terms(plus, low * low, 2 * term.shift),
        ),
        2 * numbers.exponent,
    )


def totals(spans: Spans, numbers: Numbers) -> NDArray[Any]:
    """For each position the sum of the numbers of the rows that take part, over `2**exponent`.

    Returns:
        Integers: int64 if all surely fit, else Python's.
    """
    parts = [_total(spans, term) for term in numbers.terms if term.magnitude.any()]
    if not parts:
        return np.zeros(spans.size, dtype=np.int64)
    if len(parts) == 1:
        return parts[0]
    total: NDArray[Any] = np.sum([part.astype(object) for part in parts], axis=0)
    return total


def ratio(numerator: NDArray[Any], exponent: int, denominator: NDArray[Any]) -> NDArray[np.float64]:
    """`numerator * 2**exponent / denominator`, rounded once; NaN where the denominator is 0."""
    if object not in (numerator.dtype, denominator.dtype) and -1000 < exponent < 900:
        small = np.abs(numerator).max(initial=0) < 2**53 and np.abs(denominator).max(initial=0) < 2**53
        if small:
            with np.errstate(divide="ignore", invalid="ignore"):
                quotient = numerator.astype(np.float64) / denominator.astype(np.float64)
            return np.ldexp(np.where(denominator == 0, np.nan, quotient), exponent)
    over, under = 1 << max(exponent, 0), 1 << max(-exponent, 0)
    divide = np.frompyfunc(_divide, 2, 1)
    quotients = divide(numerator.astype(object) * over, denominator.astype(object) * under)
    return np.asarray(quotients, dtype=np.float64)


def _divide(numerator: int, denominator: int) -> float:
    if denominator == 0:
        return float("nan")
    try:
        return numerator / denominator
    except OverflowError:
        return float("inf") if numerator > 0 else float("-inf")


def _terms(values: NDArray[np.int64], shift: NDArray[np.int64] | None = None) -> Terms:
    # abs of the least int64 is itself, and read as unsigned it is the right magnitude.
    magnitude = np.abs(values).view(np.uint64)
    return Terms(np.sign(values), magnitude, np.zeros(len(values), dtype=np.int64) if shift is None else shift)


def _total(spans: Spans, term: Terms) -> NDArray[Any]:
    there = term.magnitude != 0
    bits = int((np.frexp(term.magnitude.astype(np.float64))[1] + term.shift)[there].max())
    if bits + len(spans).bit_length() < 63:
        return sweep(spans, term.sign * (term.magnitude << term.shift.astype(np.uint64)).astype(np.int64))
    total = np.zeros(spans.size, dtype=object)
    for offset in range(0, bits, _LIMB):
        total += sweep(spans, term.sign * _limb(term, offset)).astype(object) << offset
    return total


def _limb(term: Terms, offset: int) -> NDArray[np.int64]:
    """Bits `offset` to `offset + 31` of each magnitude."""
    # A shift by 64 or more is undefined, hence none goes beyond 32.
    up = np.clip(term.shift - offset, 0, _LIMB).astype(np.uint64)
    down = np.clip(offset - term.shift, 0, _LIMB).astype(np.uint64)
    further = np.clip(offset - term.shift - _LIMB, 0, _LIMB).astype(np.uint64)
    return ((term.magnitude >> down >> further << up) & _MASK).astype(np.int64)
