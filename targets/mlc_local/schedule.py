"""What to run next: steps whose inputs have ended, the deepest first, cut into grants of a worthwhile length."""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, inf

from mlc_local.messages import Grant, Ran
from mlc_local.needs import Needs, needs_of
from mlc_local.repeats import firsts, twins
from mlc_runtime.needed import needed
from mlc_runtime.needless import Needless
from mlc_runtime.plan import Plan, PlanStep
from mlc_runtime.run import Run
from mlc_runtime.task import Status

GRANT_SECONDS = 0.1
"""How long a grant should last by the estimate; half a second after its start a worker gives the rest back."""
_GRANT_TASKS = 2_000
_PIECE = 1_000
_MEMORY = 0.98  # of what earlier reports said of the pace, kept at each new one: some fifty count


@dataclass
class StepState:
    """How a step stands.

    Attributes:
        step: the step.
        depth: its place in the plan.
        waits: names of the steps that have to end first.
        size: the number of its tasks, once its axes are known.
        poisoned: whether an axis of it is not known because its finder failed.
        queue: tasks to be granted, as ranges or lists of places.
        later: tasks that wait for those in the queue, which do the same.
        alone: tasks that ended their process, to be run with nothing beside them.
        granted: how many tasks are granted and have not ended.
        counts: how many tasks ended how.
        seconds: the time that operations took.
        quickest, slowest: what the operations of single tasks took.
        mean: the estimate of what one task costs a worker, in seconds, by the last reports, to size a grant.
        worked: the seconds of workers behind the reports of late, and
        paced: the tasks that ended in them, the older ones weighing less.
        deaths: how often each task ended its process.
        ended: whether all its tasks have.
    """

    step: PlanStep
    depth: int
    waits: set[str]
    size: int | None = None
    poisoned: bool = False
    queue: deque[Sequence[int]] = field(default_factory=deque)
    later: Sequence[int] = ()
    alone: deque[int] = field(default_factory=deque)
    granted: int = 0
    counts: Counter[Status] = field(default_factory=Counter)
    seconds: float = 0.0
    quickest: float = inf
    slowest: float = 0.0
    mean: float | None = None
    worked: float = 0.0
    paced: float = 0.0
    deaths: Counter[int] = field(default_factory=Counter)
    ended: bool = False

    @property
    def waiting(self) -> bool:
        """Whether there are tasks to be granted."""
        return bool(self.queue or self.alone)

    @property
    def needs(self) -> Needs:
        """What the next task takes of the machine."""
        return needs_of(self.step.policy, alone=not self.queue)

    @property
    def short(self) -> bool:
        """Whether tasks are so short that a worker should have the next grant before it has ended one."""
        return self.mean is not None and self.mean < GRANT_SECONDS

    @property
    def over(self) -> int:
        """How many tasks have ended."""
        return sum(self.counts.values())

    @property
    def remaining(self) -> float | None:
        """The seconds of one worker that the other tasks may take at the pace of late; None where none has ended.

        It is the workers' time, reading and writing included, and not the operations' alone. Tasks that wait for others
        which do the same cost no more than being looked up.
        """
        if self.size is None or not self.paced:
            return None
        return (self.size - self.over - len(self.later)) * self.worked / self.paced

    @property
    def left(self) -> int:
        """How many tasks are neither granted nor ended."""
        return (self.size or 0) - self.over - self.granted


