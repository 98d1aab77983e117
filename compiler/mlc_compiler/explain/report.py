"""All that `mlc explain SPEC` says, as data: the passes, the searches, and the totals before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlc_compiler.explain.changes import Change, changes
from mlc_compiler.explain.search import Draw, Halving, draws, halvings
from mlc_compiler.explain.work import Work, work
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.size import Size, all_tasks
from mlc_compiler.passes.facts import Facts
from mlc_compiler.passes.receipt import Receipt


@dataclass(frozen=True)
class Ran:
    """A pass that ran, and what it did."""

    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Totals:
    """A graph in numbers.

    Attributes:
        steps: how many there are.
        tasks: how often they run.
        starts: how many processes an engine starts for that; None where tasks are handed out one by one.
        work: how long it takes.
    """

    steps: int
    tasks: Size
    starts: Size | None
    work: Work


@dataclass(frozen=True)
class Report:
    """What became of a spec.

    Attributes:
        name: the pipeline's.
        level: how hard it was optimised.
        passes: those that ran, in order.
        before: the graph as written.
        after: the graph that runs.
        halvings, draws: the searches that do not walk their whole grid.
    """

    name: str
    level: int
    passes: tuple[Ran, ...]
    before: Totals
    after: Totals
    halvings: tuple[Halving, ...]
    draws: tuple[Draw, ...]


def report(
    name: str, level: int, built: Graph, graph: Graph, receipts: Sequence[Receipt], facts: Facts | None = None
) -> Report:
    """Compare the graphs before and after each pass, and add up.

    Args:
        name: the pipeline's.
        level: how hard it was optimised.
        built: the graph as written.
        graph: the graph that runs.
        receipts: what each pass was given and made.
        facts: what the passes decided by.
    """
    facts = facts or Facts()
    return Report(
        name=name,
        level=level,
        passes=tuple(Ran(receipt.name, changes(receipt.before, receipt.after, facts)) for receipt in receipts),
        before=totals(built, facts),
        after=totals(graph, facts),
        halvings=tuple(halvings(built)),
        draws=tuple(draws(built)),
    )


def totals(graph: Graph, facts: Facts) -> Totals:
    """Count a graph."""
    return Totals(len(graph.steps), all_tasks(graph), _starts(graph, facts), work(graph, facts))


def _starts(graph: Graph, facts: Facts) -> Size | None:
    """One for each tile; a number of tiles that a run finds is bounded by what the target allows."""
    if facts.limits.tiles is None:
        return None
    members = {member for step in graph.steps for member in step.members}
    tiles = [step.tiles for step in graph.steps if step.name not in members]
    return Size({(): sum(each["max"] for each in tiles)}, exact=not any("from" in each for each in tiles))
