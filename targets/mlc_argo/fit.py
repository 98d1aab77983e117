"""Cut steps into fewer tiles until a workflow holds them: its nodes are all in one object of the cluster's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlc_argo.layout import MOST_TILES, Node, arrange
from mlc_runtime.plan import Plan, PlanStep

_OWN = 6
"""Nodes that every run has: the two orders, `mlc-prepare` and `mlc-finish`, the latter each a retry and a pod."""


def fit(plan: Plan, nodes: int) -> Plan:
    """A plan whose workflow has at most so many nodes, where fewer tiles are enough for that.

    The greatest numbers of tiles give way first, to one cap for all. A tile is a range of tasks worked out from its
    number, so cutting otherwise changes no task and no key.

    Args:
        plan: the plan.
        nodes: the most nodes of a workflow.
    """
    arranged = arrange(plan)
    low, high = 1, max((node.tiles for node in arranged), default=1)
    if count_nodes(arranged) <= nodes:
        return plan
    while low < high:
        cap = (low + high + 1) // 2
        if count_nodes(arrange(_capped(plan, cap))) <= nodes:
            low = cap
        else:
            high = cap - 1
    return _capped(plan, low)


def count_nodes(nodes: Sequence[Node]) -> int:
    """The nodes of a run without trouble; a tile is two, of its attempts and of its first pod."""
    return _OWN + sum(2 * node.tiles + node.fans_out + (node.step.op == "approve") for node in nodes)


def count_pods(nodes: Sequence[Node]) -> int:
    """The pods of a run without trouble."""
    return 2 + sum(node.tiles for node in nodes)


def _capped(plan: Plan, cap: int) -> Plan:
    return replace(plan, steps=tuple(_capped_step(step, cap) for step in plan.steps))


def _capped_step(step: PlanStep, cap: int) -> PlanStep:
    most = int(step.tiles.get("max", MOST_TILES if "from" in step.tiles else 1))
    return step if most <= cap else replace(step, tiles={**step.tiles, "max": cap})
