"""What a run need not make: results that are not stored, and that nothing will ask for.

Decided once, when a run starts, by what is stored then: for whole steps by the cheapest choice, see
`mlc_runtime.reuse`; of steps that are needed in part, task by task, backwards from the tasks that lack a result. What
turns out to be needed later, because something stored was lost meanwhile, is made where it is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from mlc_runtime import layout
from mlc_runtime.errors import IncompleteError
from mlc_runtime.keys import canonical
from mlc_runtime.plan import Plan, PlanStep
from mlc_runtime.record import Record
from mlc_runtime.reuse import Candidate, min_cut

if TYPE_CHECKING:
    from mlc_runtime.run import Run
    from mlc_runtime.store.store import Store

_LOOKED_AT = 5_000  # tasks of a step; of a step of more, nothing is taken for stored
_LOAD = 0.002  # seconds to load a result
_COMPUTE = 1.0  # seconds to make those of a step that nobody has measured


@dataclass(frozen=True)
class Needless:
    """What a run leaves out.

    Attributes:
        steps: the names of steps of which no task is run.
        only: by name of a step, the places of its tasks that are run, where that is not all of them.
    """

    steps: frozenset[str] = frozenset()
    only: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def left(self, step: str, tasks: Iterable[int]) -> Iterable[int]:
        """Those of some tasks of a step that are run."""
        if step in self.steps:
            return ()
        only = self.only.get(step)
        return tasks if only is None else sorted(set(tasks).intersection(only))


def read_needless(store: Store, run: str) -> Needless:
    """What a run leaves out, as `write_needless` noted it; nothing where it did not."""
    data = store.get(layout.needless(run))
    if data is None:
        return Needless()
    document = json.loads(data)
    return Needless(frozenset(document["steps"]), document["only"])


def write_needless(run: Run) -> None:
    """Decide what a run leaves out, for all its processes; what was decided before stands."""
    found = needless(run, frozenset())
    document = {"steps": sorted(found.steps), "only": {name: list(tasks) for name, tasks in found.only.items()}}
    run.store.put_new(layout.needless(run.name), canonical(document))


def needless(run: Run, asked: frozenset[str]) -> Needless:
    """What nothing in a run will ask for.

    A step is always wanted for its own sake where it was asked for, is a root, has an effect, may have to do again what
    an effect undid, runs last, or finds an axis; and where a reader's key says which of its tasks are missing.

    Args:
        run: what is about to start.
        asked: the names of the steps that were asked for.
    """
    plan = run.plan
    wanted = asked | _wanted(run)
    hosts = {member: step.name for step in plan.steps for member in step.members}
    groups = [_Group.of(plan, step, hosts, wanted) for step in plan.steps if step.name not in hosts]
    stock = cache(lambda group: _stock(run, group))
    if all(group.wanted or stock(group).complete for group in groups) or not _begun(run, groups):
        return Needless()
    skipped = _skipped(groups, {group.name: stock(group) for group in groups})
    only = _only(run, [group for group in groups if group.name not in skipped], stock)
    idle = {name for name, tasks in only.items() if not tasks}
    return Needless(skipped | idle, {name: tasks for name, tasks in only.items() if tasks})


@dataclass(frozen=True, eq=False)
class _Group:
    """A step with its members, which have the same tasks.

    Attributes:
        name: the step's.
        steps: the members and the step.
        inputs: the names of the groups that they read.
        wanted: whether one of them is wanted for its own sake.
    """

    name: str
    steps: tuple[PlanStep, ...]
    inputs: tuple[str, ...]
    wanted: bool

    @classmethod
    def of(cls, plan: Plan, step: PlanStep, hosts: Mapping[str, str], wanted: frozenset[str]) -> _Group:
        """The group of a step that is no member."""
        steps = (*(plan.by_name[name] for name in step.members), step)
        read = dict.fromkeys(hosts.get(name, name) for one in steps for name in _read(plan, one))
        inputs = tuple(name for name in read if name != step.name)
        return cls(step.name, steps, inputs, any(one.name in wanted for one in steps))


@dataclass(frozen=True)
class _Stock:
    """What is stored of a group.

    Attributes:
        lacking: the places of the tasks without all results; None where that cannot be told.
        size: how many tasks there are.
        seconds: what those took that are stored.
        results: how many results are stored.
    """

    lacking: frozenset[int] | None
    size: int = 0
    seconds: float = 0.0
    results: int = 0

    @property
    def complete(self) -> bool:
        """Whether no task lacks a result."""
        return self.lacking == frozenset()


def _wanted(run: Run) -> frozenset[str]:
    plan: Plan = run.plan
    found = {step.name for step in plan.steps if step.root or step.effect or step.policy.always}
    found |= run.unsettled
    for step in plan.steps:
        found |= {plan.by_name[edge.step].name for edge in step.inputs if edge.over or edge.missing}
        found |= set(plan.finders(step))
    return frozenset(found)


def _read(plan: Plan, step: PlanStep) -> list[str]:
    return [plan.by_name[edge.step].name for edge in step.inputs]


def _begun(run: Run, groups: Iterable[_Group]) -> bool:
    """Whether anything is stored, by a look at the first task of each step."""
    return any(_stock(run, group, 1).results for group in groups)


def _stock(run: Run, group: _Group, look_at: int | None = None) -> _Stock:
    """What is stored of a group, of which so many tasks are looked at, or all if that is not too many."""
    try:
        space = run.space(group.name)
        size = space.size
        if space.poisoned or (look_at is None and size > _LOOKED_AT):
            return _Stock(None)
        lacking, seconds, results = set(), 0.0, 0
        for place in range(size if look_at is None else min(size, look_at)):
            at = space.coords(place)
            records = [_record(run, step, at) for step in group.steps]
            if None in records:
                lacking.add(place)
            seconds += sum(record.seconds for record in records if record is not None)
            results += sum(record is not None for record in records)
    except IncompleteError:
        return _Stock(None)
    return _Stock(frozenset(lacking), size, seconds, results)


def _record(run: Run, step: PlanStep, at: Mapping[str, object]) -> Record | None:
    """The result of a task, where its bytes are there too, or need not be."""
    own = run.plan.fields(step.axes)
    record = run.ledger.record(run.object(step, {name: value for name, value in at.items() if name in own}))
    if record is None or step.policy.store == "skip":
        return record
    blobs = (layout.blob(output.sum, output.suffix) for output in record.outputs.values() if output.sum is not None)
    return record if all(map(run.store.has, blobs)) else None


def _skipped(groups: Sequence[_Group], stock: Mapping[str, _Stock]) -> frozenset[str]:
    """The steps that lack results and are best left alone."""
    candidates = [
        Candidate(
            group.name,
            group.inputs,
            stock[group.name].seconds if stock[group.name].complete else _COMPUTE,
            _LOAD * stock[group.name].results if stock[group.name].complete else None,
            group.wanted,
        )
        for group in groups
    ]
    if not _idle(candidates):
        return frozenset()
    chosen = min_cut(candidates)
    return frozenset(step.name for step in candidates if step.load is None and chosen[step.name] == "skip")


def _idle(candidates: Sequence[Candidate]) -> set[str]:
    """The steps that lack results and of which all readers have theirs: where there are none, no cut need be made."""
    busy: set[str] = set()
    for step in reversed(candidates):
        if step.load is None and (step.wanted or step.name in busy):
            busy.update((step.name, *step.inputs))
    return {step.name for step in candidates if step.load is None and step.name not in busy}


def _only(run: Run, groups: Sequence[_Group], stock: Callable[[_Group], _Stock]) -> dict[str, Sequence[int]]:
    """By name of a group of which not all that lacks a result is needed: the places of the tasks that are.

    From the last group to the first: the tasks of a group that have to run are those that lack a result and that a task
    reads which has to run. A group that collects reads what is wanted for its own sake.
    """
    spare = {step.name: group for group in groups if not group.wanted for step in group.steps}
    needed: dict[str, set[int] | None] = {group.name: None if group.wanted else set() for group in groups}
    found: dict[str, Sequence[int]] = {}
    for group in reversed(groups):
        places = needed[group.name]
        read = {name: spare[name] for step in group.steps for name in _read(run.plan, step) if name in spare}
        read = {name: other for name, other in read.items() if other != group and not stock(other).complete}
        if not group.wanted or read:
            lacking = stock(group).lacking
            runs = None if lacking is None else lacking if places is None else lacking & places
            if runs is not None and places is not None and lacking and len(runs) < stock(group).size:
                found[group.name] = sorted(runs)
            for name, other in read.items():
                _ask(run, group, runs, name, other, needed)
    return found


def _ask(
    run: Run,
    group: _Group,
    tasks: Iterable[int] | None,
    name: str,
    read: _Group,
    needed: dict[str, set[int] | None],
) -> None:
    """Note which tasks of a group are read, at a step of it, by tasks of another; by all, where those are None."""
    known = needed[read.name]
    if tasks is None or known is None:
        needed[read.name] = None
        return
    reads, finds = run.space(group.name), run.space(read.name)
    for place in tasks:
        at = reads.coords(place)
        for step in group.steps:
            own = run.plan.fields(step.axes)
            for link in run.links(step, {one: value for one, value in at.items() if one in own}):
                if run.plan.by_name[link.edge.step].name == name:
                    known.update(finds.index(to) for _, to in link.tasks if to is not None)
