"""Cut steps into fewer tiles until a workflow holds them: its nodes are all in one object of the cluster's."""

from __future__ import annotations

from collections.abc import Sequence

from mlc_containers.fit import fit as fit_tiles
from mlc_containers.layout import Node
from mlc_runtime.plan import Plan

_OWN = 6
"""Nodes that every run has: the two orders, `mlc-prepare` and `mlc-finish`, the latter each a retry and a pod."""


def fit(plan: Plan, nodes: int) -> Plan:
    """A plan, its conditions guarded, whose workflow has at most so many nodes, where fewer tiles are enough for that.

    Args:
        plan: the plan.
        nodes: the most nodes of a workflow.
    """
    return fit_tiles(plan, nodes, count_nodes)


def count_nodes(nodes: Sequence[Node]) -> int:
    """The nodes of a run without trouble; a tile is two, of its attempts and of its first pod."""
    return _OWN + sum(2 * node.tiles + node.fans_out + (node.step.op == "approve") for node in nodes)


def count_pods(nodes: Sequence[Node]) -> int:
    """The pods of a run without trouble."""
    return 2 + sum(node.tiles for node in nodes)
