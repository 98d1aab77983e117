"""Passes: pure functions from graph to graph, in the order in which they run.

Every pass keeps the key of every task, so that a graph before and after shares one store: `-O0` and `-O2` find each
other's results. Each is verified when it has run; see `mlc_compiler.graph.verify`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.verify import verify
from mlc_compiler.passes.facts import Facts
from mlc_compiler.passes.fuse import fuse
from mlc_compiler.passes.hoist import hoist
from mlc_compiler.passes.prune import prune
from mlc_compiler.passes.pushdown import pushdown
from mlc_compiler.passes.receipt import Receipt
from mlc_compiler.passes.share import share
from mlc_compiler.passes.tile import tile

Pass = Callable[[Graph, Facts], Graph]

PASSES: tuple[Pass, ...] = (prune, hoist, share, prune, pushdown, fuse, tile)
"""The passes in order. One forward sweep of each is complete: running them twice changes nothing."""

SAFE = ("prune", "pushdown", "tile")
"""The passes of `-O1`: those that leave each step as the spec has it, and narrow, group or drop."""

LEVELS = (0, 1, 2)


def names() -> tuple[str, ...]:
    """The names of the passes, each once, in order."""
    return tuple(dict.fromkeys(rewrite.__name__ for rewrite in PASSES))


def optimise(
    graph: Graph, facts: Facts | None = None, level: int = 2, without: Collection[str] = ()
) -> tuple[Graph, tuple[Receipt, ...]]:
    """Run the passes.

    Args:
        graph: verified.
        facts: what is known of durations, and of the target's costs and limits.
        level: 0 for none, 1 for those in `SAFE`, 2 for all.
        without: names of passes that are left out.

    Returns:
        The graph that came out, and a receipt for each pass that ran.

    Raises:
        AssertionError: a pass broke a rule of the graph, which is a bug in mlc.
    """
    facts = facts or Facts()
    receipts: list[Receipt] = []
    for rewrite in PASSES:
        name = rewrite.__name__
        if name in without or level == 0 or (level == 1 and name not in SAFE):
            continue
        after = rewrite(graph, facts)
        problems = [] if after == graph else verify(after, graph)
        if problems:
            raise AssertionError(f"after {name}: " + "\n".join(problems))
        receipts.append(Receipt(name, graph, after))
        graph = after
    return graph, tuple(receipts)
