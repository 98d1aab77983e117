"""How far an estimate may stray while there is no effect, however often somebody looks.

The mixture sequential probability ratio test of a normal mean (Robbins 1970; for experiments Johari, Pekelis and Walsh
2017; with estimated variances, asymptotically, Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2021). With an estimate
d of variance V, the likelihood ratio of a normal mixture of effects with variance t against no effect is

    L = sqrt(V / (V + t)) exp(t d^2 / (2 V (V + t)))

Under no effect the chance that L ever reaches 1/alpha is at most alpha. Only the standard library is used: the
compiler plans with this, too.
"""

from __future__ import annotations

from math import exp, log, log1p, sqrt
from statistics import NormalDist

_STEPS = 60


def radius(variance: float, mixing: float, alpha: float) -> float:
    """Half the width of the confidence sequence for an effect, at a variance of its estimate.

    Args:
        variance: of the estimate, by now; the square of its standard error.
        mixing: the variance of the mixture, chosen before the first look, see `mixing_for`.
        alpha: the chance that the sequence ever misses the effect.
    """
    if variance == 0:
        return 0.0
    total = variance + mixing
    return sqrt(variance * total / mixing * (log(total / variance) - 2 * log(alpha)))


def p_value(difference: float, variance: float, mixing: float) -> float:
    """The always-valid p-value of no effect: the inverse of the likelihood ratio, at most 1."""
    if variance == 0:
        return 1.0 if difference == 0 else 0.0
    total = variance + mixing
    exponent = mixing * difference**2 / (2 * variance * total)
    return min(1.0, sqrt(total / variance) * exp(-exponent))


def mixing_for(error: float, alpha: float) -> float:
    """The mixing variance for which the sequence is tightest when the estimate's standard error is `error`."""
    return _ratio(alpha) * error**2


def errors_apart(power: float, alpha: float) -> float:
    """How many standard errors an effect must measure to be found with `power` by the time that is planned for.

    The estimate then exceeds the boundary, sqrt(1 + r) standard errors with r as in `mixing_for`, with that chance.
    """
    return sqrt(1 + _ratio(alpha)) + NormalDist().inv_cdf(power)


def _ratio(alpha: float) -> float:
    """The ratio of mixing to sampling variance that makes the boundary smallest: r = log(1 + r) - 2 log(alpha)."""
    constant = -2 * log(alpha)
    ratio = constant
    for _ in range(_STEPS):  # a contraction: the slope is 1 / (1 + r)
        ratio = log1p(ratio) + constant
    return ratio
