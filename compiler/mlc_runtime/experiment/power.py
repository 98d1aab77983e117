"""How many units an experiment needs, so that the confidence sequence finds the effect by their end.

The arms are compared with the first of them, each at an error of `alpha` divided by the number of comparisons
(Bonferroni), so that `alpha` bounds the chance of any false finding. Looking at any time has its price: at an alpha of
5 % and a power of 80 % a test that looks once, at the end, needs about half the units. Only the standard library is
used: the compiler plans with this, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from mlc_runtime.experiment.boundary import errors_apart, mixing_for


@dataclass(frozen=True)
class Plan:
    """What an experiment is planned with.

    Attributes:
        mean: of the outcome today; not 0.
        std: the outcome's standard deviation from unit to unit; of a rate p it is sqrt(p(1-p)), of a ratio that of
            its linear part (see `estimate`).
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
        """The variance of the difference for one unit in all, times the square of the errors that it has to measure."""
        control, *others = self.shares
        apart = errors_apart(self.power, self.alpha / len(others))
        return apart**2 * self.std**2 * (1 / control + 1 / min(others))


def mixing(change: float, power: float, alpha: float) -> float:
    """The mixing variance of the confidence sequence with which such an absolute change is found soonest."""
    return mixing_for(abs(change) / errors_apart(power, alpha), alpha)
