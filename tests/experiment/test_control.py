"""What runs is what was started: decisions add up, shares grow and keep units, layers are exclusive, races are safe."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mlc_runtime.errors import InvalidInputError, StepError
from mlc_runtime.experiment import control
from mlc_runtime.experiment.assignment import POSITIONS
from mlc_runtime.experiment.control import State
from mlc_runtime.experiment.definition import Definition, Treatment, dump_definition, load_definition
from mlc_runtime.experiment.design import Design, Measure
from mlc_runtime.store.directory import DirectoryStore
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.store.store import Store

ADA: dict[str, Any] = {"who": "ada", "when": "2024-05-01T00:00:00+00:00"}
SPENT = Measure("spent", "higher")


def defined(name: str = "x", layer: str | None = None, **more: Any) -> Definition:
    """An experiment of two arms, a tenth of the units each unless said otherwise."""
    shares = more.pop("shares", {"control": 0.1, "eager": 0.1})
    design = Design(name, "user", shares, SPENT, more.pop("guardrails", ()), **more.pop("design", {}))
    arms = {"control": Treatment("m"), "eager": Treatment("other")}
    salt = f"shop/layer/{layer}" if layer else f"shop/experiment/{name}"
    return Definition(design, "ask", "m", salt, **{"arms": arms, "layer": layer, "sources": {}, **more})


def started(store: Store, definition: Definition) -> State:
    return control.start(store, "shop", definition, **ADA)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def test_decisions_add_up_to_a_state_and_say_who_when_and_of_which_revision(store: MemoryStore) -> None:
    revision = {"commit": "f" * 40, "dirty": False}
    control.start(store, "shop", defined(), **ADA, revision=revision)
    assert control.find(store, "shop", "x").running
    control.stop(store, "shop", "x", "it rained", who="bob", when="2024-05-03T00:00:00+00:00")
    state = control.find(store, "shop", "x")
    assert not state.running
    assert [(entry.action, entry.who, entry.revision) for entry in state.entries] == [
        ("start", "ada", revision),
        ("stop", "bob", None),
    ]
    assert state.entries[1].reason == "it rained"
    assert state.definition == defined()
    assert list(store.names("experiment/")) == [
        "experiment/shop/log/000001.json",
        "experiment/shop/log/000002.json",
    ]


def test_a_definition_is_the_same_after_json_the_control_first() -> None:
    definition = defined(shares={"eager": 0.2, "control": 0.1}, arms={"eager": Treatment("a", 0.3)}, where="n > 0")
    assert load_definition(dump_definition(definition)) == definition
    store = MemoryStore()
    started(store, definition)
    assert control.find(store, "shop", "x").definition.design.control == "eager"


def test_shares_grow_and_every_unit_keeps_its_arm(store: MemoryStore) -> None:
    first = started(store, defined())
    second = started(store, defined(shares={"control": 0.3, "eager": 0.3}))
    assert [entry.action for entry in second.entries] == ["start", "grow"]
    assert control.find(store, "shop", "x") == second
    met = {unit: first.allocation.arm(unit) for unit in map(str, range(3_000))}
    now = {unit: second.allocation.arm(unit) for unit in met}
    assert all(now[unit] == arm for unit, arm in met.items() if arm is not None)
    assert sum(arm is not None for arm in now.values()) > 2.5 * sum(arm is not None for arm in met.values())


def test_starting_what_runs_as_it_is_changes_nothing(store: MemoryStore) -> None:
    assert started(store, defined()) == started(store, defined())
    assert len(list(store.names("experiment/"))) == 1


CHANGES: dict[str, Any] = {
    "detect": {"design": {"detect": 0.1}},
    "guardrails": {"guardrails": (Measure("late", "lower", at_most=0.1),)},
    "arms": {"arms": {"control": Treatment("m"), "eager": Treatment("third")}},
    "where": {"where": "country = 'CH'"},
    "salt": {"layer": "checkout"},
    "holdout": {"holdout": 0.1},
    "sources": {"sources": {"spent": {"from": "orders"}}},
    "baseline": {"design": {"mean": 3.0, "std": 1.0}},
}


@pytest.mark.parametrize("key", CHANGES)
def test_nothing_else_changes_while_it_runs(store: MemoryStore, key: str) -> None:
    started(store, defined())
    with pytest.raises(StepError, match=f"`{key}`") as refused:
        started(store, defined(**CHANGES[key]))
    assert refused.value.code == "MLC991"
    assert control.find(store, "shop", "x").definition == defined()


@pytest.mark.parametrize(
    ("shares", "says"),
    [({"control": 0.1, "eager": 0.3}, "same factor"), ({"control": 0.05, "eager": 0.05}, "may grow")],
)
def test_arms_grow_alike_and_none_shrinks(store: MemoryStore, shares: dict[str, float], says: str) -> None:
    started(store, defined())
    with pytest.raises(StepError, match=says) as refused:
        started(store, defined(shares=shares))
    assert refused.value.code == "MLC991"


def test_what_was_stopped_is_over(store: MemoryStore) -> None:
    started(store, defined())
    control.stop(store, "shop", "x", "enough", **ADA)
    for again in (lambda: started(store, defined()), lambda: control.stop(store, "shop", "x", "again", **ADA)):
        with pytest.raises(StepError, match="stopped by ada") as refused:
            again()
        assert refused.value.code == "MLC992"
    with pytest.raises(StepError, match="never started") as unknown:
        control.stop(store, "shop", "y", "never", **ADA)
    assert unknown.value.code == "MLC990"


def test_experiments_of_a_layer_share_no_unit_and_leave_the_holdout_alone(store: MemoryStore) -> None:
    one = started(store, defined("x", "checkout", holdout=0.1))
    two = started(store, defined("y", "checkout", shares={"control": 0.3, "eager": 0.3}))
    units = [str(unit) for unit in range(3_000)]
    both = [unit for unit in units if one.allocation.arm(unit) and two.allocation.arm(unit)]
    assert both == []
    segments = [each for state in (one, two) for held in state.segments.values() for each in held]
    assert min(segment.start for segment in segments) == POSITIONS // 10
    with pytest.raises(StepError, match="no room") as full:
        started(store, defined("z", "checkout"))
    assert full.value.code == "MLC993"
    control.stop(store, "shop", "y", "enough", **ADA)
    assert started(store, defined("w", "checkout")).running


def test_a_holdout_takes_no_unit_out_of_an_experiment(store: MemoryStore) -> None:
    started(store, defined("x", "checkout"))
    with pytest.raises(StepError, match="holdout") as refused:
        started(store, defined("y", "checkout", holdout=0.1))
    assert refused.value.code == "MLC993"


def test_two_experiments_on_one_serving_change_different_things(store: MemoryStore) -> None:
    started(store, defined("x"))
    with pytest.raises(StepError, match="changes the `model` of `ask`") as refused:
        started(store, defined("y"))
    assert refused.value.code == "MLC994"
    assert started(store, replace(defined("y"), service="other")).running
    thresholds = {"control": Treatment("m"), "eager": Treatment("m", 0.3)}
    assert started(store, defined("z", arms=thresholds)).running


def test_writers_at_the_same_moment_get_parts_of_the_layer_that_do_not_overlap(tmp_path: Path) -> None:
    stores = [DirectoryStore(tmp_path) for _ in range(8)]
    shares = {"control": 0.06, "eager": 0.06}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: started(stores[i], defined(f"x{i}", "checkout", shares=shares)), range(8)))
    states = control.states(stores[0], "shop")
    assert len(states) == 8
    held = sorted(segment for state in states.values() for each in state.segments.values() for segment in each)
    assert all(one.end <= other.start for one, other in pairwise(held))


def test_a_hand_in_the_log_is_noticed(store: MemoryStore) -> None:
    started(store, defined())
    store.put("experiment/shop/log/000002.json", b'{"experiment": "x"}')
    with pytest.raises(InvalidInputError, match="object 2") as damaged:
        control.states(store, "shop")
    assert damaged.value.code == "MLC995"


def test_an_object_that_was_cut_short_never_was(store: MemoryStore) -> None:
    started(store, defined())
    store.put("experiment/shop/log/000002.json", b'{"experiment": ')
    assert control.find(store, "shop", "x").running
    control.stop(store, "shop", "x", "enough", **ADA)
    assert list(store.names("experiment/"))[-1].endswith("000003.json")
