"""Specs as people write them, at every level and with each pass left out: nothing that was asked for is lost or new."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.specs import WARNED, WHOLE, samples

from mlc_compiler.driver import check_file
from mlc_compiler.graph.build import build
from mlc_compiler.graph.graph import Graph, roots
from mlc_compiler.graph.text import dump
from mlc_compiler.graph.verify import verify
from mlc_compiler.passes import names, optimise
from mlc_compiler.passes.facts import Facts, Limits

HERE, PODS = Facts(), Facts(Limits(startup=10.0, request=0.05, tiles=100))


@dataclass(frozen=True)
class Way:
    """A way to optimise."""

    facts: Facts
    level: int = 2
    without: tuple[str, ...] = ()

    def __call__(self, graph: Graph) -> Graph:
        return optimise(graph, self.facts, self.level, self.without)[0]


WAYS = [
    *(Way(PODS, level) for level in (0, 1, 2)),
    Way(HERE),
    *(Way(PODS, without=(name,)) for name in names()),
]


def hold(built: Graph) -> set[str]:
    """Hold a graph to what no pass may break, every way; what the passes did to it."""
    assert verify(built) == []
    keys = built.static_keys
    did: set[str] = set()
    for way in WAYS:
        after = way(built)
        assert verify(after, built) == [], way
        assert way(after) == after, f"{way}: a second time changes something"
        now = after.static_keys
        called = {name: step.name for step in after.steps for name in (step.name, *step.also)}
        for step in roots(built):
            assert now[called[step.name]] == keys[step.name], (way, step.name)
        assert set(now.values()) <= set(keys.values()), way
        assert way.level or after == built
        did |= changes(built, after)
    return did


def changes(before: Graph, after: Graph) -> set[str]:
    """What became of a graph."""
    steps = after.steps
    found = {
        "dropped": len(steps) < len(before.steps),
        "hoisted": any(step.axes != before.step[step.name].axes for step in steps),
        "merged": any(step.also for step in steps),
        "narrowed": any(step.want is not None or step.where is not None for step in steps),
        "fused": any(step.members for step in steps),
        "tiled": any(step.tiles != before.step[step.name].tiles for step in steps),
    }
    return {name for name, is_so in found.items() if is_so}


def sound(paths: Iterable[Path]) -> list[Graph]:
    """The graphs of those specs in which nothing is wrong, each once."""
    programs = (checked.program for checked in map(check_file, paths) if checked.sound)
    graphs = {dump(graph): graph for graph in map(build, programs) if graph.steps}
    return list(graphs.values())


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.parent.name)
def test_a_whole_pipeline_keeps_what_was_asked_for(path: Path) -> None:
    (graph,) = sound([path])
    assert hold(graph) >= {"hoisted", "narrowed", "fused"}


def test_samples_of_the_documentation_keep_what_was_asked_for(tmp_path: Path) -> None:
    graphs = sound([*samples(tmp_path), *WARNED])
    assert len(graphs) > 60
    assert set().union(*map(hold, graphs)) >= {"dropped", "merged", "narrowed", "fused", "tiled"}
