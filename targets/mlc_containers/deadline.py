"""How long an engine lets a tile run: longer than its tasks may take, which the runner holds to their own limit."""

from __future__ import annotations

from math import ceil

from mlc_containers.layout import Node, tasks_per_tile
from mlc_runtime.plan import Plan

SPARE = 600
"""Seconds for the image, imports and the store."""


def deadline(plan: Plan, node: Node, most: int) -> int | None:
    """Seconds after which a tile is ended; None where its tasks have no limit or a run finds how many there are.

    Args:
        plan: the plan.
        node: the step.
        most: the deadline of the whole run, in seconds.
    """
    policy, tasks = node.step.policy, tasks_per_tile(plan, node)
    if policy.timeout is None or tasks is None:
        return None
    pauses: int = sum(min(policy.backoff << attempt, policy.backoff_max) for attempt in range(policy.retry))
    task = (policy.retry + 1) * policy.timeout + pauses
    return min(ceil(max(tasks, 1) * task / 1_000_000) + SPARE, most)
