"""Whatever the graph: with the passes and without, what was asked for has the same key and the same outcome."""

from collections.abc import Sequence

import pytest
from hypothesis import Phase, given, settings
from tests.passes.graphs import graphs
from tests.passes.meaning import meaning
from tests.passes.theorem import passed, same_meaning

from mlc_compiler.graph.graph import Graph
from mlc_compiler.passes import PASSES, Pass

ALONE = [(one,) for one in dict.fromkeys(PASSES)]
TUPLES = [*ALONE, PASSES]


def named(passes: Sequence[Pass]) -> str:
    return "+".join(one.__name__ for one in passes)


def hold(graph: Graph, passes: Sequence[Pass]) -> None:
    after = passed(graph, passes)
    same_meaning(graph, after)
    assert passed(after, passes) == after


@pytest.mark.parametrize("passes", TUPLES, ids=named)
@settings(max_examples=50)
@given(graph=graphs())
def test_roots_are_the_same_and_no_task_is_new(passes: Sequence[Pass], graph: Graph) -> None:
    hold(graph, passes)


@pytest.mark.deep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("passes", TUPLES, ids=named)
@settings(max_examples=5000, phases=[Phase.generate, Phase.shrink])
@given(graph=graphs())
def test_thousands_of_graphs(passes: Sequence[Pass], graph: Graph) -> None:
    hold(graph, passes)


def test_the_generator_meets_every_trap() -> None:
    """Counts, so that a change of the generator that leaves a case out is seen."""
    met: dict[str, int] = {}

    @settings(max_examples=300, database=None, derandomize=True, phases=[Phase.generate])
    @given(graphs())
    def collect(graph: Graph) -> None:
        meant, after = meaning(graph), passed(graph, PASSES)
        spaces = [meant.run.space(step.name) for step in graph.steps]
        outcomes = [value for tasks in meant.tasks.values() for _, value in tasks.values()]
        moved = {step.name for step in after.steps if step.axes != graph.step[step.name].axes}
        cases = {
            "lost": "missing" in outcomes,
            "empty": any(space.size == 0 for space in spaces),
            "poisoned": any(space.poisoned for space in spaces),
            "ragged": any(axis.given for axis in graph.axes),
            "within": any(getattr(axis.values, "within", None) for axis in graph.axes),
            "condition": any(not axis.fields for axis in graph.axes),
            "impure": any(not step.pure for step in graph.steps),
            "tolerated": any(edge.tolerate for step in graph.steps for edge in step.inputs),
            "missing": any(edge.missing for step in graph.steps for edge in step.inputs),
            "renamed": any(edge.at for step in graph.steps for edge in step.inputs),
            "moved": bool(moved),
            "guarded": any(axis.name.endswith("/") for axis in after.axes),
            "pruned": len(after.steps) < len(graph.steps),
        }
        for name, met_here in cases.items():
            met[name] = met.get(name, 0) + met_here

    collect()
    assert min(met.values()) >= 3, {name: count for name, count in met.items() if count < 3}
