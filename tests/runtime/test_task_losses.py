"""Inputs that are not there: what is tolerated, what is forgiven, and what of it is in the reader's key."""

from typing import Any

import pytest

from mlc_runtime.errors import IncompleteError
from mlc_runtime.plan import PlanAxis, PlanEdge
from mlc_runtime.record import Failure
from mlc_runtime.relation import listed
from mlc_runtime.task import TaskRunner

FIVE = PlanAxis("g", ("g",), values=listed(["g"], [(i,) for i in range(5)]))
EDGE = PlanEdge("x", "a", "out")


@pytest.mark.parametrize(
    ("bad", "tolerate", "status", "total"),
    [([], 0.0, "done", 10), ([1], 0.0, "missing", None), ([1], 0.2, "done", 9), ([1, 2], 0.2, "missing", None)],
)
def test_tolerance_is_counted_over_the_edge(
    bench: Any, toys: Any, make_step: Any, bad: list[int], tolerate: float, status: str, total: int | None
) -> None:
    run = bench.open(
        [
            make_step("a", "picky", {"value": {"$field": "g"}, "bad": bad}, axes=("g",)),
            make_step("b", "double", inputs=(EDGE,), axes=("g",)),
            make_step("sum", "total", inputs=(PlanEdge("xs", "b", "out", ("g",), tolerate=tolerate),)),
        ],
        [FIVE],
    )
    done = bench.finish(run)
    assert [done["b", str({"g": i})].status for i in range(5)] == ["missing" if i in bad else "done" for i in range(5)]
    assert toys.runs.get("double", 0) == 5 - len(bad)
    assert done["sum", "{}"].status == status
    if total is not None:
        assert bench.value(done["sum", "{}"], run) == 2 * total


def test_tolerance_counts_coordinates_and_not_executed_tasks(bench: Any, toys: Any, make_step: Any) -> None:
    """One lost preparation that serves 4 of 5 settings is 80 %, though only one of two preparations ran badly."""
    axis = PlanAxis("g", ("g", "shape"), values=listed(["g", "shape"], [(i, int(i == 0)) for i in range(5)]))
    shape = PlanAxis("g/shape", ("shape",), project="g")
    prep = make_step("prep", "picky", {"value": {"$field": "shape"}, "bad": [0]}, axes=("g/shape",))
    edge = PlanEdge("xs", "prep", "out", ("g",), tolerate=0.5)
    run = bench.open([prep, make_step("sum", "total", inputs=(edge,))], [axis, shape])
    assert run.space("prep").size == 2
    assert bench.finish(run)["sum", "{}"].status == "missing"


def test_a_share_that_floats_cannot_hold_is_counted_exactly(bench: Any, toys: Any, make_step: Any) -> None:
    axis = PlanAxis("g", ("g",), values=listed(["g"], [(i,) for i in range(100)]))
    a = make_step("a", "picky", {"value": {"$field": "g"}, "bad": list(range(29))}, axes=("g",))
    edge = PlanEdge("xs", "a", "out", ("g",), tolerate=0.29)
    done = bench.finish(bench.open([a, make_step("sum", "total", inputs=(edge,))], [axis]))
    assert done["sum", "{}"].status == "done"


@pytest.mark.parametrize("names", [("strict", "lenient"), ("lenient", "strict")])
def test_collects_that_forgive_differently_do_not_share_a_failure(
    bench: Any, toys: Any, make_step: Any, names: tuple[str, str]
) -> None:
    """They ask for the same sum, and are told apart only where something is lost, whichever is first."""
    forgiven = {"strict": 0.0, "lenient": 0.2}

    def sums(bad: list[int]) -> dict[str, Any]:
        steps = [make_step("a", "picky", {"value": {"$field": "g"}, "bad": bad}, axes=("g",))]
        for name in names:
            edge = PlanEdge("xs", "a", "out", ("g",), tolerate=forgiven[name])
            steps.append(make_step(name, "total", inputs=(edge,)))
        done = bench.finish(bench.open(steps, [FIVE]))
        return {name: done[name, "{}"] for name in names}

    whole, torn = sums([]), sums([1])
    assert whole["strict"].key == whole["lenient"].key
    assert {name: one.status for name, one in torn.items()} == {"strict": "missing", "lenient": "done"}


