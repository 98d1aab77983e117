"""Statsig's own server SDK, without a network, assigns every unit as we do."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from statsig import StatsigOptions, StatsigServer, StatsigUser
from tests.experiment.test_control import defined, started

from mlc_runtime.errors import StepError
from mlc_runtime.experiment.control import State
from mlc_runtime.experiment.definition import Treatment
from mlc_runtime.experiment.statsig import config_specs
from mlc_runtime.store.memory import MemoryStore

UNITS = [str(number) for number in range(2_000)]


@pytest.fixture(scope="module")
def states() -> dict[str, State]:
    """One alone, grown once so that its arms have several segments; two of a layer; one with `where`."""
    store = MemoryStore()
    grown = {"control": 0.125, "eager": 0.125}
    arms = {"control": Treatment("m"), "eager": Treatment("m", 0.3)}
    found = [
        started(store, defined("x")),
        started(store, defined("x", shares=grown)),
        started(store, replace(defined("y", "checkout", holdout=0.05), service="pay")),
        started(store, replace(defined("z", "checkout", shares={"control": 0.3, "eager": 0.3}), service="pay")),
        started(store, defined("w", arms=arms, where="n > 3", shares={"control": 0.5, "eager": 0.5})),
    ]
    return {state.name: state for state in found}


@pytest.fixture(scope="module")
def server(states: dict[str, State]) -> Iterator[Any]:
    found = StatsigServer()
    values = json.dumps(config_specs(states.values()))
    found.initialize("secret-none", StatsigOptions(local_mode=True, bootstrap_values=values))
    yield found
    found.shutdown()


def user(unit: str, **custom: str) -> Any:
    return StatsigUser("anybody", custom_ids={"user": unit}, custom=custom)


@pytest.mark.parametrize("name", ["x", "y", "z"])
def test_each_unit_meets_the_arm_that_it_meets_here(server: Any, states: dict[str, State], name: str) -> None:
    state = states[name]
    assert any(len(held) > 1 for held in states["x"].segments.values())
    for unit in UNITS:
        arm = state.allocation.arm(unit)
        found = server.get_experiment(user(unit), name)
        expected = {} if arm is None else {"arm": arm, "model": state.definition.arms[arm].model}
        assert found.get_value() == expected
        assert server.check_gate(user(unit), name) == (arm is not None)


def test_a_layer_gives_the_values_of_the_experiment_that_has_the_unit(server: Any, states: dict[str, State]) -> None:
    for unit in UNITS:
        arms = [arm for name in ("y", "z") if (arm := states[name].allocation.arm(unit)) is not None]
        assert server.get_layer(user(unit), "checkout").get("arm", None) == (arms[0] if arms else None)


def test_who_takes_part_is_what_the_caller_says(server: Any, states: dict[str, State]) -> None:
    for unit in UNITS[:200]:
        assert server.get_experiment(user(unit), "w").get_value() == {}
        arm = states["w"].allocation.arm(unit)
        threshold = {"threshold": 0.3} if arm == "eager" else {}
        found = server.get_experiment(user(unit, **{"w.where": "true"}), "w").get_value()
        assert found == {"arm": arm, "model": "m", **threshold}


def test_a_share_that_statsig_cannot_hold_is_refused() -> None:
    state = started(MemoryStore(), defined(shares={"control": 0.1005, "eager": 0.1005}))
    with pytest.raises(StepError, match="thousandths") as refused:
        config_specs([state])
    assert refused.value.code == "MLC998"
