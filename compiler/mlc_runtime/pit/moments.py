"""Statistics that are made of sums of powers: variances, covariances, regression, skewness, kurtosis.

The textbook's formulas in sums of powers cancel, which costs nothing here, where the sums are exact integers: the only
rounding is that of the last quotient and root. Where a statistic does not exist, the result is what DuckDB's is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa

from mlc_runtime.pit import exact
from mlc_runtime.pit.arrays import is_valid
from mlc_runtime.pit.numeric import numeric
from mlc_runtime.pit.sweep import cover

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlc_runtime.pit.additive import Answer
    from mlc_runtime.pit.aggregate import Aggregate
    from mlc_runtime.pit.candidates import Candidates
    from mlc_runtime.pit.spans import Spans


@dataclass(frozen=True)
class _Sample:
    """The arguments of one call, for the rows where none is null.

    Attributes:
        spans: where each row takes part.
        arguments: their finite values.
        n: the number of rows at each position, Python integers.
    """

    spans: Spans
    arguments: list[exact.Numbers]
    n: NDArray[Any]

    def total(self, *powers: int) -> NDArray[Any]:
        """The sum of the product of the arguments with these numbers, over `2**exponent(*powers)`."""
        factors = reduce(exact.product, (self.arguments[power] for power in powers))
        return exact.totals(self.spans, factors).astype(object)

    def exponent(self, *powers: int) -> int:
        """The sum of the exponents of the arguments with these numbers."""
        return sum(self.arguments[power].exponent for power in powers)

    def second(self, i: int, j: int) -> NDArray[Any]:
        """n squared times the second central moment of two arguments."""
        return np.asarray(self.n * self.total(i, j) - self.total(i) * self.total(j), dtype=object)


Statistic = Callable[[_Sample], "NDArray[np.float64]"]
"""Gives the value at each position, NaN where there is none."""


def _covariance(free: int) -> Statistic:
    """With `free` = 1 that of a sample, with 0 that of all; of one argument, its variance."""

    def statistic(sample: _Sample) -> NDArray[np.float64]:
        other = len(sample.arguments) - 1
        return exact.ratio(sample.second(0, other), sample.exponent(0, other), sample.n * (sample.n - free))

    return statistic


def _deviation(free: int) -> Statistic:
    return lambda sample: np.sqrt(_covariance(free)(sample))


def _correlation(sample: _Sample) -> NDArray[np.float64]:
    together = sample.second(0, 1)
    square = exact.ratio(together**2, 0, sample.second(0, 0) * sample.second(1, 1))
    return _signed(together, np.sqrt(square))


def _slope(sample: _Sample) -> NDArray[np.float64]:
    return exact.ratio(sample.second(0, 1), sample.exponent(0) - sample.exponent(1), sample.second(1, 1))


def _intercept(sample: _Sample) -> NDArray[np.float64]:
    spread = sample.second(1, 1)
    numerator = sample.total(0) * spread - sample.second(0, 1) * sample.total(1)
    return exact.ratio(numerator, sample.exponent(0), sample.n * spread)


def _skewness(sample: _Sample) -> NDArray[np.float64]:
    n, one, two = sample.n, sample.total(0), sample.total(0, 0)
    third = n**2 * sample.total(0, 0, 0) - 3 * n * one * two + 2 * one**3
    # The factor for a sample, squared, is n (n - 1) / (n - 2)^2.
    square = exact.ratio(third**2 * n * (n - 1), 0, (n * two - one**2) ** 3 * (n - 2) ** 2)
    return _signed(third, np.sqrt(square))


def _kurtosis(sample: _Sample) -> NDArray[np.float64]:
    n, one, two, three = sample.n, sample.total(0), sample.total(0, 0), sample.total(0, 0, 0)
    square = (n * two - one**2) ** 2
    fourth = n**3 * sample.total(0, 0, 0, 0) - 4 * n**2 * one * three + 6 * n * one**2 * two - 3 * one**4
    numerator = (n - 1) * ((n + 1) * fourth - 3 * (n - 1) * square)
    return exact.ratio(numerator, 0, (n - 2) * (n - 3) * square)


def _signed(sign: NDArray[Any], magnitude: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(sign < 0, -magnitude, magnitude)


def _answer(statistic: Statistic, least: int, flat: Literal["null", "nan"] = "nan") -> Answer:
    """The statistic of at least so many rows.

    Args:
        statistic: of finite values.
        least: the number of rows below which the answer is null.
        flat: the answer where the values do not vary and the statistic divides by how much they do.
    """

    def answer(call: Aggregate, rows: Candidates) -> Any:
        values = rows.evaluate(call.args)
        spans = rows.spans.keep(np.logical_and.reduce([is_valid(column) for column in values]))
        arguments = [argument for column in values if (argument := numeric(column, double=True)) is not None]
        if len(arguments) < len(values):
            return None
        count = cover(spans)
        value = statistic(_Sample(spans, [argument.numbers for argument in arguments], count.astype(object)))
        null = np.isnan(value) if flat == "null" else np.zeros(len(value), dtype=np.bool_)
        for argument in arguments:
            if argument.wild is not None:
                wild = cover(spans.keep(argument.wild)) > 0
                value, null = np.where(wild, np.nan, value), null & ~wild
        return pa.array(value, mask=null | (count < least))

    return answer


MOMENTS: Mapping[str, Answer] = {
    "var_samp": _answer(_covariance(free=1), least=2),
    "var_pop": _answer(_covariance(free=0), least=1),
    "stddev_samp": _answer(_deviation(free=1), least=2),
    "stddev_pop": _answer(_deviation(free=0), least=1),
    "covar_samp": _answer(_covariance(free=1), least=2),
    "covar_pop": _answer(_covariance(free=0), least=1),
    "corr": _answer(_correlation, least=1),
    "regr_slope": _answer(_slope, least=1),
    "regr_intercept": _answer(_intercept, least=1, flat="null"),
    "skewness": _answer(_skewness, least=3, flat="null"),
    "kurtosis": _answer(_kurtosis, least=4, flat="null"),
}
