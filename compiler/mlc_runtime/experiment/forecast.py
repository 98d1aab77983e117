"""What an experiment will take: units, and days at the traffic of today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

from mlc_runtime.experiment.design import Design
from mlc_runtime.experiment.power import Plan


@dataclass(frozen=True)
class Forecast:
    """What it takes to find the change that is sought.

    Attributes:
        mean: of the outcome today.
        std: its standard deviation from unit to unit.
        units: in all arms together.
        daily: new units a day, those in no arm too; None where nobody knows.
        days: until the last outcome is known; None where `daily` is.
        history: whether mean and deviation come from the past and not from the spec.
    """

    mean: float
    std: float
    units: int
    daily: float | None
    days: int | None
    history: bool = False


def forecast(
    design: Design, daily: float | None, wait: float, past: Mapping[str, Any] | None = None
) -> Forecast | None:
    """The forecast; None where the outcome today is not known, or 0.

    Args:
        design: what was declared.
        daily: new units a day; None to take those of the past.
        wait: days from an exposure to its outcome.
        past: the analysis of a replay, as `mlc_runtime.experiment.report` describes it: it tells what is not declared.
    """
    mean, std = design.mean, design.std
    shares = list(design.shares.values())
    control = None
    if past is not None:
        control = next(arm for arm in past["arms"] if arm["name"] == design.control)["estimates"].get(
            design.outcome.name
        )
        if daily is None and past["days"]:
            daily = sum(arm["units"] for arm in past["arms"]) / sum(shares) / past["days"]
    declared = mean is not None and std is not None
    if not declared and control is not None:
        mean, std = control["mean"], sqrt(control["variance"])
    if not mean or not std:
        return None
    units = Plan(mean, std, shares, design.power, design.alpha).units(design.detect)
    days = None if not daily else ceil(units / daily + wait)
    return Forecast(mean, std, ceil(units * sum(shares)), daily, days, not declared)
