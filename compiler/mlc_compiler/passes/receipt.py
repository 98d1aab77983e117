"""What a pass did: the graph before it and after it."""

from __future__ import annotations

from dataclasses import dataclass

from mlc_compiler.graph.graph import Graph


@dataclass(frozen=True)
class Receipt:
    """One pass that ran.

    Attributes:
        name: the pass.
        before: the graph that it was given.
        after: the graph that it made.
    """

    name: str
    before: Graph
    after: Graph
