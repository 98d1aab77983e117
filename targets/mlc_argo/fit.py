"""Cut steps into fewer tiles until a workflow holds them: its nodes are all in one object of the cluster's."""

from __future__ import annotations

from collections.abc import Sequence

from mlc_argo.environment import Site
from mlc_argo.isolate import isolate
from mlc_containers.fit import cap_tiles
from mlc_containers.fit import fit as fit_tiles
from mlc_containers.guard import guard
from mlc_containers.layout import Node, arrange
from mlc_containers.parts import Part
from mlc_containers.parts import parts_of as scheduled_parts
from mlc_runtime.plan import Plan

_SHARE = 8
"""A tile is two nodes, so that a step takes a quarter of a child at most."""
_OWN = 7
"""Nodes that every run has: the two orders, `mlc-prepare` and `mlc-finish`, the latter each a retry and a pod, and its
group."""


def fit(plan: Plan, nodes: int) -> Plan:
    """A plan, its conditions guarded, whose workflow has at most so many nodes, where fewer tiles are enough for that.

    Where they are not, children hold its steps, and a step has a modest share of one.

    Args:
        plan: the plan.
        nodes: the most nodes of a workflow.
    """
    alone = isolate(plan, nodes)
    fitted = fit_tiles(alone, nodes, count_nodes)
    return fitted if count_nodes(arrange(fitted)) <= nodes else cap_tiles(guard(alone), max(1, nodes // _SHARE))


def parts_of(plan: Plan, site: Site) -> tuple[Part, ...]:
    """What schedules run, fitted."""
    return scheduled_parts(plan, lambda each: fit(each, site.settings.nodes))


def count_nodes(nodes: Sequence[Node]) -> int:
    """The nodes of a run without trouble; a tile is two, of its attempts and of its first pod."""
    return _OWN + sum(2 * node.tiles + node.fans_out + _before(node) + _grouped(node) for node in nodes)


def count_pods(nodes: Sequence[Node]) -> int:
    """The pods of a run without trouble."""
    return 2 + sum(node.tiles + node.containers + (node.containers > 0) for node in nodes)


def _grouped(node: Node) -> int:
    """The groups of what runs last, each of one task."""
    return 1 + _parts(node) if node.step.policy.always else 0


def _before(node: Node) -> int:
    """The nodes that a step has before its own: a question; or what is left to do, and the containers."""
    return 3 + 2 * node.containers if node.containers else _parts(node)


def _parts(node: Node) -> int:
    """The tasks that a step has before its own, whether they are named yet or not."""
    return 2 if node.containers else int(node.step.op == "approve")
