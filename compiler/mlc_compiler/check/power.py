"""How many units an experiment needs: the two-sided z-test of a difference of means or rates.

The arms are compared with the first of them, each at an error of `alpha` divided by the number of comparisons
(Bonferroni), so that `alpha` bounds the chance of any false finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist


@dataclass(frozen=True)
class Plan:
    """What an experiment is planned with.

    Attributes:
        mean: of the outcome today; not 0.
        std: the outcome's standard deviation from unit to unit; of a rate p it is sqrt(p(1-p)).
        shares: of the units, by arm; the first is compared with each of the others.
        power: the chance to find a difference that is there, in (0, 1).
        alpha: the chance to find one that is not, in (0, 1).
    """

    mean: float
    std: float
    shares: Sequence[float]
    power: float
    alpha: float

    def units(self, detect: float) -> float:
        """The units, over all arms and those in none, that it takes to find a relative change of the mean."""
        return self._spread() / (detect * self.mean) ** 2

    def detectable(self, units: float) -> float:
        """The smallest relative change that so many units suffice to find."""
        return sqrt(self._spread() / units) / abs(self.mean)

    def _spread(self) -> float:
        """The variance of the difference for one unit in all, times the square of the quantiles' sum."""
        normal = NormalDist()
        control, *others = self.shares
        quantiles = normal.inv_cdf(1 - self.alpha / len(others) / 2) + normal.inv_cdf(self.power)
        return quantiles**2 * self.std**2 * (1 / control + 1 / min(others))
