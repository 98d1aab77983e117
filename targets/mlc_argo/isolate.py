"""Each container of a step in a pod of its own: a container is a task, and never a tile of several."""

from __future__ import annotations

from dataclasses import replace

from mlc_containers.layout import MOST_TILES, most_tasks
from mlc_runtime.plan import Plan, PlanStep

_NODES = 8
"""A container is two nodes, and those whose number a run finds may have a quarter of a workflow between them."""


def isolate(plan: Plan, nodes: int) -> Plan:
    """A plan whose container steps say how many containers they run at most; their only tile comes after these.

    Args:
        plan: the plan.
        nodes: the most nodes of a workflow.
    """
    known = {step.name: most_tasks(plan, step) for step in plan.steps if step.op == "container"}
    open_ = sum(size is None for size in known.values())
    share = min(MOST_TILES, max(1, nodes // (_NODES * max(open_, 1))))
    return replace(plan, steps=tuple(_alone(step, known.get(step.name), share) for step in plan.steps))


def _alone(step: PlanStep, tasks: int | None, share: int) -> PlanStep:
    if step.op != "container" or "containers" in step.tiles:
        return step
    return replace(step, tiles={"max": 1, "containers": share if tasks is None else tasks})
