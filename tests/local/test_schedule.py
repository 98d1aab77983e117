"""What is granted when, without processes."""

from pathlib import Path
from typing import Any

import pytest

from mlc_local.crew import Crew
from mlc_local.messages import Grant, Ran, Setup
from mlc_local.needs import Needs, needs_of
from mlc_local.repeats import twins
from mlc_local.schedule import Schedule
from mlc_local.until import needs
from mlc_runtime.keys import static_key
from mlc_runtime.ledger import StoreLedger
from mlc_runtime.needed import needed
from mlc_runtime.plan import Plan, PlanAxis, PlanEdge, PlanStep, Policy
from mlc_runtime.relation import listed
from mlc_runtime.run import Run
from mlc_runtime.store.memory import MemoryStore

GRID = PlanAxis("g", ("a", "b"), values=listed(["a", "b"], [(a, b) for a in range(3) for b in range(4)]))
COUNTRY = PlanAxis("c", ("c",), values=listed(["c"], [(c,) for c in range(100)]))


def step(name: str, *inputs: PlanEdge, params: Any = None, axes: tuple[str, ...] = (), **more: Any) -> PlanStep:
    return PlanStep(name, "op", static_key("op", 1), params or {}, inputs, {"out": "value"}, axes, **more)


def plan(*steps: PlanStep) -> Plan:
    return Plan("p", {}, {"g": GRID, "c": COUNTRY}, steps)


def opened(whole: Plan) -> Schedule:
    store = MemoryStore()
    schedule = Schedule(whole, frozenset(whole.by_name))
    bind = {"parameters": {}, "versions": {"python": "3"}}
    schedule.open(Run(whole, bind, store, StoreLedger(store, "r"), "r", Path()))
    return schedule


def drained(schedule: Schedule, name: str, seconds: float, workers: int = 2) -> list[int]:
    """The sizes of the grants of a step, each ended before the next one is made."""
    state, sizes = schedule.steps[name], []
    while state.waiting:
        grant = schedule.grant(state, workers)
        sizes.append(len(grant.tasks))
        schedule.report(name, [Ran("done", seconds)] * len(grant.tasks), seconds * len(grant.tasks))
    return sizes


def test_grants_grow_to_a_tenth_of_a_second_and_shrink_at_the_end() -> None:
    sizes = drained(opened(plan(step("a", axes=("c", "g"), params={x: {"$field": x} for x in "abc"}))), "a", 0.002)
    assert sizes[0] == 1
    assert max(sizes) == 50
    assert sizes[-1] == 1
    assert sum(sizes) == 1200


def test_a_grant_of_long_tasks_is_one_task() -> None:
    assert set(drained(opened(plan(step("a", axes=("c",), params={"c": {"$field": "c"}}))), "a", 3.0)) == {1}


def test_the_deepest_step_goes_first_and_a_step_waits_for_what_it_reads() -> None:
    schedule = opened(plan(step("a"), step("b", params={"x": 1}), step("c", PlanEdge("x", "a", "out"))))
    assert [state.step.name for state in schedule.candidates()] == ["b", "a"]
    assert schedule.steps["c"].waits == {"a"}


def test_tasks_that_are_given_back_come_first() -> None:
    schedule = opened(plan(step("a", axes=("c",), params={"c": {"$field": "c"}})))
    state = schedule.steps["a"]
    grant = schedule.grant(state, 2)
    schedule.give_back("a", grant.tasks)
    assert list(schedule.grant(state, 2).tasks) == list(grant.tasks)
    assert state.left == 99


def test_a_task_that_ended_its_process_comes_last_and_alone() -> None:
    schedule = opened(plan(step("a", axes=("g",), params={x: {"$field": x} for x in "ab"})))
    state = schedule.steps["a"]
    first = schedule.grant(state, 2)
    assert schedule.died("a", first.tasks[0]) == 1
    schedule.again("a", first.tasks[0])
    while state.queue:
        assert not state.needs.alone
        grant = schedule.grant(state, 2)
        schedule.report("a", [Ran("done", 0.0)] * len(grant.tasks), 0.0)
    assert state.needs.alone
    assert schedule.grant(state, 2).tasks == (first.tasks[0],)


def test_fields_that_reach_no_key() -> None:
    whole = plan(
        step("prep", params={"a": {"$field": "a"}, "locate": {"c": 1}}, axes=("c", "g")),
        step("fit", PlanEdge("x", "prep", "out"), params={"b": {"$field": "b"}}, axes=("c", "g")),
        step("best", PlanEdge("xs", "fit", "out", ("g",)), axes=("c",)),
        step("all", PlanEdge("xs", "fit", "out", ("c",)), axes=("g",)),
        step("effect", axes=("c",), effect=True),
    )
    assert needed(whole.steps, whole.fields, whole.finder) == {
        "prep": {"a"},
        "fit": {"a", "b"},
        "best": set(),
        "all": {"a", "b"},
        "effect": {"c"},
    }
    state = opened(whole).steps["prep"]
    assert [list(tasks) for tasks in state.queue] == [[0, 4, 8]]
    assert len(state.later) == 1197


