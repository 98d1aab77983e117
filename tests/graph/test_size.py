"""Sizes are arithmetic, and say what they do not know."""

from hypothesis import given
from hypothesis import strategies as st

from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.size import Size, all_tasks, number, size_of_axis, tasks
from mlc_compiler.graph.step import Step
from mlc_runtime.relation import cross, listed
from mlc_runtime.sample import Range, Sample

SHAPES, ALPHAS = listed(("shape",), (("level",), ("change",))), listed(("alpha",), ((i,) for i in range(50)))
GRID = Axis("grid", cross([SHAPES, ALPHAS]))
COUNTRY = Axis("each", Found("names", "country", ("country",)))
AXES = (
    GRID,
    COUNTRY,
    Axis("shape", Project("grid", ("shape",))),
    Axis("rung", Found("keep", "chosen", GRID.fields, "grid", 27), ("each",)),
    Axis("wide", Found("keep", "chosen", GRID.fields, "grid", 1_000), ("each",)),
    Axis("guard", Project("each", ())),
    Axis("go", Found("gate", "run")),
)


def graph(*steps: Step) -> Graph:
    return Graph(steps, AXES)


def test_axes() -> None:
    sizes = {axis.name: str(size_of_axis(graph(), axis)) for axis in AXES}
    assert sizes == {
        "grid": "100",
        "each": "country",
        "shape": "2",
        "rung": "<=27",
        "wide": "<=100",
        "guard": "<=1",
        "go": "<=1",
    }


def test_a_step_multiplies_and_a_graph_adds() -> None:
    fit, prepare, read = (
        Step("fit", "train", axes=("each", "grid")),
        Step("p", "prepare", axes=("shape",)),
        Step("r", "read"),
    )
    found = graph(read, prepare, fit)
    assert str(tasks(found, fit)) == "country x 100"
    assert str(all_tasks(found)) == "3 + country x 100"
    assert str(tasks(found, Step("refit", "train", axes=("each", "rung")))) == "<=country x 27"


def test_two_million_settings_take_no_time() -> None:
    axis = Axis("grid", cross(listed((f"f{i}",), ((j,) for j in range(128))) for i in range(9)))
    assert size_of_axis(Graph((), (axis,)), axis).known == 128**9


def test_a_sample_of_a_range_has_its_number_of_draws() -> None:
    axis = Axis("grid", Sample(Range("alpha", 0.01, 10.0, "log"), 60, 0))
    assert str(size_of_axis(Graph((), (axis,)), axis)) == "60"


def test_the_ratio_is_a_whole_number_or_unknown() -> None:
    assert (number(20_200)).ratio(number(404)) == 50
    assert Size({("country",): 100}).ratio(Size({("country",): 2})) == 50
    assert Size({("country",): 100}).ratio(number(2)) is None
    assert number(7).ratio(number(2)) is None


numbers = st.builds(
    Size, st.dictionaries(st.sampled_from([(), ("a",), ("b",)]), st.integers(0, 9), max_size=3), st.booleans()
)


@given(numbers, numbers, numbers)
def test_sums_and_products_are_those_of_arithmetic(one: Size, two: Size, three: Size) -> None:
    assert str(one + two) == str(two + one)
    assert str(one * (two + three)) == str(one * two + one * three)
    assert str(one * number(1)) == str(one)
