"""Collects, axes that a step finds, and conditions."""

from dataclasses import replace
from typing import Any

import pytest

from mlc_runtime.plan import PlanAxis, PlanEdge
from mlc_runtime.relation import listed

FIVE = PlanAxis("g", ("g",), values=listed(["g"], [(i,) for i in range(5)]))


def test_a_collect_comes_in_the_order_of_its_axis(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("list", lambda inputs, params, context: {"out": [[r["g"], v] for r, v in inputs["xs"]]})
    run = bench.open(
        [
            make_step("a", "give", {"value": {"$field": "g"}}, axes=("g",)),
            make_step("all", "list", inputs=(PlanEdge("xs", "a", "out", ("g",)),)),
        ],
        [FIVE],
    )
    assert bench.value(bench.finish(run)["all", "{}"], run) == [[i, i] for i in range(5)]


def test_found_axes_are_the_finder_s_records_and_a_failed_one_poisons(bench: Any, toys: Any, make_step: Any) -> None:
    country = PlanAxis("c", ("c",), values=listed(["c"], [("x",), ("y",)]))
    kept = PlanAxis("t", ("t",), ("c",), found=("find", "out"))

    def find(inputs: Any, params: Any, context: Any) -> Any:
        if params["c"] in params["bad"]:
            raise ValueError("nothing found")
        return {"out": {"fields": ["t"], "records": [[i] for i in range({"x": 2, "y": 0}[params["c"]])]}}

    toys.add("found", find)

    def steps(bad: list[str]) -> list[Any]:
        total = PlanEdge("xs", "a", "out", ("t",))
        return [
            make_step("find", "found", {"c": {"$field": "c"}, "bad": bad}, axes=("c",), outputs={"out": "index"}),
            make_step("a", "give", {"value": 5}, axes=("c", "t")),
            make_step("one", "total", inputs=(total,), axes=("c",)),
            make_step("whole", "total", inputs=(replace(total, over=("c", "t"), tolerate=1.0),)),
        ]

    good = bench.open(steps([]), [country, kept])
    done = bench.finish(good)
    assert [bench.value(done[task], good) for task in done if task[0] in ("one", "whole")] == [10, 0, 10]
    done = bench.finish(bench.open(steps(["x"]), [country, kept]))
    statuses = {task: outcome.status for task, outcome in done.items()}
    assert statuses == {
        ("find", "{'c': 'x'}"): "failed",
        ("find", "{'c': 'y'}"): "done",
        ("one", "{'c': 'x'}"): "missing",
        ("one", "{'c': 'y'}"): "done",
        ("whole", "{}"): "missing",
    }


def test_a_condition_that_is_false_leaves_its_readers_without(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("when", lambda inputs, params, context: {"out": {"fields": [], "records": [[]] if params["go"] else []}})
    toys.add("or", lambda i, p, c: {"out": "nothing" if i["x"] is None else i["x"]})
    when = PlanAxis("when", (), found=("gate", "out"))

    def last(go: bool, missing: bool) -> Any:
        run = bench.open(
            [
                make_step("gate", "when", {"go": go}, outputs={"out": "index"}),
                make_step("a", "give", {"value": "something"}, axes=("when",)),
                make_step("b", "or", inputs=(PlanEdge("x", "a", "out", missing=missing),)),
            ],
            [when],
        )
        done = bench.finish(run)
        return bench.value(done["b", "{}"], run) if done["b", "{}"].record else done["b", "{}"].status

    assert [last(True, True), last(False, True), last(False, False)] == ["something", "nothing", "missing"]


@pytest.mark.parametrize(
    ("found", "code"),
    [([{"g": 1}, {"g": 1}], "MLC962"), ([{"g": 7}], "MLC962"), ([{"g": i} for i in range(4)], "MLC963"), (3, "MLC962")],
)
def test_a_finder_is_held_to_its_word(bench: Any, toys: Any, make_step: Any, found: Any, code: str) -> None:
    kept = PlanAxis("kept", ("g",), found=("find", "out"), within="g", at_most=3)
    toys.add("findings", lambda inputs, params, context: {"out": {"fields": ["g"], "records": found}})
    run = bench.open([make_step("find", "findings", outputs={"out": "index"})], [FIVE, kept])
    assert bench.finish(run)["find", "{}"].failure.code == code
