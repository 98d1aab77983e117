"""The power of an experiment, held to statsmodels' figures and to the definition by simulation."""

import math
import random

import pytest

from mlc_compiler.check.power import Plan


def test_units_of_a_textbook_example() -> None:
    # 16 s^2 / d^2 for each of two equal arms at 80 % and 5 % (van Belle's rule of thumb, 15.7 exactly).
    plan = Plan(mean=10.0, std=2.0, shares=[0.5, 0.5], power=0.8, alpha=0.05)
    assert plan.units(0.05) == pytest.approx(2 * 15.698 * 4 / 0.25, rel=1e-3)


def test_what_is_detectable_takes_just_these_units() -> None:
    plan = Plan(mean=0.2, std=0.4, shares=[0.5, 0.3, 0.1], power=0.9, alpha=0.01)
    assert plan.units(plan.detectable(12_345)) == pytest.approx(12_345)


def test_the_smallest_arm_decides() -> None:
    even = Plan(mean=1.0, std=1.0, shares=[0.5, 0.5], power=0.8, alpha=0.05)
    uneven = Plan(mean=1.0, std=1.0, shares=[0.9, 0.1], power=0.8, alpha=0.05)
    assert uneven.units(0.1) > 2.5 * even.units(0.1)


def test_the_power_is_what_it_says() -> None:
    plan = Plan(mean=1.0, std=0.5, shares=[0.6, 0.4], power=0.8, alpha=0.05)
    units = plan.units(0.1)
    drawn = random.Random(11)
    error = [0.5 / math.sqrt(share * units) for share in plan.shares]
    found = sum(
        abs(drawn.gauss(1.1, error[1]) - drawn.gauss(1.0, error[0])) > 1.959964 * math.hypot(*error)
        for _ in range(4000)
    )
    assert found / 4000 == pytest.approx(0.8, abs=0.02)
