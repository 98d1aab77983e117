"""Estimates of a graph: all tasks, the longest way, and where the numbers are from."""

import pytest

from mlc_compiler.explain.work import duration, work
from mlc_compiler.graph.axis import Axis, Found
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Edge, Step
from mlc_compiler.passes.facts import Facts
from mlc_runtime.relation import listed

AXES = (
    Axis("country", Found("names", "country", ("country",))),
    Axis("grid", listed(("alpha",), ((i,) for i in range(50)))),
)
READ = Step("read", "read", outputs={"table": "table"})
NAMES = Step("names", "distinct", {}, (Edge("rows", "read", "table"),), {"country": "index"})
SIDE = Step("side", "features", {}, (Edge("rows", "read", "table"),), {"table": "table"})
FIT = Step("fit", "train", {}, (Edge("rows", "read", "table"),), {"model": "model"}, axes=("country", "grid"))
GRAPH = Graph((READ, NAMES, SIDE, FIT), AXES)
MEASURED = {"read": 2.0, "names": 0.5, "side": 0.1, "fit": 0.02}


def test_all_tasks_count_and_the_path_is_one_task_of_each() -> None:
    found = work(GRAPH, Facts(durations=MEASURED, tasks={"fit": 10_100}))
    assert found.seconds == pytest.approx(2 + 0.5 + 0.1 + 202)
    assert found.path == ("read", "names", "fit")
    assert found.path_seconds == pytest.approx(2.52)
    assert found.sources == (("measured", 4),)
    assert found.assumed == ()


def test_what_only_a_run_can_count_is_said() -> None:
    found = work(GRAPH, Facts(durations={"read": 2.0}))
    assert found.assumed == ("country",)
    assert dict(found.sources) == {"measured": 1, "default": 3}


def test_an_empty_graph_takes_no_time() -> None:
    assert (work(Graph((), ()), Facts()).seconds, work(Graph((), ()), Facts()).path) == (0, ())


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0001, "0.1 ms"), (0.02, "20 ms"), (1, "1 s"), (4.321, "4.32 s"), (59.99, "1 min"), (60, "1 min"),
        (200.4, "3 min 20 s"), (3_599.9, "1 h"), (3_600, "1 h"), (7_500, "2 h 5 min"), (360_000, "100 h"),
    ],
)  # fmt: skip
def test_durations_are_told_as_people_do(seconds: float, text: str) -> None:
    assert duration(seconds) == text
