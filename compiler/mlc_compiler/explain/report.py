"""All that `mlc explain SPEC` says, as data: the passes, the searches, and the totals before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from mlc_compiler.explain.changes import Change, changes, unfiltered
from mlc_compiler.explain.search import Draw, Halving, draws, halvings
from mlc_compiler.explain.work import Work, work
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.size import Size, all_tasks
from mlc_compiler.graph.step import Step
from mlc_compiler.passes.cost import number_of_tasks
from mlc_compiler.passes.facts import Facts
from mlc_compiler.passes.pushdown import pushdown
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
    starts: int | None
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
        passes=tuple(Ran(receipt.name, tuple(_done(receipt, facts))) for receipt in receipts),
        before=totals(built, facts, tiled=False),
        after=totals(graph, facts, tiled=True),
        halvings=tuple(halvings(built)),
        draws=tuple(draws(built)),
    )


def _done(receipt: Receipt, facts: Facts) -> Iterator[Change]:
    """What a pass did, and which conditions it could not move."""
    yield from changes(receipt.before, receipt.after, facts)
    if receipt.name == pushdown.__name__:
        yield from unfiltered(receipt.after)


def totals(graph: Graph, facts: Facts, *, tiled: bool) -> Totals:
    """Count a graph; `tiled` where an engine starts tiles, not tasks."""
    return Totals(len(graph.steps), all_tasks(graph), _starts(graph, facts, tiled=tiled), work(graph, facts))


def _starts(graph: Graph, facts: Facts, *, tiled: bool) -> int | None:
    """One for each tile, without tiles one for each task; a count that only a run knows is assumed."""
    if facts.limits.tiles is None:
        return None
    alone = [step for step in graph.steps if step.name not in graph.host]
    return sum(
        _tiles(step, number_of_tasks(graph, step, facts)) if tiled else number_of_tasks(graph, step, facts)
        for step in alone
    )


def _tiles(step: Step, tasks: int) -> int:
    most: int = step.tiles["max"]
    return min(most, max(1, ceil(tasks / step.tiles["each"]))) if "each" in step.tiles else most