class Schedule:
    """The steps of a run and what is left of them.

    Args:
        plan: what is run.
        chosen: the names of the steps that are to run.
    """

    def __init__(self, plan: Plan, chosen: frozenset[str]) -> None:
        self._needed = needed(plan.steps, plan.fields, plan.finder)
        inner = {name for step in plan.steps for name in step.members}
        runs = [step for step in plan.steps if step.name in chosen and step.name not in inner]
        same = twins(plan)
        ordinary = {step.name for step in runs if not step.policy.always}
        self.steps = {
            step.name: StepState(
                step,
                depth,
                ordinary.copy() if step.policy.always else _before(plan, step, same).intersection(ordinary),
            )
            for depth, step in enumerate(runs)
        }
        self.members = {
            name: StepState(plan.by_name[name], 0, set())
            for state in self.steps.values()
            for name in state.step.members
        }
        self._order = tuple(step.name for step in plan.steps)
        self._numbers = 0
        self._only: Mapping[str, Sequence[int]] = {}

    @property
    def every(self) -> tuple[StepState, ...]:
        """The steps and those that run within others, in the order of the plan."""
        states = {**self.steps, **self.members}
        return tuple(states[name] for name in self._order if name in states)

    @property
    def ended(self) -> bool:
        """Whether every step has."""
        return all(state.ended for state in self.steps.values())

    def leave_out(self, needless: Needless) -> None:
        """Forget steps, and tasks of steps, of which nothing will be read."""
        self._only = needless.only
        for name in needless.steps:
            for member in self.steps.pop(name).step.members:
                del self.members[member]
            for other in self.steps.values():
                other.waits.discard(name)

    def open(self, run: Run) -> None:
        """Count the tasks of the steps whose inputs have ended; the journal must show what those gave."""
        waiting = True
        while waiting:
            waiting = False
            for state in self.steps.values():
                if state.size is None and not state.waits:
                    self._count(state, run)
                    waiting |= state.ended

    def candidates(self) -> Iterator[StepState]:
        """The steps with tasks that may be granted, best first: what is deepest is read while it is warm."""
        ready = [state for state in self.steps.values() if state.waiting]
        return iter(sorted(ready, key=lambda state: -state.depth))

    def grant(self, state: StepState, workers: int) -> Grant:
        """Take tasks of a step: about a tenth of a second's, and few enough to leave some for every worker."""
        self._numbers += 1
        if not state.queue:
            state.granted += 1
            return Grant(self._numbers, state.step.name, (state.alone.popleft(),))
        wanted = 1 if state.mean is None else int(GRANT_SECONDS / max(state.mean, 1e-6))
        fair = ceil(state.left / (4 * workers))
        number = max(1, min(wanted, fair, _GRANT_TASKS))
        tasks, rest = state.queue[0][:number], state.queue[0][number:]
        state.queue.popleft()
        if rest:
            state.queue.appendleft(rest)
        state.granted += len(tasks)
        return Grant(self._numbers, state.step.name, tasks)

    def report(self, name: str, ran: Sequence[Ran], seconds: float) -> bool:
        """Count tasks that ended; whether others waited for them."""
        state = self.steps[name]
        state.granted -= len(ran)
        for one in ran:
            for member, inside in (*one.members, (name, one)):
                counted = self.members.get(member, state)
                counted.counts[inside.status] += 1
                counted.seconds += inside.seconds
                if inside.status == "done":
                    counted.quickest = min(counted.quickest, inside.seconds)
                    counted.slowest = max(counted.slowest, inside.seconds)
        if ran:
            mean = seconds / len(ran)
            state.mean = mean if state.mean is None else (state.mean + mean) / 2
            state.worked = state.worked * _MEMORY + seconds
            state.paced = state.paced * _MEMORY + len(ran)
        if state.waiting or state.granted:
            return False
        if state.later:
            state.queue.extend(_pieces(state.later))
            state.later = ()
            state.worked = state.paced = 0.0
        else:
            self._end(state)
        return True

    def give_back(self, name: str, tasks: Sequence[int]) -> None:
        """Put tasks back that were granted and did not run."""
        if tasks:
            self.steps[name].granted -= len(tasks)
            self.steps[name].queue.appendleft(tasks)

    def died(self, name: str, task: int) -> int:
        """Note that a granted task ended its process; how often it did so."""
        self.steps[name].deaths[task] += 1
        return self.steps[name].deaths[task]

    def again(self, name: str, task: int) -> None:
        """Put a task back that ended its process; nothing will run beside it."""
        self.steps[name].granted -= 1
        self.steps[name].alone.append(task)

    def _count(self, state: StepState, run: Run) -> None:
        space = run.space(state.step.name)
        only = self._only.get(state.step.name)
        size = space.size if only is None else len(only)
        for counted in (state, *(self.members[name] for name in state.step.members)):
            counted.size, counted.poisoned = size, space.poisoned
        if not size:
            self._end(state)
            return
        first = firsts(space, self._needed[state.step.name], only)
        state.queue.extend(_pieces(first))
        if len(first) < size:
            state.later = _others(first, range(space.size) if only is None else only)

    def _end(self, state: StepState) -> None:
        state.ended = True
        for other in self.steps.values():
            other.waits.discard(state.step.name)


def _others(some: Iterable[int], tasks: Sequence[int]) -> Sequence[int]:
    """Those of some tasks that are not among others, all in order, in a few bytes each."""
    kept = bytearray(b"\1" * (tasks[-1] + 1))
    for task in some:
        kept[task] = 0
    return array("Q", (task for task in tasks if kept[task]))


def _pieces(tasks: Sequence[int]) -> Iterable[Sequence[int]]:
    """A long list in pieces, from whose head little is copied when tasks are taken; a range as it is."""
    return (
        [tasks]
        if isinstance(tasks, range)
        else (tasks[start : start + _PIECE] for start in range(0, len(tasks), _PIECE))
    )


def _before(plan: Plan, step: PlanStep, same: Mapping[str, str]) -> set[str]:
    """The steps that a step waits for: what it and its members read, finders of its axes, one that does the same."""
    whole = [step, *(plan.by_name[name] for name in step.members)]
    found = {edge.step for one in whole for edge in one.inputs} - set(step.members)
    found.update(by for one in whole for by in plan.finders(one))
    if step.name in same:
        found.add(same[step.name])
    return {_outer(plan, name) for name in found} - {step.name}


def _outer(plan: Plan, name: str) -> str:
    """The step that is scheduled for a step: the one that it is a member of, or itself."""
    return next((step.name for step in plan.steps if name in step.members), name)
