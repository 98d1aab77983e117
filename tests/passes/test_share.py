"""What is merged, what stays apart, and the errors that the theorem must find."""

import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import strategies as st
from tests.passes.theorem import finds_within, holds

from mlc_compiler.graph.axis import Axis, Found
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Edge, Policy, Step, field_of
from mlc_compiler.graph.verify import verify
from mlc_compiler.passes.facts import Facts
from mlc_compiler.passes.hoist import hoist
from mlc_compiler.passes.share import share
from mlc_runtime.relation import listed

HERE = (("training", "t"),)


def step(name: str, *reads: Edge, op: str = "f", **more: Any) -> Step:
    params = more.pop("params", {})
    outputs = more.pop("outputs", {"out": "value"})
    return Step(name, op, params, reads, outputs, origin=((name,),), **more)


def shared(*steps: Step, axes: tuple[Axis, ...] = ()) -> Graph:
    graph = Graph(steps, axes)
    assert verify(graph) == []
    after = share(graph, Facts())
    assert verify(after, graph) == []
    return after


def test_the_first_stands_for_the_others() -> None:
    patient = Policy(resources={"cpu": 4}, retry=2, timeout=5)
    after = shared(step("a", policy=Policy(resources={"cpu": 1, "gpu": 1}, timeout=9)), step("b", policy=patient))
    (one,) = after.steps
    assert (one.name, one.also, one.origin) == ("a", ("b",), (("a",), ("b",)))
    assert one.policy == Policy(resources={"cpu": 4, "gpu": 1}, retry=2, timeout=9)


@pytest.mark.parametrize(
    "other",
    [
        {"params": {"x": 1}},
        {"params": {"x": True}},
        {"op": "g"},
        {"code": ("m",)},
        {"pure": False},
        {"effect": True},
        {"root": True},
        {"policy": Policy(pool="big")},
        {"policy": Policy(image="other")},
    ],
    ids=str,
)
def test_what_differs_stays_apart(other: dict[str, Any]) -> None:
    base: dict[str, Any] = {"params": {"x": 1.0}}
    assert len(shared(step("a", **base), step("b", **{**base, **other})).steps) == 2


@pytest.mark.parametrize("wants", [(("c",), None), (None, ("c",)), (("c",), ("d",))], ids=str)
def test_who_wants_another_part_gets_the_whole(wants: tuple[Any, Any]) -> None:
    one, other = wants
    steps = [step("a", want=one), step("b", want=other)]
    (whole,) = shared(*steps).steps
    assert (whole.name, whole.also, whole.want) == ("a", ("b",), None)


def test_who_wants_the_same_part_shares_it() -> None:
    (narrow,) = shared(step("a", want=("c",)), step("b", want=("c",))).steps
    assert narrow.want == ("c",)


def test_a_pure_step_is_not_what_an_earlier_impure_one_is() -> None:
    assert len(shared(step("a", pure=False), step("b")).steps) == 2


def test_found_axes_follow_their_finders() -> None:
    finds = {"outputs": {"out": "value", "i": "index"}}
    axes = tuple(Axis(f"{n}.each", Found(f"{n}.find", "i", ("x",))) for n in "ab")
    steps = [
        made
        for n in "ab"
        for made in (
            step(f"{n}.find", **finds),
            step(f"{n}.fit", axes=(f"{n}.each",), params={"x": field_of("x")}),
            step(f"{n}.best", Edge("m", f"{n}.fit", "out", (f"{n}.each",)), params={"n": n}, root=True),
        )
    ]
    after = shared(*steps, axes=axes)
    assert [one.name for one in after.steps] == ["a.find", "a.fit", "a.best", "b.best"]
    assert after.step["b.best"].inputs == (Edge("m", "a.fit", "out", ("a.each",)),)


def two_trainings(one: Any, other: Any, tolerate: float = 0.0, **params: Any) -> Graph:
    """Two trainings with a preparation, a model over a grid, and a choice."""
    steps = [
        made
        for n in "ab"
        for made in (
            step(f"{n}.prep", params={"p": field_of("p"), **params}, axes=(n,)),
            step(f"{n}.fit", Edge("x", f"{n}.prep", "out"), op="g", params={"q": field_of("q")}, axes=(n,)),
            step(f"{n}.best", Edge("m", f"{n}.fit", "out", (n,), tolerate=tolerate), root=True),
        )
    ]
    return Graph(tuple(steps), (Axis("a", listed(("p", "q"), one)), Axis("b", listed(("p", "q"), other))))


