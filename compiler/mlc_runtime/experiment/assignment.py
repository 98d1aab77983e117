"""Which arm a unit meets: a function of the unit, a salt and the arms' segments, the same wherever it is asked.

Anyone can recompute it. The SHA-256 digest of `SALT.UNIT` in UTF-8 gives a number, its first eight bytes in big-endian
order. The unit's position is `number % 1000 * 1000 + number // 1000 % 1000`, in [0, 1,000,000): its first three digits
are the bucket of a thousand that Statsig computes from the same text, the last three divide that bucket further. The
unit meets the arm whose segment holds its position, or none.

A salt stands for a layer: experiments of one layer divide the same positions, and those of two layers have positions
that are independent of each other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import chain
from math import isnan
from typing import NamedTuple

POSITIONS = 1_000_000
"""Units lie at one of so many positions: a share is a number of millionths."""


class Segment(NamedTuple):
    """Positions from `start` on, before `end`."""

    start: int
    end: int


def position(salt: str, unit: str) -> int:
    """Where a unit lies, in [0, 1,000,000).

    >>> position("flight-delays/experiment/late_vs_baseline", "N14228")
    457580
    """
    number = int.from_bytes(sha256(f"{salt}.{unit}".encode()).digest()[:8], "big")
    return number % 1000 * 1000 + number // 1000 % 1000


def unit_text(value: object) -> str | None:
    """The text that stands for a unit's value in a salted hash: whole numbers as digits; None for no unit.

    >>> unit_text(17), unit_text(17.0), unit_text("N14228"), unit_text(None)
    ('17', '17', 'N14228', None)
    """
    if value is None or (isinstance(value, float) and isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


@dataclass(frozen=True)
class Allocation:
    """The segments of an experiment's arms.

    Attributes:
        salt: of the layer.
        arms: each arm's segments; no two overlap.
    """

    salt: str
    arms: Mapping[str, tuple[Segment, ...]]

    def arm(self, unit: str) -> str | None:
        """The arm that a unit meets, or None where it takes no part."""
        borders, owners = self._borders
        return owners[bisect_right(borders, position(self.salt, unit))]

    @cached_property
    def _borders(self) -> tuple[list[int], list[str | None]]:
        """Where the owner changes, and who owns what lies before each border; after the last one, nobody does."""
        ordered = sorted(chain.from_iterable(((s, arm) for s in segments) for arm, segments in self.arms.items()))
        borders: list[int] = []
        owners: list[str | None] = []
        for segment, arm in ordered:
            borders += segment
            owners += (None, arm)
        return borders, [*owners, None]
