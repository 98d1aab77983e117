"""Cut steps into fewer tiles until an engine holds them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace

from mlc_containers.guard import guard
from mlc_containers.layout import Node, arrange, most_tiles
from mlc_runtime.plan import Plan, PlanStep


def fit(plan: Plan, most: int, count: Callable[[Sequence[Node]], int]) -> Plan:
    """A plan, its conditions guarded, of which the engine is asked no more than it holds, where fewer tiles do that.

    The greatest numbers of tiles give way first, to one cap for all. A tile is a range of tasks worked out from its
    number, so cutting otherwise changes no task and no key.

    Args:
        plan: the plan.
        most: what the engine holds.
        count: what steps ask of it; more tiles ask for more.
    """
    plan = guard(plan)
    arranged = arrange(plan)
    if count(arranged) <= most:
        return plan

    def capped(cap: int) -> int:
        return count([replace(node, tiles=min(node.tiles, cap)) for node in arranged])

    caps = range(2, max(node.tiles for node in arranged) + 1)
    return cap_tiles(plan, 1 + bisect_right(caps, most, key=capped))


def cap_tiles(plan: Plan, cap: int) -> Plan:
    """A plan whose steps have no more tiles than this each."""
    return replace(plan, steps=tuple(_capped(step, cap) for step in plan.steps))


def _capped(step: PlanStep, cap: int) -> PlanStep:
    return step if most_tiles(step) <= cap else replace(step, tiles={**step.tiles, "max": cap})
