"""Reuse or recompute: what is cheapest to compute, to load and to leave alone, given what is stored.

The exact choice is a minimum cut (Helix, VLDB 2018, section 5). x is on the side of the source where a step's result is
available, y where it is computed:

    y -> x, and y -> x of each input: infinite      computing makes available, and needs its inputs available
    source -> x of what is wanted: infinite
    not stored:  x -> y infinite, y -> sink compute
    stored:      x -> sink load; y -> sink compute - load, or where that is negative, source -> y load - compute
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Choice = Literal["compute", "load", "skip"]


@dataclass(frozen=True)
class Candidate:
    """A step of which a run is to decide what to do.

    Attributes:
        name: its name.
        inputs: the steps that it reads.
        compute: what computing it costs, in seconds.
        load: what loading its results costs; None where they are not all stored.
        wanted: whether its results have to be available at the end.
    """

    name: str
    inputs: tuple[str, ...]
    compute: float
    load: float | None = None
    wanted: bool = False


def min_cut(steps: Iterable[Candidate]) -> dict[str, Choice]:
    """What to do with each step, so that the sum of what is computed and loaded is least.

    A step is `skip` where neither it nor its results are needed. Among equally cheap choices, the one that makes least
    available.

    >>> stored = Candidate("fit", ("rows",), compute=9.0, load=0.1, wanted=True)
    >>> min_cut([Candidate("rows", (), compute=5.0), stored])
    {'rows': 'skip', 'fit': 'load'}
    """
    import networkx

    each = list(steps)
    network: Any = networkx.DiGraph()
    network.add_nodes_from(("source", "sink"))

    def edge(start: object, end: object, capacity: int | None) -> None:
        if capacity is None:
            network.add_edge(start, end)  # without a capacity: infinite
        elif capacity:
            network.add_edge(start, end, capacity=capacity)

    for step in each:
        available, computed = ("available", step.name), ("computed", step.name)
        edge(computed, available, None)
        for name in step.inputs:
            edge(computed, ("available", name), None)
        compute = _ticks(step.compute)
        if step.load is None:
            edge(available, computed, None)
            edge(computed, "sink", compute)
        else:
            load = _ticks(step.load)
            edge(available, "sink", load)
            edge(computed, "sink", max(0, compute - load))
            edge("source", computed, max(0, load - compute))
        if step.wanted:
            edge("source", available, None)
    # Residual reachability from the source gives the cut that makes least available.
    _, (source, _) = networkx.minimum_cut(network, "source", "sink")
    return {step.name: _choice(step.name, source) for step in each}


def _choice(name: str, source: set[object]) -> Choice:
    if ("computed", name) in source:
        return "compute"
    return "load" if ("available", name) in source else "skip"


def _ticks(seconds: float) -> int:
    """Whole microseconds, and one at least: with floats, a flow may never end; what costs nothing is still not done."""
    return max(1, round(seconds * 1_000_000))
