"""Estimates, intervals and the check of shares, held to other ways of getting them."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from mlc_runtime.experiment.boundary import errors_apart, mixing_for, p_value, radius
from mlc_runtime.experiment.correction import corrected
from mlc_runtime.experiment.effect import effect
from mlc_runtime.experiment.estimate import Estimate, Units, estimates
from mlc_runtime.experiment.mismatch import mismatch


def drawn(seed: int = 5) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_mean_is_estimated_as_everywhere() -> None:
    y = drawn().normal(3, 2, 500)
    found = estimates({"a": Units(y, np.ones(500))})["a"]
    assert (found.units, found.mean) == (500, pytest.approx(y.mean()))
    assert found.error == pytest.approx(y.std(ddof=1) / math.sqrt(500))


def test_a_ratio_varies_as_its_bootstrap_does() -> None:
    rng = drawn()
    weight = rng.poisson(4, 800) + 1.0
    value = weight * rng.normal(0.2, 0.05, 800) + rng.normal(0, 0.3, 800)
    found = estimates({"a": Units(value, weight)})["a"]
    picks = rng.integers(0, 800, (2_000, 800))
    again = value[picks].sum(axis=1) / weight[picks].sum(axis=1)
    assert found.mean == pytest.approx(value.sum() / weight.sum())
    assert found.error == pytest.approx(again.std(), rel=0.06)


def test_a_covariate_takes_its_share_of_the_variance_and_moves_no_expectation() -> None:
    rng = drawn()
    lifts, plain, adjusted = [], [], []
    for _ in range(200):
        x = rng.normal(0, 1, 400)
        y = 0.8 * x + rng.normal(0, 0.6, 400)
        half = np.arange(400) % 2 == 0
        arms = {
            str(side): Units((y + 0.1 * side)[half == side], np.ones(200), x[half == side]) for side in (False, True)
        }
        found = estimates(arms)
        bare = estimates({arm: Units(units.value, units.weight) for arm, units in arms.items()})
        lifts.append(found["True"].mean - found["False"].mean)
        plain.append(bare["True"].variance)
        adjusted.append(found["True"].variance)
    assert np.mean(lifts) == pytest.approx(0.1, abs=3 * np.std(lifts) / math.sqrt(200))
    assert np.mean(adjusted) / np.mean(plain) == pytest.approx(0.36, abs=0.03)  # 1 - correlation squared


def test_an_arm_with_one_unit_or_without_weight_has_no_estimate() -> None:
    assert estimates({"one": Units(np.ones(1), np.ones(1)), "none": Units(np.zeros(9), np.zeros(9))}) == {}


def test_the_boundary_is_where_the_p_value_is_alpha() -> None:
    for variance in (1e-6, 0.01, 3.0):
        width = radius(variance, 0.2, 0.05)
        assert p_value(width, variance, 0.2) == pytest.approx(0.05)
        assert p_value(1.001 * width, variance, 0.2) < 0.05 < p_value(0.999 * width, variance, 0.2)


def test_the_mixture_is_the_tightest_where_it_was_chosen_for() -> None:
    best = radius(0.01, mixing_for(0.1, 0.05), 0.05)
    assert all(best < radius(0.01, factor * mixing_for(0.1, 0.05), 0.05) for factor in (0.5, 0.9, 1.1, 2))
    assert errors_apart(0.8, 0.05) == pytest.approx(best / 0.1 + norm.ppf(0.8))


def test_nothing_that_varies_is_told_at_once() -> None:
    assert radius(0, 1, 0.05) == 0
    assert (p_value(0, 0, 1), p_value(1, 0, 1)) == (1, 0)


def test_a_relative_difference_is_that_of_which_the_test_says_nothing() -> None:
    control, treated = Estimate(4_000, 2.0, 9.0), Estimate(4_000, 2.3, 9.0)
    found = effect(control, treated, 0.01, 0.05).relative
    assert found is not None
    assert found.value == pytest.approx(0.15)
    for border in (found.low, found.high):
        factor = 1 + border
        variance = treated.error**2 + factor**2 * control.error**2
        assert abs(treated.mean - factor * control.mean) == pytest.approx(radius(variance, 0.01, 0.05))


def test_a_relative_difference_keeps_its_direction_below_zero() -> None:
    up = effect(Estimate(4_000, 2.0, 9.0), Estimate(4_000, 2.3, 9.0), 0.01, 0.05).relative
    down = effect(Estimate(4_000, -2.0, 9.0), Estimate(4_000, -1.7, 9.0), 0.01, 0.05).relative
    assert up is not None
    assert down is not None
    assert down.value == pytest.approx(up.value)
    assert down.low < down.value < down.high


def test_beside_nothing_no_difference_is_relative() -> None:
    assert effect(Estimate(100, 0.01, 9.0), Estimate(100, 2.0, 9.0), 1.0, 0.05).relative is None


def test_shares_are_missed_seldom_and_broken_ones_seen() -> None:
    rng = drawn()
    false = 0
    for _ in range(300):
        arrived = np.cumsum(rng.multinomial(100, [0.5, 0.3, 0.2], 100), axis=0)
        false += any(mismatch(counts.tolist(), [50, 30, 20]) < 0.01 for counts in arrived)
    assert false <= 8  # 3 expected at most; more than 8 in one of 300 such tests
    assert mismatch([10_000, 10_500], [0.5, 0.5]) < 0.02
    assert mismatch([100_000, 102_000], [0.5, 0.5]) < 0.001


def test_questions_asked_at_once_cost() -> None:
    assert corrected([0.01, 0.04], "holm") == pytest.approx([0.02, 0.04])
    assert corrected([0.01, 0.04, 0.03], "fdr_bh") == pytest.approx([0.03, 0.04, 0.04])
    assert corrected([0.01], "holm") == [0.01]
