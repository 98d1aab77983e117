"""Passes: pure functions from graph to graph, in the order in which they run.

Every pass keeps the key of every step, so that a graph before and after shares one store.
"""

from __future__ import annotations

from collections.abc import Callable

from mlc_compiler.graph.graph import Graph

PASSES: tuple[Callable[[Graph], Graph], ...] = ()


def optimise(graph: Graph) -> Graph:
    """Run the passes in order."""
    for rewrite in PASSES:
        graph = rewrite(graph)
    return graph
