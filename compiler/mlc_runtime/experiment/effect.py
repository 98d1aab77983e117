"""The effect of an arm beside the control: absolute and relative, with intervals that hold while people look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from mlc_runtime.experiment.boundary import p_value, radius
from mlc_runtime.experiment.estimate import Estimate

_FAR = 1e6
"""A relative difference beyond this is any."""


@dataclass(frozen=True)
class Interval:
    """An estimate between two bounds, which may be infinite."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Effect:
    """A difference between an arm and the control.

    Attributes:
        absolute: the difference, in the outcome's unit.
        relative: the difference as a share of the control's outcome; None where that is not told from 0.
        p: the always-valid p-value of no difference.
    """

    absolute: Interval
    relative: Interval | None
    p: float


def effect(control: Estimate, treated: Estimate, mixing: float, alpha: float) -> Effect:
    """The difference between two arms, whose intervals miss it at no time with a chance of 1 - alpha.

    Args:
        control: what is compared with.
        treated: what is compared.
        mixing: see `boundary.mixing_for`.
        alpha: the chance of ever missing it.
    """
    difference = treated.mean - control.mean
    variance = control.error**2 + treated.error**2
    width = radius(variance, mixing, alpha)
    absolute = Interval(difference, difference - width, difference + width)
    return Effect(absolute, _relative(control, treated, mixing, alpha), p_value(difference, variance, mixing))


def _relative(control: Estimate, treated: Estimate, mixing: float, alpha: float) -> Interval | None:
    """All relative differences that are told from the true one at no time (Fieller 1954)."""
    base = abs(control.mean)
    if not base or base <= radius(control.error**2, mixing, alpha):
        return None

    def outside(share: float) -> bool:
        factor = 1 + share * base / control.mean
        variance = treated.error**2 + factor**2 * control.error**2
        return variance > 0 and abs(treated.mean - factor * control.mean) > radius(variance, mixing, alpha)

    found = (treated.mean - control.mean) / base
    return Interval(found, _border(outside, found, -1), _border(outside, found, 1))


def _border(outside: Callable[[float], bool], inside: float, direction: int) -> float:
    """Where a range that holds a number ends in a direction."""
    near, far = 0.0, 1e-3
    while not outside(inside + direction * far):
        near, far = far, 2 * far
        if far > _FAR:
            return direction * inf
    for _ in range(50):
        middle = (near + far) / 2
        near, far = (near, middle) if outside(inside + direction * middle) else (middle, far)
    return inside + direction * far
