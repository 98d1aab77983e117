"""Whether the units arrive in the shares that were declared; where they do not, the assignment or the log is broken.

The sequential multinomial test of Lindon and Malek (2022): the likelihood ratio of a Dirichlet mixture of shares
against the declared ones. Under the declared shares the chance that it ever reaches 1/alpha is at most alpha, so it
may be watched as units arrive.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log

ALPHA = 0.001
"""A false alarm stops an experiment that is sound: one in a thousand experiments may see one."""

_STRENGTH = 1000.0
"""The mixture is as narrow as the shares after so many units: it is most alert to a mismatch of a few per cent."""


def mismatch(counts: Sequence[int], shares: Sequence[float]) -> float:
    """The always-valid p-value that units come in these shares.

    Args:
        counts: the units of each arm.
        shares: of each arm, in any unit; all greater than 0.

    >>> mismatch([5000, 5050], [1, 1])
    1.0
    >>> mismatch([5000, 5600], [1, 1]) < 0.001
    True
    """
    total = sum(shares)
    prior = [_STRENGTH * share / total for share in shares]
    posterior = [before + count for before, count in zip(prior, counts, strict=True)]
    ratio = _log_beta(posterior) - _log_beta(prior)
    ratio -= sum(count * log(share / total) for count, share in zip(counts, shares, strict=True))
    return min(1.0, exp(-ratio)) if ratio > -700 else 1.0


def _log_beta(parameters: Sequence[float]) -> float:
    return sum(map(lgamma, parameters)) - lgamma(sum(parameters))
