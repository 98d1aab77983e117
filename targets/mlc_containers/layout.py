"""How a plan's steps stand in a run: which are scheduled, what each waits for, into how many tiles it is cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from math import ceil

from mlc_runtime.plan import Plan, PlanStep

PREPARE, FINISH = "mlc-prepare", "mlc-finish"
"""What a run begins and ends with, beside the plan's steps."""
MOST_TILES = 1000
"""Tiles of one step, however many tasks it has."""


@dataclass(frozen=True)
class Node:
    """A step that is scheduled.

    Attributes:
        step: the step.
        index: its place in the plan.
        name: what the engine calls it.
        parts: what the engine calls that which it does for the step before the step's own tiles.
        after: the names of those that it waits for, without those that others among them wait for.
        tiles: the greatest number of its tiles.
        containers: the greatest number of containers of the user's own that the engine runs for it.
        finder: the name of that whose output is the number of its tiles, where a run finds it.
        counted: the place of the first step that has as many tiles for the same reason.
        finds: the places of the steps whose numbers of tiles this step's output gives, one for each number.
    """

    step: PlanStep
    index: int
    name: str
    after: tuple[str, ...]
    parts: Mapping[str, str] = field(default_factory=dict)
    tiles: int = 1
    containers: int = 0
    finder: str | None = None
    counted: int = 0
    finds: tuple[int, ...] = ()

    @property
    def fans_out(self) -> bool:
        """Whether it may have another number of tiles than one."""
        return self.tiles > 1 or self.finder is not None

    @property
    def origin(self) -> tuple[str | int, ...]:
        """The path of the entry of the spec that the step comes from first; empty where it comes from none."""
        return self.step.origin[0] if self.step.origin else ()


def arrange(
    plan: Plan,
    naming: Callable[[Sequence[str]], Mapping[str, str]] | None = None,
    parts: Callable[[PlanStep], Sequence[str]] = lambda _: (),
) -> tuple[Node, ...]:
    """The scheduled steps of a plan, in its order.

    Args:
        plan: the plan.
        naming: gives each of the scheduled steps and their parts, by their names in order, the name that the engine
            takes; their own by default.
        parts: what the engine does for a step before its tiles.
    """
    hosts = {member: step.name for step in plan.steps for member in step.members}
    scheduled = [(index, step) for index, step in enumerate(plan.steps) if step.name not in hosts]
    inside = {step.name: {part: f"{step.name} {part}" for part in parts(step)} for _, step in scheduled}
    own = [name for step, of_step in inside.items() for name in (step, *of_step.values())]
    names = naming(own) if naming else {name: name for name in own}
    direct = {step.name: _waits(plan, step, hosts) for _, step in scheduled}
    above = _above(direct)
    found = {step.name: _finder(plan, step, hosts, above) for _, step in scheduled}
    counted: dict[tuple[object, ...], int] = {}
    for index, step in scheduled:
        counted.setdefault(_number(plan, step, found[step.name]), index)
    return tuple(
        Node(
            step,
            index,
            names[step.name],
            tuple(names[name] for name in _needed(direct[step.name], above)),
            {part: names[name] for part, name in inside[step.name].items()},
            most_tiles(step),
            int(step.tiles.get("containers", 0)),
            names[finder] if (finder := found[step.name]) else None,
            counted[_number(plan, step, finder)],
            tuple(place for (finder, *_), place in counted.items() if finder == step.name),
        )
        for index, step in scheduled
    )


def _number(plan: Plan, step: PlanStep, finder: str | None) -> tuple[object, ...]:
    """What the number of a step's tiles depends on; an axis with one record is nothing of it."""
    sizes = ((axis, plan.axes[axis].values) for axis in step.axes)
    axes = tuple(axis for axis, values in sizes if values is None or values.size != 1)
    return finder, axes, *sorted(step.tiles.items())


def most_tiles(step: PlanStep) -> int:
    """The greatest number of a step's tiles."""
    return int(step.tiles.get("max", MOST_TILES if "from" in step.tiles else 1))


def tasks_per_tile(plan: Plan, node: Node) -> int | None:
    """The most tasks of one tile; None where only a run can tell."""
    size = most_tasks(plan, node.step)
    return size if size is None or not node.tiles else ceil(size / node.tiles)


def most_tasks(plan: Plan, step: PlanStep) -> int | None:
    """The most tasks of a step; None where only a run can tell."""
    size = 1
    for axis in (plan.axes[name] for name in step.axes):
        most = 1 if not axis.fields else axis.at_most if axis.values is None else axis.values.size
        if most is None:
            return None
        size *= most
    return size


def _waits(plan: Plan, step: PlanStep, hosts: Mapping[str, str]) -> tuple[str, ...]:
    """The scheduled steps that a step and its members read, or whose findings say which tasks it has."""
    inside = [step, *(plan.by_name[name] for name in step.members)]
    read = [edge.step for each in inside for edge in each.inputs]
    axes = [axis for each in inside for axis in (*each.axes, *(over for edge in each.inputs for over in edge.over))]
    read += finders(plan, axes)
    return tuple(dict.fromkeys(host for name in read if (host := hosts.get(name, name)) != step.name))


def finders(plan: Plan, axes: Iterable[str]) -> list[str]:
    """The steps that find the records of axes, or of what these depend on, sorted."""
    found: list[str] = []
    todo, seen = list(axes), set[str]()
    while todo:
        axis = plan.axes[todo.pop()]
        if axis.name in seen:
            continue
        seen.add(axis.name)
        if axis.found is not None:
            found.append(axis.found[0])
        todo += [*axis.given, *filter(None, (axis.within, axis.project))]
    return sorted(found)


def _finder(plan: Plan, step: PlanStep, hosts: Mapping[str, str], above: Mapping[str, frozenset[str]]) -> str | None:
    """The step whose output says how many tiles a step has, where one task of it can: it has one, and when it has
    ended, all the step's axes are known."""
    name = step.tiles.get("from")
    if name is None or name in hosts or plan.by_name[name].axes:
        return None
    known = above[name] | {name}
    return name if all(hosts.get(other, other) in known for other in finders(plan, step.axes)) else None


def _above(waits: Mapping[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    """All that a step waits for, directly or not."""
    above: dict[str, frozenset[str]] = {}
    for name in TopologicalSorter(waits).static_order():
        above[name] = frozenset(waits[name]).union(*(above[other] for other in waits[name]))
    return above


def _needed(waits: tuple[str, ...], above: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """The same order with as few arrows as possible: what an arrow's end already waits for is left out."""
    indirect = frozenset[str]().union(*(above[other] for other in waits))
    return tuple(other for other in waits if other not in indirect)
