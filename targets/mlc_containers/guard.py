"""Conditions as numbers of tiles: what a condition leaves out starts no process."""

from __future__ import annotations

from dataclasses import replace

from mlc_runtime.plan import Plan, PlanStep


def guard(plan: Plan) -> Plan:
    """A plan in which a step under a condition has as many tiles as its condition finds: none, where it is false.

    A condition is an axis without fields, found by a step that decides it. Tiles change no task and no key.
    """
    return replace(plan, steps=tuple(_guarded(plan, step) for step in plan.steps))


def _guarded(plan: Plan, step: PlanStep) -> PlanStep:
    if "from" in step.tiles:
        return step
    for name in step.axes:
        axis = plan.axes[name]
        if axis.found is not None and not axis.fields and not plan.by_name[axis.found[0]].axes:
            return replace(step, tiles={**step.tiles, "max": step.tiles.get("max", 1), "from": axis.found[0]})
    return step
