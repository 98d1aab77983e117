"""The theorem: whatever the graph, a pass keeps what was asked for, makes no new task, and no more work."""

from collections.abc import Iterable

import pytest
from hypothesis import Phase, given, settings
from hypothesis.strategies import SearchStrategy
from tests.passes.graphs import graphs as random_graphs
from tests.passes.meaning import meaning

from mlc_compiler.graph.graph import Graph, roots
from mlc_compiler.graph.verify import verify
from mlc_compiler.passes import Pass
from mlc_compiler.passes.facts import Facts
from mlc_runtime.run import Run

ANY = random_graphs()


def passed(graph: Graph, passes: Iterable[Pass], *, judged: bool = True) -> Graph:
    """A graph after some passes, each of which must leave a sound one; where they are not `judged`, any."""
    for rewrite in passes:
        after = rewrite(graph, Facts())
        problems = verify(after, graph) if judged else []
        assert not problems, (rewrite.__name__, problems)
        graph = after
    return graph


def same_meaning(before: Graph, after: Graph, run: type[Run] = Run) -> None:
    """Hold two graphs to the theorem: roots are equal in key and outcome, no key is new, and no more is executed."""
    plain, rewritten = meaning(before), meaning(after, run)
    for step in roots(before):
        for at in plain.run.space(step.name):
            was, is_ = plain.of(step.name, at), rewritten.of(step.name, at)
            assert was == is_, f"{step.name} at {at}: {was} became {is_}"
        poisoned = plain.run.space(step.name).poisoned
        assert poisoned == rewritten.run.space(rewritten.run.plan.by_name[step.name].name).poisoned, step.name
    assert rewritten.keys <= plain.keys, "a pass invented a task"
    assert rewritten.executions <= plain.executions, "a pass made more work"


def holds(examples: int, *passes: Pass, graphs: SearchStrategy[Graph] = ANY) -> None:
    """The theorem, for so many graphs."""
    _try(examples, passes, graphs, Run, judged=True)


def finds_within(
    examples: int, *passes: Pass, graphs: SearchStrategy[Graph] = ANY, run: type[Run] = Run, judged: bool = True
) -> None:
    """A planted error is found within so many graphs; where it is not `judged`, without the verifier's help."""
    with pytest.raises((AssertionError, LookupError)):
        _try(examples, passes, graphs, run, judged=judged)


def _try(
    examples: int, passes: tuple[Pass, ...], graphs: SearchStrategy[Graph], run: type[Run], *, judged: bool
) -> None:
    @settings(max_examples=examples, database=None, derandomize=True, phases=[Phase.generate])
    @given(graphs)
    def attempt(graph: Graph) -> None:
        same_meaning(graph, passed(graph, passes, judged=judged), run)

    attempt()
