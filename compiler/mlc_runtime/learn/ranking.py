"""Rank the settings of a grid by the mean of a metric over everything that is not a setting, such as folds."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Standing:
    """One setting and how it did.

    Attributes:
        setting: the fields of the grid that it has, and their values.
        values: (the other coordinates, the metric's value or None), in the order of the axes.
        expected: how many values it would have if no task had failed.
    """

    setting: Record
    values: tuple[tuple[Record, float | None], ...]
    expected: int

    @property
    def known(self) -> list[float]:
        """The values that are there."""
        return [value for _, value in self.values if value is not None]

    @property
    def complete(self) -> bool:
        """Whether every value is there."""
        return len(self.known) == self.expected

    @property
    def mean(self) -> float | None:
        """The mean of the values that are there, rounded once, whatever their order."""
        return math.fsum(self.known) / len(self.known) if self.known else None


def rank(scores: Sequence[tuple[Record, float | None]], fields: Sequence[str], *, maximize: bool) -> list[Standing]:
    """The settings, the best first; in a tie the first in the order of the axes.

    A setting that lacks a value which another one has comes after all that are complete (its mean is of easier or of
    harder folds, nobody knows), and one without any value last. Where every setting lacks the same fold, all are
    complete.

    Args:
        scores: (coordinates, the metric's value or None), in the order of the axes; what failed is not in it.
        fields: the fields of the grid; every other coordinate is averaged over.
        maximize: whether the greatest mean is the best.
    """
    groups: dict[str, tuple[dict[str, Any], list[tuple[Record, float | None]]]] = {}
    somewhere: set[str] = set()
    for record, value in scores:
        setting = {name: record[name] for name in fields if name in record}
        rest = {name: item for name, item in record.items() if name not in fields}
        groups.setdefault(_identity(setting), (setting, []))[1].append((rest, value))
        if value is not None:
            somewhere.add(_identity(rest))
    standings = [Standing(setting, tuple(values), len(somewhere)) for setting, values in groups.values()]
    sign = -1.0 if maximize else 1.0

    def place(standing: Standing) -> tuple[bool, bool, float]:
        mean = standing.mean
        return (mean is None, not standing.complete, 0.0 if mean is None else sign * mean)

    return sorted(standings, key=place)


def _identity(record: Record) -> str:
    """Text, because `1`, `1.0` and `True` are one value in Python and three settings."""
    return json.dumps(record, sort_keys=True)
