"""Where steps end up, with the traps of found, ragged and sampled axes, and the errors that the theorem must find."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import strategies as st
from tests.passes.meaning import plan_of
from tests.passes.theorem import finds_within, holds

from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph, fields, finder
from mlc_compiler.graph.step import Edge, Step, field_of
from mlc_compiler.graph.verify import verify
from mlc_compiler.passes.facts import Facts
from mlc_compiler.passes.hoist import hoist
from mlc_compiler.passes.needed import needed
from mlc_runtime.keys import identity
from mlc_runtime.needed import needed as needed_by_steps
from mlc_runtime.relation import cross, listed, union
from mlc_runtime.run import Link, Run
from mlc_runtime.sample import Range, Sample

HERE = (("training", "t"),)
SHAPE, ALPHA = listed(("shape",), [("level",), ("change",)]), listed(("alpha",), [(0.1,), (1.0,)])
LAGS = listed(("lags",), [(1,), (2,)])
NAMES = Step("names", "distinct", outputs={"index": "index"}, origin=HERE)
COUNTRY = Axis("country", Found("names", "index", ("country", "year")))
BEST = Step(
    "best", "select", outputs={"index": "index"}, axes=("country",), params={"c": field_of("country")}, origin=HERE
)
WON = Axis("won", Found("best", "index", ("shape", "alpha"), "grid", 1), ("country",))


def prep(*axes: str, reads: tuple[str, ...] = (), **more: Any) -> Step:
    params = {name: field_of(name) for name in reads}
    return Step("prep", "prepare", params, outputs={"table": "table"}, axes=axes, root=True, origin=HERE, **more)


def hoisted(step: Step, grid: Any) -> tuple[Graph, Step]:
    graph = Graph((NAMES, BEST, step), (Axis("grid", grid), COUNTRY, WON))
    after = hoist(graph, Facts())
    assert verify(graph) == []
    assert verify(after, graph) == []
    return after, after.step["prep"]


@pytest.mark.parametrize(
    ("grid", "axes", "values"),
    [
        (cross([SHAPE, ALPHA, LAGS]), ("grid/shape",), SHAPE),
        (union(("shape", "alpha"), [SHAPE, cross([SHAPE, ALPHA])]), ("grid/shape",), union(("shape",), [SHAPE, SHAPE])),
        (Sample(cross([SHAPE, Range("alpha", 0.1, 9.0)]), 81, 0), ("grid/shape",), Project("grid", ("shape",))),
        (cross([SHAPE, listed(("alpha",), ())]), ("grid/shape",), listed(("shape",), ())),
    ],
    ids=["product", "union", "sample", "empty"],
)
def test_a_part_of_a_known_axis(grid: Any, axes: tuple[str, ...], values: Any) -> None:
    graph = Graph((prep("grid", reads=("shape",)),), (Axis("grid", grid),))
    after = hoist(graph, Facts())
    assert verify(after, graph) == []
    assert after.step["prep"].axes == axes
    assert after.axis["grid/shape"].values == values


@pytest.mark.parametrize(
    ("grid", "axes"),
    [
        (cross([SHAPE, ALPHA]), ()),
        (Sample(cross([SHAPE, ALPHA]), 3, 0), ()),
        (Sample(cross([SHAPE, ALPHA]), 0, 0), ("grid/",)),
        (cross([SHAPE, listed(("alpha",), ())]), ("grid/",)),
    ],
    ids=["product", "sample", "sample of nothing", "empty"],
)
def test_nothing_of_a_known_axis(grid: Any, axes: tuple[str, ...]) -> None:
    graph = Graph((prep("grid"),), (Axis("grid", grid),))
    assert hoist(graph, Facts()).step["prep"].axes == axes


def test_a_found_axis_leaves_a_guard() -> None:
    after, step = hoisted(prep("country", "grid"), cross([SHAPE, ALPHA]))
    assert step.axes == ("country/",)
    assert after.axis["country/"].values == Project("country", ())


def test_an_axis_that_stays_keeps_what_it_is_given() -> None:
    after, step = hoisted(prep("country", "won", reads=("shape",)), cross([SHAPE, ALPHA]))
    assert step.axes == ("country/country", "won/shape")
    assert after.step["best"].axes == ("country/country",)
    assert after.axis["won"].given == after.axis["won/shape"].given == ("country/country",)


@pytest.mark.parametrize("change", [{"pure": False}, {"effect": True}], ids=["impure", "effect"])
def test_what_is_not_a_function_stays(change: Mapping[str, Any]) -> None:
    assert hoisted(prep("country", "grid", **change), cross([SHAPE, ALPHA]))[1].axes == ("country", "grid")


def test_names_that_would_clash_are_told_apart() -> None:
    grid = listed(("a b", "a_b", "c"), [(1, 2, 3)])
    steps = (prep("grid", reads=("a b",)), replace(prep("grid", reads=("a_b",)), name="other"))
    after = hoist(Graph(steps, (Axis("grid", grid),)), Facts())
    assert [step.axes for step in after.steps] == [("grid/a_b",), ("grid/a_b'",)]


def test_many_settings_cost_no_more_than_few() -> None:
    wide = cross(listed((f"f{i}",), [(v,) for v in range(100)]) for i in range(10))
    graph = Graph((prep("grid", reads=("f3", "f7")),), (Axis("grid", wide),))
    after = hoist(graph, Facts())
    assert verify(after, graph) == []
    assert wide.size == 100**10
    assert after.axis["grid/f3/f7"].values.size == 100**2  # type: ignore[union-attr]


# --- planted errors -------------------------------------------------------------------------------------------------


def spoiled(graph: Graph, spoil: Any) -> dict[str, frozenset[str]]:
    return needed_by_steps(
        [spoil(step) for step in graph.steps], lambda axes: fields(graph, axes), lambda axis: finder(graph, axis)
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda step: replace(step, inputs=()),
        lambda step: replace(step, pure=True, effect=False),
        lambda step: replace(step, params={}),
    ],
    ids=["inputs", "purity", "parameters"],
)
def test_an_analysis_that_forgets_is_found(monkeypatch: pytest.MonkeyPatch, spoil: Any) -> None:
    monkeypatch.setattr(sys.modules[hoist.__module__], "needed", lambda graph: spoiled(graph, spoil))
    finds_within(100, hoist)


def test_a_guard_that_is_dropped_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    part = sys.modules[hoist.__module__]._Parts.part
    monkeypatch.setattr(
        sys.modules[hoist.__module__]._Parts,
        "part",
        lambda self, axis, need: part(self, axis, need) if need & set(axis.fields) else None,
    )
    finds_within(200, hoist, judged=False)


def test_a_collect_that_follows_its_producer_is_found() -> None:
    def following(graph: Graph, facts: Facts) -> Graph:
        after = hoist(graph, facts)
        base = {
            name: axis
            for step in graph.steps
            for name, axis in zip(after.step[step.name].axes, step.axes, strict=False)
        }
        moved = {old: new for new, old in base.items()}
        return Graph(
            tuple(
                replace(s, inputs=tuple(replace(e, over=tuple(moved.get(a, a) for a in e.over)) for e in s.inputs))
                for s in after.steps
            ),
            after.axes,
        )

    finds_within(100, following)


class ByKey(Run):
    """Collects in the order of keys."""

    def links(self, step: Any, coordinates: Any) -> list[Link]:
        def key(link: Link, at: Any) -> str:
            return "" if at is None else self.key(self.plan.by_name[link.edge.step], at)

        links = super().links(step, coordinates)
        return [replace(link, tasks=tuple(sorted(link.tasks, key=lambda task: key(link, task[1])))) for link in links]


class ByTask(Run):
    """Counts losses over executed tasks, not over the coordinates of the edge."""

    def excessive(self, link: Link) -> bool:
        distinct = {tuple(sorted((n, identity(v)) for n, v in (at or {}).items())): (r, at) for r, at in link.tasks}
        return super().excessive(replace(link, tasks=tuple(distinct.values())))


def test_a_collect_in_the_order_of_keys_is_found() -> None:
    finds_within(100, run=ByKey)


@st.composite
def uneven(draw: Any) -> Graph:
    """Few preparations that serve many settings, unevenly, and a collect that tolerates some losses."""
    pairs = draw(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 4)), min_size=2, max_size=8, unique=True))
    params = {"shape": field_of("shape"), "salt": draw(st.integers(0, 9)), "fallible": True}
    made = Step("prep", "f", params, outputs={"out": "value"}, axes=("grid",), origin=HERE)
    edge = Edge("models", "prep", "out", ("grid",), tolerate=draw(st.sampled_from([0.2, 0.3, 0.5])))
    best = Step("best", "f", inputs=(edge,), outputs={"out": "value"}, root=True, origin=HERE)
    return Graph((made, best), (Axis("grid", listed(("shape", "lags"), pairs)),))


def test_losses_counted_by_task_are_found() -> None:
    finds_within(200, hoist, graphs=uneven(), run=ByTask)


def test_losses_are_counted_by_coordinates() -> None:
    holds(100, hoist, graphs=uneven())


def test_what_is_needed_of_a_graph_is_what_is_needed_of_its_plan() -> None:
    graph = Graph(
        (NAMES, BEST, prep("country", "grid", reads=("shape",))), (Axis("grid", cross([SHAPE, ALPHA])), COUNTRY)
    )
    plan = plan_of(graph)
    assert needed(graph) == needed_by_steps(plan.steps, plan.fields, plan.finder)
