"""Whole experiments, simulated: false findings stay below what was declared though somebody looks every day, and
effects are found as often as was promised. `python -m tests.experiment.test_simulations` prints the table."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from mlc_runtime.experiment.analysis import Analysis, analyse
from mlc_runtime.experiment.design import Design, Measure
from mlc_runtime.experiment.power import Plan
from mlc_runtime.experiment.unit_table import UnitTable

DAYS = 14
SHARES = {"control": 0.5, "treatment": 0.5}


def mean(rng: np.random.Generator, count: int, lift: float) -> tuple[np.ndarray, ...]:
    """A skewed amount, such as what people spend; its part before is the covariate."""
    before = rng.gamma(2, 1, count)
    return (before + rng.gamma(2, 1, count)) * (1 + lift), np.ones(count), before


def proportion(rng: np.random.Generator, count: int, lift: float) -> tuple[np.ndarray, ...]:
    return (rng.random(count) < 0.4 * (1 + lift)).astype(float), np.ones(count), rng.random(count)


def ratio(rng: np.random.Generator, count: int, lift: float) -> tuple[np.ndarray, ...]:
    """Clicks over views: users differ in both, so views of one user are alike."""
    views, taste = rng.poisson(5, count) + 1.0, rng.beta(2, 8, count)
    return rng.binomial(views.astype(int), np.minimum(taste * (1 + lift), 1)).astype(float), views, taste


KINDS: dict[str, Callable[..., tuple[np.ndarray, ...]]] = {"mean": mean, "proportion": proportion, "ratio": ratio}


def declared(kind: str, detect: float, covariate: bool = False) -> Design:
    value, weight, _ = KINDS[kind](np.random.default_rng(1), 200_000, 0.0)
    centre = value.mean() / weight.mean()
    spread = float(((value - centre * weight) / weight.mean()).std())
    name = "before" if covariate else None
    return Design("x", "user", SHARES, Measure("o", "higher"), detect=detect, mean=centre, std=spread, covariate=name)


def simulated(kind: str, design: Design, lift: float, seed: int) -> list[Analysis]:
    """One experiment, looked at every day."""
    rng = np.random.default_rng(seed)
    assert design.mean is not None
    assert design.std is not None
    units = math.ceil(Plan(design.mean, design.std, [0.5, 0.5], design.power, design.alpha).units(design.detect))
    arm = np.where(rng.random(units) < 0.5, "control", "treatment").astype(object)
    control, treated = KINDS[kind](rng, units, 0.0), KINDS[kind](rng, units, lift)
    chosen = [np.where(arm == "control", one, other) for one, other in zip(control, treated, strict=True)]
    ends = [math.ceil(units * day / DAYS) for day in range(1, DAYS + 1)]
    covariate = chosen[2] if design.covariate else None
    return [
        analyse(
            design,
            UnitTable(
                arm[:end],
                {"o": chosen[0][:end]},
                {"o": chosen[1][:end]},
                None if covariate is None else covariate[:end],
            ),
        )
        for end in ends
    ]


def found(looks: list[Analysis]) -> bool:
    """Whether anybody who looks every day and stops at a finding finds one."""
    return any(comparison.finding in ("better", "worse") for look in looks for comparison in look.outcome)


@pytest.mark.parametrize("kind", KINDS)
def test_no_effect_is_seldom_found(kind: str) -> None:
    design = declared(kind, 0.1)
    count = sum(found(simulated(kind, design, 0.0, seed)) for seed in range(100))
    assert count <= 11  # of 5 expected at the very most


@pytest.mark.parametrize("kind", KINDS)
def test_the_declared_effect_is_found_as_often_as_was_promised(kind: str) -> None:
    design = declared(kind, 0.1)
    count = sum(found(simulated(kind, design, 0.1, seed)) for seed in range(60))
    assert count >= 40  # of 48 promised


def table(runs: int) -> None:
    """The rates for every kind of outcome, with and without a covariate."""
    print("| outcome | covariate | effect | found | promised |\n| --- | --- | --- | --- | --- |")
    for kind in KINDS:
        for covariate in (False, True):
            design = declared(kind, 0.1, covariate)
            for lift, promised in ((0.0, "<= 5 %"), (0.1, ">= 80 %")):
                rate = sum(found(simulated(kind, design, lift, seed)) for seed in range(runs)) / runs
                print(f"| {kind} | {'yes' if covariate else 'no'} | {lift:.0%} | {rate:.1%} | {promised} |")


if __name__ == "__main__":
    table(2_000)
