"""The order of a run: stages that follow each other, each of steps that run at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from graphlib import TopologicalSorter

from mlc_containers.fit import fit as fit_tiles
from mlc_containers.layout import Node, arrange
from mlc_runtime.plan import Plan

Stages = tuple[tuple[Node, ...], ...]


def stages_of(plan: Plan) -> Stages:
    """The scheduled steps of a plan by how many others stand between them and the start; last, those that run last.

    A step waits for the whole stage before it, and not only for what it reads: state machines have no arrows that leave
    a branch. What runs last waits for none of the others, since it runs also where they failed.
    """
    nodes = arrange(plan)
    ordinary = _levels([node for node in nodes if not node.step.policy.always])
    last = _levels([node for node in nodes if node.step.policy.always])
    return (*ordinary, *(tuple(replace(node, after=()) for node in stage) for stage in last))


def _levels(nodes: Sequence[Node]) -> Stages:
    """Steps by the longest way to them from another of these."""
    names = {node.name for node in nodes}
    waits = {node.name: names.intersection(node.after) for node in nodes}
    levels: dict[str, int] = {}
    for name in TopologicalSorter(waits).static_order():
        levels[name] = 1 + max((levels[other] for other in waits[name]), default=-1)
    most = max(levels.values(), default=-1)
    return tuple(tuple(node for node in nodes if levels[node.name] == level) for level in range(most + 1))


def fit(plan: Plan, jobs: int, parallelism: int | None) -> Plan:
    """A plan, its conditions guarded, that starts at most so many jobs, and runs at most so many tasks at once.

    Each tile runs one task at a time, so a stage that is cut into no more tiles than may run at once keeps to that
    whatever the queue allows.

    Args:
        plan: the plan.
        jobs: the most jobs of a run.
        parallelism: the most tasks at once; None where that is the queue's affair.
    """
    plan = fit_tiles(plan, jobs, count_jobs)
    if parallelism is None:
        return plan
    caps: dict[str, int] = {}
    for stage in stages_of(plan):
        cap = _cap(stage, parallelism)
        caps |= {node.step.name: cap for node in stage if node.tiles > cap}
    return replace(
        plan,
        steps=tuple(
            replace(step, tiles={**step.tiles, "max": caps[step.name]}) if step.name in caps else step
            for step in plan.steps
        ),
    )


def _cap(stage: Sequence[Node], most: int) -> int:
    """The greatest number of tiles of one step with which a stage has at most so many, or 1."""
    caps = range(1, max(node.tiles for node in stage) + 1)
    return max(1, bisect_right(caps, most, key=lambda cap: sum(min(node.tiles, cap) for node in stage)))


def count_jobs(nodes: Sequence[Node]) -> int:
    """The jobs of a run without trouble: of `mlc-prepare`, of each tile, of `mlc-finish`."""
    return 2 + sum(node.tiles for node in nodes)
