"""What an arm's units say: the mean of an outcome, or the ratio of two, with the variance of that estimate.

Every outcome is a ratio: a mean has the denominator 1. A ratio of means m = mean(y) / mean(w) varies, by the delta
method, as the mean of z = (y - m w) / mean(w) does (Deng, Knoblich and Lu 2018). Units are independent of each other
and what happens within one need not be, so rows of a unit are summed up before.

A covariate x, known before the exposure, takes its share of the variance away (CUPED: Deng, Xu, Kohavi and Walker
2013): z - b (x - mean(x)) has the same expectation, with b = cov(z, x) / var(x) and mean(x) over all arms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Units:
    """The units of an arm, one element each.

    Attributes:
        value: the outcome's numerator.
        weight: its denominator; 1 for a mean over units.
        covariate: what was known of them before; None without one.
    """

    value: Floats
    weight: Floats
    covariate: Floats | None = None


@dataclass(frozen=True)
class Estimate:
    """An arm's outcome.

    Attributes:
        units: how many there are.
        mean: the outcome.
        variance: of one unit's part in it; divided by `units` it is the variance of `mean`.
    """

    units: int
    mean: float
    variance: float

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        return sqrt(self.variance / self.units)


def estimates(arms: Mapping[str, Units]) -> dict[str, Estimate]:
    """The outcome of each arm, adjusted by the covariate where all arms have one.

    An arm with fewer than two units, or whose weights add up to nothing, has none.
    """
    parts = {arm: _linear(units) for arm, units in arms.items() if len(units.value) > 1 and units.weight.any()}
    slope, centre = _adjustment({arm: z for arm, (_, z) in parts.items()}, arms)
    found: dict[str, Estimate] = {}
    for arm, (mean, z) in parts.items():
        covariate = arms[arm].covariate
        if covariate is None or not slope:
            found[arm] = _estimate(mean, z)
        else:
            middle = float(covariate.mean())
            found[arm] = _estimate(mean - slope * (middle - centre), z - slope * (covariate - middle))
    return found


def _estimate(mean: float, deviations: Floats) -> Estimate:
    return Estimate(len(deviations), mean, float(deviations.var(ddof=1)))


def _linear(units: Units) -> tuple[float, Floats]:
    """The estimate, and each unit's deviation from it."""
    weight = float(units.weight.mean())
    mean = float(units.value.mean()) / weight
    return mean, (units.value - mean * units.weight) / weight


def _adjustment(deviations: Mapping[str, Floats], arms: Mapping[str, Units]) -> tuple[float, float]:
    """The slope on the covariate within arms, and the covariate's mean over all of them."""
    import numpy as np

    covariates = {arm: arms[arm].covariate for arm in deviations}
    known = {arm: x for arm, x in covariates.items() if x is not None}
    if len(known) < len(deviations) or not known:
        return 0.0, 0.0
    within = [(deviations[arm], x - x.mean()) for arm, x in known.items()]
    spread = float(sum((x**2).sum() for _, x in within))
    centre = float(np.concatenate(list(known.values())).mean())
    return (float(sum((z * x).sum() for z, x in within)) / spread if spread > 0 else 0.0), centre
