"""The storing rule against the best of all choices."""

from collections.abc import Collection
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_compiler.graph.axis import Axis
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Edge, Policy, Step
from mlc_compiler.passes.facts import Facts, Limits
from mlc_compiler.passes.store import Hosts, Weights, musts, reads, weigh, worth_storing
from mlc_runtime.relation import listed

HERE = (("t",),)
NINE = Axis("g", listed(("g",), ((i,) for i in range(9))))


def step(name: str, *inputs: Edge, **more: object) -> Step:
    settings = {"outputs": {"out": "table"}, "origin": HERE, **more}
    return Step(name, "python", inputs=inputs, **settings)  # type: ignore[arg-type]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Graph, Facts]:
    """Up to ten steps with and without an axis, which read each other one to one, one to all and all to one."""
    steps: list[Step] = []
    for place in range(draw(st.integers(2, 10))):
        axes = ("g",) if draw(st.booleans()) else ()
        edges = []
        for number in range(draw(st.integers(0, min(place, 2)))):
            producer = draw(st.sampled_from(steps))
            collects = producer.axes and not axes
            edges.append(Edge(f"p{number}", producer.name, "out", ("g",) if collects else ()))
        kind = draw(st.sampled_from(["table", "model", "value"]))
        steps.append(step(f"s{place}", *edges, axes=axes, outputs={"out": kind}, root=draw(st.integers(0, 4)) == 0))
    seconds = st.sampled_from([0.0001, 0.001, 0.003, 0.006, 0.02, 0.1])
    durations = {each.name: draw(seconds) for each in steps}
    return Graph(tuple(steps), (NINE,)), Facts(Limits(request=draw(st.sampled_from([0.0, 0.03]))), durations)


def chosen(graph: Graph, facts: Facts) -> frozenset[str]:
    """The steps whose results are to be stored."""
    return worth_storing(weigh(graph, facts), graph.host)


def total(weights: Weights, within: Hosts, stored: Collection[str]) -> float:
    """The seconds that a choice costs: writing and fetching what is stored, and making the rest for every read."""
    read = reads(weights, within)
    again: dict[str, float] = {}
    sum_ = 0.0
    for name, weight in weights.items():
        again[name] = weight.again(stored, again)
        kept = weight.tasks * weight.write + read[name] * weight.load
        sum_ += kept if name in stored else read[name] * again[name]
    return sum_


def test_the_rule_is_near_the_best_choice() -> None:
    gaps: list[float] = []

    @settings(max_examples=60)
    @given(graphs())
    def near(pair: tuple[Graph, Facts]) -> None:
        graph, facts = pair
        stored, forced = chosen(graph, facts), musts(graph)
        assert forced <= stored
        free = [each.name for each in graph.steps if each.name not in forced]
        choices = (forced.union(some) for size in range(len(free) + 1) for some in combinations(free, size))
        weights, within = weigh(graph, facts), graph.host
        best = min(total(weights, within, choice) for choice in choices)
        paid = total(weights, within, stored)
        assert best <= paid + 1e-9
        gaps.append(paid / best - 1 if best else 0.0)

    near()
    gaps.sort()
    same = sum(gap < 1e-9 for gap in gaps) / len(gaps)
    print(f"\nstoring rule: best in {same:.0%} of {len(gaps)} graphs; gap {gaps[len(gaps) * 9 // 10]:.1%} at the 90th "
          f"percentile, {gaps[-1]:.1%} at most")  # fmt: skip
    assert gaps[len(gaps) // 2] < 0.01


def test_what_is_dear_and_read_often_is_stored_and_what_is_cheap_is_not() -> None:
    graph = Graph(
        (step("a"), step("b", Edge("x", "a", "out"), axes=("g",)), step("c", Edge("x", "b", "out", ("g",)))), (NINE,)
    )
    assert chosen(graph, Facts(durations={"a": 1.0, "b": 0.0001, "c": 1.0})) == {"a"}
    assert chosen(graph, Facts(durations={"a": 0.0001, "b": 1.0, "c": 1.0})) == {"b"}
    assert reads(weigh(graph, Facts()), graph.host) == {"a": 9, "b": 9}


def test_what_nobody_else_could_make_is_stored() -> None:
    other = Policy(pool="gpu")
    graph = Graph(
        (
            step("root", root=True),
            step("impure", pure=False),
            step("effect", effect=True),
            step("file", outputs={"out": "file"}),
            step("asked", policy=Policy(store="must")),
            step("cpu"),
            step("gpu", Edge("x", "cpu", "out"), policy=other),
        ),
        (),
    )
    cheap = Facts(durations={each.name: 0.0 for each in graph.steps})
    assert chosen(graph, cheap) == {"root", "impure", "effect", "file", "asked", "cpu"}
