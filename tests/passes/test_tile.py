"""How many tiles, and that every task is in just one."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_compiler.graph.axis import Axis, Found
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Edge, Step
from mlc_compiler.graph.text import dump, parse
from mlc_compiler.graph.verify import verify
from mlc_compiler.passes.facts import Facts, Limits
from mlc_compiler.passes.tile import tile
from mlc_runtime.relation import cross, listed
from mlc_runtime.space import cut

PODS = Limits(startup=10.0, tiles=1000)
COUNTRY = listed(("country",), ((i,) for i in range(202)))
GRID = listed(("alpha",), ((i,) for i in range(100)))
WHOLE = Axis("g", cross([COUNTRY, GRID]))


def step(name: str, *inputs: Edge, **more: Any) -> Step:
    settings = {"outputs": {"out": "model"}, "axes": ("g",), "root": True, "origin": (("t",),), **more}
    return Step(name, "train", inputs=inputs, **settings)


def tiles(facts: Facts, *steps: Step, axes: tuple[Axis, ...] = (WHOLE,)) -> dict[str, Any]:
    before = Graph(steps, axes)
    after = tile(before, facts)
    assert verify(after, before) == []
    assert tile(after, facts) == after
    assert parse(dump(after)).steps == after.steps
    return {one.name: dict(one.tiles) for one in after.steps}


def test_the_formula() -> None:
    assert tiles(Facts(PODS, {"fit": 0.02}), step("fit")) == {"fit": {"max": 11}}, "20,200 x 20 ms in tiles of 40 s"
    assert tiles(Facts(replace(PODS, startup=1.0), {"fit": 0.02}), step("fit")) == {"fit": {"max": 14}}, "of 30 s"
    assert tiles(Facts(replace(PODS, tiles=5), {"fit": 0.02}), step("fit")) == {"fit": {"max": 5}}
    assert tiles(Facts(PODS, {"fit": 1000.0}), step("fit")) == {"fit": {"max": 1000}}
    assert tiles(Facts(PODS, {"fit": 1000.0}, {"fit": 7}), step("fit")) == {"fit": {"max": 7}}, "no more than tasks"
    assert tiles(Facts(PODS, {"fit": 0.0}), step("fit")) == {"fit": {"max": 1}}
    assert tiles(Facts(PODS, {"fit": 1000.0}), step("fit", axes=())) == {"fit": {"max": 1}}


def test_a_target_that_hands_out_tasks_needs_no_tiles() -> None:
    assert tiles(Facts(durations={"fit": 9.0}), step("fit")) == {"fit": {"max": 1}}


def test_members_take_their_time_in_their_host() -> None:
    facts = Facts(PODS, {"prep": 0.02, "fit": 0.02})
    inner = step("prep", root=False)
    host = step("fit", Edge("x", "prep", "out"), members=("prep",))
    assert tiles(facts, inner, host) == {"prep": {"max": 1}, "fit": {"max": 21}}


def test_slow_and_quick_tasks_are_mixed() -> None:
    assert tiles(Facts(PODS, {"fit": 0.02}, spread={"fit": 4.1}), step("fit")) == {"fit": {"max": 11, "stride": True}}
    assert tiles(Facts(PODS, {"fit": 0.02}, spread={"fit": 4.0}), step("fit")) == {"fit": {"max": 11}}


def found(name: str, at_most: int | None, given: tuple[str, ...] = ()) -> Axis:
    return Axis(name, Found("find", "index", ("f",), None, at_most), given)


@pytest.mark.parametrize(
    ("at_most", "axes", "expected"),
    [
        (500, (), {"max": 13}),
        (None, (), {"from": "find", "each": 40, "max": 1000}),
        (None, ("g",), {"max": 1000}),
    ],
    ids=["bounded", "found by one task", "found by each of many"],
)
def test_what_a_run_finds(at_most: int | None, axes: tuple[str, ...], expected: dict[str, Any]) -> None:
    finder = step("find", outputs={"index": "index"}, axes=axes)
    fit = step("fit", axes=(*axes, "f"))
    facts = Facts(PODS, {"fit": 1.0, "find": 0.0})
    assert tiles(facts, finder, fit, axes=(WHOLE, found("f", at_most, axes)))["fit"] == expected


@given(st.integers(0, 300), st.integers(1, 50), st.booleans())
def test_every_task_is_in_one_tile(n: int, count: int, stride: bool) -> None:
    parts = [list(cut(n, count, i, stride=stride)) for i in range(count)]
    assert sorted(task for part in parts for task in part) == list(range(n))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert list(cut(n, count, count, stride=stride)) == []
    if not stride:
        assert [task for part in parts for task in part] == list(range(n)), "neighbours stay together"