def test_a_renamed_field_reaches_the_key_under_its_new_name() -> None:
    whole = plan(
        step("a", params={"c": {"$field": "c"}}, axes=("c",)),
        step("b", PlanEdge("x", "a", "out", at=(("c", "a"),)), axes=("g",)),
    )
    assert needed(whole.steps, whole.fields, whole.finder)["b"] == {"a"}


def test_steps_that_ask_for_the_same() -> None:
    def pair(n: str, **more: Any) -> list[PlanStep]:
        return [step(f"a{n}", params={"v": 1}, **more), step(f"b{n}", PlanEdge("x", f"a{n}", "out"))]

    assert twins(plan(*pair("1"), *pair("2"))) == {"a2": "a1", "b2": "b1"}
    assert twins(plan(*pair("1", effect=True), *pair("2", effect=True))) == {}
    assert twins(plan(step("a", axes=("c",)), step("b", axes=("g",)), step("c", params={"v": 2}))) == {}


def test_needs_reach_through_finders_and_members() -> None:
    found = PlanAxis("f", ("a",), found=("find", "out"))
    whole = Plan(
        "p",
        {},
        {"f": found},
        (step("in"), step("find"), step("part", PlanEdge("x", "in", "out")), step("spare"), step("user", axes=("f",))),
    )
    assert needs(whole, frozenset({"user"})) == {"user", "find"}
    fused = Plan("p", {}, {}, (whole.steps[0], whole.steps[2], step("whole", members=("part",))))
    assert needs(fused, frozenset({"part"})) == {"in", "part", "whole"}
    assert list(Schedule(fused, frozenset(fused.by_name)).steps) == ["in", "whole"]


class Fake:
    """A worker without a process."""

    def __init__(self, threads: int) -> None:
        self.threads, self.grants, self.needs, self.told, self.ended = threads, [], Needs(), [], False

    def send(self, message: Any) -> None:
        self.told.append(message)

    def end(self) -> None:
        self.ended = True


@pytest.fixture
def crew(monkeypatch: pytest.MonkeyPatch) -> Crew:
    monkeypatch.setattr("mlc_local.process.start", Fake)
    return Crew(Setup(b"", "r", Path(), {}, "", Path(), False, False, Path()), jobs=2, memory=1000)


@pytest.mark.parametrize(
    ("running", "asked", "fits"),
    [
        (Needs(), Needs(), True),
        (Needs(threads=2), Needs(), False),
        (Needs(), Needs(threads=2), False),
        (Needs(memory=600), Needs(memory=400), True),
        (Needs(memory=600), Needs(memory=401), False),
        (Needs(gpu=True), Needs(gpu=True), False),
        (Needs(gpu=True), Needs(), True),
        (Needs(alone=True), Needs(), False),
        (Needs(), Needs(alone=True), False),
    ],
)
def test_what_may_run_beside_what(crew: Crew, running: Needs, asked: Needs, fits: bool) -> None:
    first = crew.free(running)
    assert first is not None
    crew.hand(first, Grant(1, "a", range(1)), running)
    assert (crew.free(asked) is not None) == fits


def test_what_asks_for_more_than_there_is_runs_by_itself(crew: Crew) -> None:
    worker = crew.free(Needs(threads=8, memory=5000))
    assert worker is not None
    assert worker.threads == 8


def test_a_worker_makes_room_for_one_with_other_threads(crew: Crew) -> None:
    first, second = crew.start(), crew.start()
    wide: Any = crew.free(Needs(threads=2))
    assert (first.ended, crew.workers) == (True, [second, wide])  # type: ignore[attr-defined]


def test_a_second_grant_is_like_the_first(crew: Crew) -> None:
    worker: Any = crew.free(Needs(memory=10))
    crew.hand(worker, Grant(1, "a", range(1)), Needs(memory=10))
    assert crew.ahead(Needs()) is None
    assert crew.ahead(Needs(memory=10)) is worker
    crew.hand(worker, Grant(2, "a", range(1)), Needs(memory=10))
    assert crew.ahead(Needs(memory=10)) is None


def test_what_a_policy_asks_for() -> None:
    policy = Policy(resources={"cpu": 1.5, "memory": 1 << 30, "gpu": 1})
    assert needs_of(policy) == Needs(2, 1 << 30, True)
    assert needs_of(Policy()) == Needs(1, 0, False)
