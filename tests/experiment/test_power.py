"""The power of an experiment, held to statsmodels and to the definition by simulation."""

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.power import NormalIndPower

from mlc_runtime.experiment.boundary import errors_apart, radius
from mlc_runtime.experiment.power import Plan, mixing


@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.8, 0.2]])
def test_units_are_those_of_a_single_look_times_the_price_of_more(shares: list[float]) -> None:
    plan = Plan(mean=10.0, std=2.0, shares=shares, power=0.8, alpha=0.05)
    once = NormalIndPower().solve_power(effect_size=0.5 / 2, power=0.8, alpha=0.05, ratio=shares[1] / shares[0])
    price = (errors_apart(0.8, 0.05) / (norm.ppf(0.975) + norm.ppf(0.8))) ** 2
    assert plan.units(0.05) == pytest.approx(price * once / shares[0], rel=1e-3)
    assert 1.8 < price < 2.0


def test_what_is_detectable_takes_just_these_units() -> None:
    plan = Plan(mean=0.2, std=0.4, shares=[0.5, 0.3, 0.1], power=0.9, alpha=0.01)
    assert plan.units(plan.detectable(12_345)) == pytest.approx(12_345)


def test_the_smallest_arm_decides() -> None:
    even = Plan(mean=1.0, std=1.0, shares=[0.5, 0.5], power=0.8, alpha=0.05)
    uneven = Plan(mean=1.0, std=1.0, shares=[0.9, 0.1], power=0.8, alpha=0.05)
    assert uneven.units(0.1) > 2.5 * even.units(0.1)


@pytest.mark.parametrize("power", [0.8, 0.9])
def test_the_power_is_what_it_says_at_the_end_and_more_on_the_way(power: float) -> None:
    plan = Plan(mean=1.0, std=0.5, shares=[0.6, 0.4], power=power, alpha=0.05)
    variance = sum(0.25 / (share * plan.units(0.1)) for share in plan.shares)
    width = radius(variance, mixing(0.1, power, 0.05), 0.05)
    seen = np.random.default_rng(11).normal(0.1, variance**0.5, 20_000)
    assert (np.abs(seen) > width).mean() == pytest.approx(power, abs=0.01)
