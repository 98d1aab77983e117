"""Cut steps into fewer tiles until a workflow holds them: its nodes are all in one object of the cluster's."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from mlc_argo.guard import guard
from mlc_argo.layout import Node, arrange, most_tiles
from mlc_runtime.plan import Plan, PlanStep

_OWN = 6
"""Nodes that every run has: the two orders, `mlc-prepare` and `mlc-finish`, the latter each a retry and a pod."""


def fit(plan: Plan, nodes: int) -> Plan:
    """A plan, its conditions guarded, whose workflow has at most so many nodes, where fewer tiles are enough for that.

    The greatest numbers of tiles give way first, to one cap for all. A tile is a range of tasks worked out from its
    number, so cutting otherwise changes no task and no key.

    Args:
        plan: the plan.
        nodes: the most nodes of a workflow.
    """
    plan = guard(plan)
    arranged = arrange(plan)
    if count_nodes(arranged) <= nodes:
        return plan

    def capped(cap: int) -> int:
        return count_nodes([replace(node, tiles=min(node.tiles, cap)) for node in arranged])

    caps = range(2, max(node.tiles for node in arranged) + 1)
    cap = 1 + bisect_right(caps, nodes, key=capped)
    return replace(plan, steps=tuple(_capped(step, cap) for step in plan.steps))


def count_nodes(nodes: Sequence[Node]) -> int:
    """The nodes of a run without trouble; a tile is two, of its attempts and of its first pod."""
    return _OWN + sum(2 * node.tiles + node.fans_out + (node.step.op == "approve") for node in nodes)


def count_pods(nodes: Sequence[Node]) -> int:
    """The pods of a run without trouble."""
    return 2 + sum(node.tiles for node in nodes)


def _capped(step: PlanStep, cap: int) -> PlanStep:
    return step if most_tiles(step) <= cap else replace(step, tiles={**step.tiles, "max": cap})