def test_overlapping_grids_are_united() -> None:
    graph = two_trainings([(1, 1), (2, 1)], [(2, 1), (3, 1)])
    after = shared(*graph.steps, axes=graph.axes)
    assert [one.name for one in after.steps] == ["a.prep", "a.fit", "a.best", "b.best"]
    assert after.step["a.fit"].axes == ("a|b",)
    assert after.axis["a|b"].values == listed(("p", "q"), [(1, 1), (2, 1), (3, 1)])
    assert after.step["b.best"].inputs[0].over == ("b",)


def test_grids_with_nothing_in_common_stay_apart() -> None:
    graph = two_trainings([(1, 1)], [(2, 1)])
    assert shared(*graph.steps, axes=graph.axes) == graph


pairs = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=6, unique=True)
trainings = st.builds(
    two_trainings, pairs, pairs, st.sampled_from([0.0, 0.3]), fallible=st.booleans(), salt=st.integers(0, 9)
)


@pytest.mark.parametrize("passes", [(share,), (hoist, share), (share, hoist)], ids=["alone", "after", "before"])
def test_united_grids_mean_the_same(passes: Any) -> None:
    holds(100, *passes, graphs=trainings)


# --- planted errors -------------------------------------------------------------------------------------------------


def two_fits(*chosen: tuple[int, int]) -> Graph:
    """Two steps of one operation, each with a setting and an input of its own, and who reads them."""
    made = [step(f"made{n}", params={"n": n}) for n in range(2)]
    fits = [step(f"fit{n}", Edge("x", f"made{of}", "out"), params={"depth": d}) for n, (d, of) in enumerate(chosen)]
    ends = [step(f"end{n}", Edge("x", each.name, "out"), root=True) for n, each in enumerate(fits)]
    return Graph((*made, *fits, *ends), ())


def two_collects(size: int, salt: int, *forgiven: float) -> Graph:
    """One model over a grid, and two collects of it that forgive differently."""
    fit = step("fit", params={"g": field_of("g"), "salt": salt, "fallible": True}, axes=("g",))
    collects = [step(f"all{n}", Edge("m", "fit", "out", ("g",), tolerate=most)) for n, most in enumerate(forgiven)]
    ends = [step(f"end{n}", Edge("x", each.name, "out"), root=True) for n, each in enumerate(collects)]
    return Graph((fit, *collects, *ends), (Axis("g", listed(("g",), [(n,) for n in range(size)])),))


chosen = st.tuples(st.integers(0, 1), st.integers(0, 1))
fits = st.builds(two_fits, chosen, chosen)
tolerances = st.sampled_from([0.0, 0.3, 0.5, 1.0])
collects = st.builds(two_collects, st.integers(1, 5), st.integers(0, 9), tolerances, tolerances)


def without_tolerance(step: Step) -> Step:
    return replace(step, inputs=tuple(replace(edge, tolerate=0.0) for edge in step.inputs))


@pytest.mark.parametrize(
    ("spoil", "graphs"),
    [
        (lambda step: replace(step, params={}), fits),
        (lambda step: replace(step, inputs=()), fits),
        (without_tolerance, collects),
    ],
    ids=["parameters", "inputs", "tolerance"],
)
def test_a_form_that_forgets_is_found(monkeypatch: pytest.MonkeyPatch, spoil: Any, graphs: Any) -> None:
    """By what the graph means, not by the verifier."""
    holds(25, share, graphs=graphs)
    values = sys.modules[share.__module__]._Values  # type: ignore[attr-defined]
    form = values._form
    monkeypatch.setattr(values, "_form", lambda self, step, loose=False: form(self, spoil(step), loose=loose))
    finds_within(25, share, graphs=graphs, judged=False)


def two_draws(salt: int, *pure: bool) -> Graph:
    """Two steps that ask for the same, either of which may be drawn anew each time, and who reads them."""
    draws = [step(f"draw{n}", params={"salt": salt}, pure=each) for n, each in enumerate(pure)]
    ends = [step(f"end{n}", Edge("x", each.name, "out"), root=True) for n, each in enumerate(draws)]
    return Graph((*draws, *ends), ())


def test_merging_with_an_impure_step_is_found() -> None:
    def careless(graph: Graph, facts: Facts) -> Graph:
        impure = {one.name for one in graph.steps if not one.pure}
        after = share(Graph(tuple(replace(one, pure=True) for one in graph.steps), graph.axes), facts)
        return Graph(tuple(replace(one, pure=one.name not in impure) for one in after.steps), after.axes)

    draws = st.builds(two_draws, st.integers(0, 9), st.booleans(), st.booleans())
    holds(25, share, graphs=draws)
    finds_within(25, careless, graphs=draws)
