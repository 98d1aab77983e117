"""Group a step's tasks, where an engine starts a process for each group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from typing import Any

from mlc_compiler.graph.axis import Found
from mlc_compiler.graph.graph import Graph, reach
from mlc_compiler.graph.size import tasks
from mlc_compiler.graph.step import Step
from mlc_compiler.passes.cost import estimate, number_of_tasks
from mlc_compiler.passes.facts import Facts

_STARTS = 4
"""A tile is to last so many times what its start takes: then starts are at most a fifth of all."""
_LEAST = 30.0
"""Seconds that a tile is to last at least."""
_UNEVEN = 4.0
"""From this ratio of slow to quick tasks on, each tile takes some from everywhere."""


def tile(graph: Graph, facts: Facts) -> Graph:
    """Cut each step into as many tiles as its work is worth starts, and no more than the target has.

    T = min(most tiles of the target, n, ceil(n x t / max(4 x start, 30 s))) of n tasks of t seconds, those of members
    included. A bound on n is as good as n: a tile beyond the last task is empty. Where only a run can count, its finder
    gives the number, if it is one task; else T is of an assumed n. Where slow tasks take over four times as long as
    quick ones, a tile is every T-th task instead of a range. A target that hands out tasks one by one needs no tiles.
    Neither keys nor values depend on any of this.

    Axes keep the order in which the graph is built: `each`, then folds, then the grid. So the tasks of a range mostly
    share the tables that they read, and a process keeps those that it read last.

        axis g = {"fields":["g"],"listed":[[0],[1],[2]]}
        fit [g] = container {} () -> model:model !root

    becomes

        axis g = {"fields":["g"],"listed":[[0],[1],[2]]}
        fit [g] = container {} () -> model:model !root # {"tiles":{"max":3}}
    """
    most = facts.limits.tiles
    if most is None:
        return graph
    return replace(
        graph,
        steps=tuple(
            step if step.name in graph.host or not step.axes else replace(step, tiles=_tiles(graph, facts, step, most))
            for step in graph.steps
        ),
    )


def _tiles(graph: Graph, facts: Facts, step: Step, most: int) -> Mapping[str, Any]:
    seconds = sum(estimate(graph.step[name], facts).seconds for name in (*step.members, step.name))
    lasts = max(_STARTS * facts.limits.startup, _LEAST)
    stride = {"stride": True} if facts.spread.get(step.name, 1.0) > _UNEVEN else {}
    finder = _finder(graph, step)
    if finder is not None and tasks(graph, step).known is None:
        return {"from": finder, "each": max(1, int(lasts / seconds)) if seconds else most, "max": most, **stride}
    count = number_of_tasks(graph, step, facts)
    return {"max": max(1, min(most, count, ceil(count * seconds / lasts))), **stride}


def _finder(graph: Graph, step: Step) -> str | None:
    """The step that finds the one axis that is not known before a run, where that step is a single task."""
    found = [axis.values.step for axis in reach(graph, step.axes) if isinstance(axis.values, Found)]
    return found[0] if len(set(found)) == 1 and not graph.step[found[0]].axes else None
