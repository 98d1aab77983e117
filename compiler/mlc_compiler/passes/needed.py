"""The fields that each step of a graph needs."""

from __future__ import annotations

from functools import partial

from mlc_compiler.graph.graph import Graph, fields, finder
from mlc_runtime.needed import needed as needed_by_steps


def needed(graph: Graph) -> dict[str, frozenset[str]]:
    """The fields that each step needs, by its name; see `mlc_runtime.needed`."""
    return needed_by_steps(graph.steps, partial(fields, graph), partial(finder, graph))