def test_a_collect_that_takes_anything_does_not_share_the_failure_of_one_over_an_unknown_axis(
    bench: Any, toys: Any, make_step: Any
) -> None:
    """The finder fails: nothing is known of the axis, which only an input that may be missing forgives."""
    toys.add("count", lambda inputs, params, context: {"out": inputs["xs"] is None})
    found = PlanAxis("f", ("g",), found=("find", "out"))
    steps = [
        make_step("find", "picky", {"value": 1, "bad": [1]}, outputs={"out": "index"}),
        make_step("a", "give", {"value": {"$field": "g"}}, axes=("f",)),
        make_step("all", "count", inputs=(PlanEdge("xs", "a", "out", ("f",), tolerate=1.0),)),
        make_step("any", "count", inputs=(PlanEdge("xs", "a", "out", ("f",), tolerate=1.0, missing=True),)),
    ]
    done = bench.finish(bench.open(steps, [found]))
    assert (done["all", "{}"].status, done["any", "{}"].status) == ("missing", "done")


@pytest.mark.parametrize("missing", [(False, True), (True, False)])
def test_who_needs_what_is_not_there_does_not_share_a_failure(
    bench: Any, toys: Any, make_step: Any, missing: tuple[bool, bool]
) -> None:
    toys.add("same", lambda inputs, params, context: {"out": inputs["x"]})
    two = PlanAxis("h", ("h",), values=listed(["h"], [(0,), (1,)]))
    steps = [make_step("a", "give", {"value": {"$field": "h"}}, axes=("h",))]
    for spare in missing:
        edge = PlanEdge("x", "a", "out", at=(("h", "g"),), missing=spare)
        steps.append(make_step(f"spare {spare}", "same", inputs=(edge,), axes=("g",)))
    done = bench.finish(bench.open(steps, [FIVE, two]))
    assert done["spare False", str({"g": 1})].key == done["spare True", str({"g": 1})].key
    assert done["spare False", str({"g": 2})].status == "missing"
    assert done["spare True", str({"g": 2})].status == "done"


def test_what_is_lost_is_part_of_the_reader_s_key(bench: Any, toys: Any, make_step: Any) -> None:
    def total(bad: list[int]) -> Any:
        steps = [
            make_step("a", "picky", {"value": {"$field": "g"}, "bad": [9]}, axes=("g",)),
            make_step("sum", "total", inputs=(PlanEdge("xs", "a", "out", ("g",), tolerate=0.5),)),
        ]
        run = bench.open(steps, [FIVE])
        for i in bad:
            run.ledger.fail(Failure(run.key(steps[0], {"g": i}), "a", {}, "timeout", "took too long"))
        return bench.finish(run)["sum", "{}"]

    assert len({total([]).key, total([1]).key, total([2]).key, total([1, 2]).key}) == 4


def test_a_missing_edge_passes_none_and_shows_in_the_key(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("first", lambda i, p, c: {"out": i["a"] if i["a"] is not None else i["b"]})

    def first(bad: list[int]) -> tuple[Any, Any]:
        edges = (PlanEdge("a", "a", "out", missing=True), PlanEdge("b", "b", "out"))
        run = bench.open(
            [
                make_step("a", "picky", {"value": 1, "bad": bad}),
                make_step("b", "give", {"value": 2}),
                make_step("first", "first", inputs=edges),
            ]
        )
        outcome = bench.finish(run)["first", "{}"]
        return outcome, bench.value(outcome, run)

    assert first([])[1] == 1
    assert first([1])[1] == 2


def test_reading_before_the_end_is_incomplete(bench: Any, toys: Any, make_step: Any) -> None:
    run = bench.open([make_step("a", "give", {"value": 1}), make_step("b", "double", inputs=(EDGE,))])
    with pytest.raises(IncompleteError):
        TaskRunner(run).run_task("b", {})
