"""The verifier finds one planted error for each of its rules, and nothing in a sound graph."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph, order
from mlc_compiler.graph.step import Edge, Step, field_of
from mlc_compiler.graph.verify import verify
from mlc_runtime.relation import cross, listed
from mlc_runtime.sample import Sample

HERE = (("training", "t"),)
GRID = cross([listed(("alpha",), [(1,), (2,)]), listed(("depth",), [(3,), (4,)])])
READ = Step("read", "read", {}, (), {"table": "table"}, origin=HERE)
FIND = Step("find", "distinct", {}, (Edge("rows", "read", "table"),), {"values": "index"}, origin=HERE)
FIT = Step(
    "fit", "train", {"alpha": field_of("alpha")}, (Edge("rows", "read", "table"),), {"model": "model"},
    ("country", "grid"), origin=HERE,
)  # fmt: skip
BEST = Step(
    "best", "select", {}, (Edge("models", "fit", "model", ("grid",), tolerate=0.1),), {"chosen": "index"},
    ("country",), origin=HERE,
)  # fmt: skip
LAST = Step("last", "predict", {}, (Edge("model", "fit", "model"),), {"out": "effect"}, ("country", "won"), effect=True,
            root=True, origin=HERE)  # fmt: skip
AXES = (
    Axis("country", Found("find", "values", ("country",))),
    Axis("grid", GRID),
    Axis("won", Found("best", "chosen", ("alpha", "depth"), "grid", 1), ("country",)),
)
SOUND = Graph((READ, FIND, FIT, BEST, LAST), AXES)


def steps(**changed: Step) -> Graph:
    """The sound graph with some steps changed."""
    return Graph(tuple(changed.get(step.name, step) for step in SOUND.steps), AXES)


def axes(*changed: Axis) -> Graph:
    """The sound graph with some axes changed or added."""
    names = {axis.name for axis in changed}
    return Graph(SOUND.steps, (*(axis for axis in AXES if axis.name not in names), *changed))


def test_a_sound_graph_has_no_problem() -> None:
    assert verify(SOUND) == []
    assert verify(SOUND, SOUND) == []


@pytest.mark.parametrize(
    ("graph", "problem"),
    [
        (Graph((*SOUND.steps, LAST), AXES), "step last stands twice"),
        (Graph(SOUND.steps, (*AXES, AXES[0])), "axis country stands twice"),
        (Graph((FIND, READ, FIT, BEST, LAST), AXES), "input rows reads read, which does not stand before it"),
        (Graph((READ, FIT, FIND, BEST, LAST), AXES), "find"),
        (axes(Axis("won", Found("best", "chosen", ("alpha", "depth"), "grid", 1), ("region",))), "unknown axis region"),
        (axes(Axis("won", Found("fit", "model", ("alpha", "depth"), "grid", 1), ("country",))), "is no index"),
        (axes(Axis("won", Found("best", "chosen", ("alpha",), "grid", 1), ("country",))), "are not those of grid"),
        (axes(replace(AXES[2], given=())), "axis won: is not given what best runs over"),
        (axes(Axis("kept", Found("find", "values", ("alpha", "depth"), "won"))), "axis kept: is not given what won is"),
        (axes(Axis("shape", Project("won", ("alpha",)))), "axis shape: is not given what won is"),
        (axes(Axis("shape", Project("nothing", ("alpha",)))), "projects an unknown axis"),
        (axes(Axis("shape", Project("grid", ("beta",)))), "projects fields that grid lacks"),
        (steps(last=replace(LAST, axes=("won", "country"))), "is given ['country'], which do not stand before it"),
        (steps(fit=replace(FIT, axes=("country", "grid", "grid"))), "a field twice"),
        (steps(fit=replace(FIT, axes=("country", "nothing"))), "nothing"),
        (steps(fit=replace(FIT, params={"x": field_of("beta")})), "beta"),
        (steps(best=replace(BEST, axes=())), "leaves ['country'] of fit unbound"),
        (steps(last=replace(LAST, inputs=(Edge("model", "fit", "nothing"),))), "which is no output"),
        (steps(best=replace(BEST, inputs=(Edge("models", "fit", "model", ("grid",), tolerate=2.0),))), "tolerates 2.0"),
        (steps(last=replace(LAST, inputs=LAST.inputs * 2)), "two inputs of one name"),
        (steps(read=replace(READ, outputs={})), "no outputs"),
        (steps(read=replace(READ, origin=())), "no origin"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_planted_error_is_found(graph: Graph, problem: str) -> None:
    assert any(problem in found for found in verify(graph)), verify(graph)


def test_fields_are_looked_up_within_their_axis() -> None:
    other = Axis("other", listed(("alpha", "depth"), [(9, 9)]))
    graph = Graph(
        (READ, FIND, FIT, replace(BEST, inputs=(Edge("models", "fit", "model", ("other",)),))), (*AXES[:2], other)
    )
    assert any("no axis of best need be in grid of fit" in found for found in verify(graph)), verify(graph)


@pytest.mark.parametrize(("numbers", "sound"), [([1, 2], True), ([1, 3], False), ([], True)])
def test_renamed_fields_are_looked_up_within_their_axis(numbers: list[int], sound: bool) -> None:
    axes = (Axis("a", listed(("a",), [(1,), (2,)])), Axis("b", listed(("b", "c"), [(i, i) for i in numbers])))
    one = replace(READ, name="one", axes=("a",))
    other = replace(READ, name="other", axes=("b",), inputs=(Edge("x", "one", "table", at=(("a", "b"),)),), root=True)
    problems = verify(Graph((one, other), axes))
    assert problems == ([] if sound else ["step other: input x: no axis of other need be in a of one"])


def test_renamed_fields_are_looked_up_in_what_axes_project() -> None:
    records = cross([listed(("b",), [(1,), (2,)]), listed(("c",), [(7,)])])
    axes = (
        Axis("a", listed(("a",), [(1,), (2,)])),
        Axis("b", Sample(records, 2, 0)),
        Axis("b/b", Project("b", ("b",))),
    )
    one = replace(READ, name="one", axes=("a",))
    other = replace(READ, name="other", axes=("b/b",), inputs=(Edge("x", "one", "table", at=(("a", "b"),)),), root=True)
    assert verify(Graph((one, other), axes)) == []


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda: Graph(SOUND.steps[:-1], AXES), "lost last"),
        (lambda: steps(fit=replace(FIT, params={"alpha": 7})), "its key is not what it was"),
        (lambda: steps(fit=replace(FIT, axes=("grid",))), "runs even where an axis is empty"),
    ],
)
def test_a_pass_keeps_effects_and_keys(spoil: Callable[[], Graph], problem: str) -> None:
    lost = replace(LAST, origin=(("serving", "s"),))
    before = Graph((*SOUND.steps[:-1], lost), AXES)
    after = spoil()
    after = Graph(tuple(lost if step == LAST else step for step in after.steps), AXES)
    assert any(problem in found for found in verify(after, before)), verify(after, before)


def test_order_puts_producers_and_finders_first_and_else_keeps_places() -> None:
    assert order(SOUND.steps, AXES) == SOUND
    assert [step.name for step in order(reversed(SOUND.steps), AXES).steps] == ["read", "find", "fit", "best", "last"]
    free = [replace(READ, name=name) for name in "cab"]
    assert [step.name for step in order(free, ()).steps] == ["c", "a", "b"]


def test_a_circle_is_refused() -> None:
    one = replace(READ, name="one", inputs=(Edge("x", "two", "table"),))
    two = replace(READ, name="two", inputs=(Edge("x", "one", "table"),))
    with pytest.raises(ValueError, match="a circle among"):
        order([one, two], ())
