"""The coordinator of a run: it hands tasks out, writes down what became of them, and replaces workers that died."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from mlc_local.crew import Crew
from mlc_local.findings import Findings, step_results
from mlc_local.journal import Journal
from mlc_local.ledger import JournalLedger
from mlc_local.messages import Prepare, Prepared, Ran, Report, Setback, SetbackKind, Setup
from mlc_local.note import Running
from mlc_local.process import Worker
from mlc_local.progress import Progress
from mlc_local.result import RunResult, Trouble
from mlc_local.schedule import Schedule
from mlc_runtime import layout
from mlc_runtime.errors import InfrastructureError, InvalidInputError, StepError, about
from mlc_runtime.needless import needless
from mlc_runtime.plan import Plan, PlanStep
from mlc_runtime.record import Failure
from mlc_runtime.run import Run
from mlc_runtime.store import open_store

_ERRORS: Mapping[SetbackKind, type[StepError]] = {
    "invalid": InvalidInputError,
    "failed": StepError,
    "infrastructure": InfrastructureError,
}
_TICK = 0.1  # seconds between looks at time-outs and signals when nothing happens
_REST = 0.01  # seconds for reports to gather while every worker knows what it does next
_PAUSES = (0.5, 2.0)  # seconds before a task that met trouble is tried again
_GRACE = 10.0  # seconds that tasks in flight have to end after an interruption
_WEIGH_EVERY = 0.5  # seconds between looks at how much memory workers hold
_STILLBORN = 3  # workers that may die before they are at a task


@dataclass(frozen=True)
class _Reason:
    """Why a worker had to end with the task that it was at."""

    kind: str
    code: str
    message: str
    help: str


_ENDED = _Reason(
    "killed",
    "MLC968",
    "the task ended its process",
    "Native code crashed, or the machine's memory ran out: ask for more with `resources`.",
)
_TOO_LARGE = _Reason(
    "memory", "MLC978", "the task took more memory than it asks for", "Raise `memory` in its `resources`."
)


class Coordinator:
    """Conducts one run.

    Args:
        plan: what is run.
        setup: what every worker hears first.
        chosen: the names of the steps that are to run.
        jobs: how many tasks may run at once.
        progress: is told how the run stands.

    Raises:
        InfrastructureError: the store cannot be written.
    """

    def __init__(self, plan: Plan, setup: Setup, chosen: frozenset[str], jobs: int, progress: Progress) -> None:
        steps = tuple(step for step in plan.steps if step.name in chosen)
        self._plan = plan if len(steps) == len(plan.steps) else replace(plan, steps=steps)
        self._setup = setup
        self._jobs = jobs
        self._progress = progress
        self._journal = Journal(setup.folder, setup.run, fresh=setup.fresh)
        self._schedule = Schedule(plan, chosen)
        self._crew = Crew(setup, jobs)
        self._findings = Findings()
        self._run: Run | None = None
        self._interrupts = 0
        self._give_up: float | None = None
        self._troubles: Counter[tuple[str, int]] = Counter()
        self._pause = 0.0
        self._weighed = 0.0
        self._stillborn = 0

    @property
    def run(self) -> Run:
        """The run, once it is prepared."""
        assert self._run is not None, "the run is prepared first"
        return self._run

    def interrupt(self) -> None:
        """Stop granting; asked a second time, end what is in flight. Called by a signal's handler."""
        self._interrupts += 1

    def prepare(self, request: Prepare) -> None:
        """Have a worker find the facts of the run.

        Raises:
            InvalidInputError: a parameter, a version or a time does not fit.
            StepError: a source that has to be looked at beforehand cannot be read as it is declared.
            InfrastructureError: the store or a connection is out of reach.
            KeyboardInterrupt: a signal came.
        """
        worker = self._crew.start()
        worker.send(request)
        while not worker.pipe.poll(_TICK):
            if self._interrupts:
                raise KeyboardInterrupt
        try:
            answer = worker.pipe.recv()
        except (EOFError, OSError) as error:
            raise InfrastructureError("MLC968", "the process that looks at the data ended", worker.output()) from error
        if isinstance(answer, Setback):
            with about(answer.step):
                raise _ERRORS[answer.kind](answer.code, answer.message, answer.help)
        assert isinstance(answer, Prepared)
        setup = self._setup
        store = open_store(setup.store)
        ledger = JournalLedger(setup.folder, store, setup.run, lambda row: self._journal.add([row]), fresh=setup.fresh)
        self._run = Run(self._plan, answer.bind, store, ledger, setup.run, setup.root, setup.environment)
        self._crew.begin(answer.bind)

    def work(self, wanted: frozenset[str]) -> None:
        """Run tasks until all have ended, or until there is a reason to stop.

        Args:
            wanted: the names of the steps that were asked for.
        """
        try:
            if not self._setup.recompute:
                self._schedule.leave_out(needless(self.run, wanted))
            self._schedule.open(self.run)
            while not self._over():
                self._grant()
                if self._crew.supplied:
                    time.sleep(_REST)
                self._hear()
                self._look()
                self._progress.update(self._schedule.steps.values(), self._jobs)
        except InfrastructureError as error:
            self._stop(Trouble(error.code, error.message, error.help))
        self._save()
        self._progress.update(self._schedule.steps.values(), self._jobs)

    def result(self, wanted: frozenset[str], seconds: float) -> RunResult:
        """How the run ended.

        Args:
            wanted: the names of the steps that were asked for.
            seconds: how long it took.
        """
        findings = self._findings
        return RunResult(
            self._setup.run,
            findings.verdict(self._schedule, wanted),
            step_results(self._schedule),
            findings.failures(self.run),
            tuple(findings.differs),
            round(seconds, 3),
            findings.trouble,
            self.run,
        )

    def close(self) -> None:
        """End all workers and let go of the journal."""
        self._crew.close()
        self._progress.close()
        self._journal.close()

    @property
    def _stopping(self) -> bool:
        return bool(self._interrupts) or self._findings.trouble is not None

    def _over(self) -> bool:
        return self._schedule.ended or (self._stopping and not self._crew.busy)

    def _grant(self) -> None:
        """Give every worker something to do, and where tasks are short, something to do next."""
        if self._stopping or time.monotonic() < self._pause:
            return
        for state in self._schedule.candidates():
            while state.waiting:
                needs = state.needs
                worker = self._crew.free(needs) or (self._crew.ahead(needs) if state.short else None)
                if worker is None:
                    break
                self._crew.hand(worker, self._schedule.grant(state, self._jobs), needs)

    def _hear(self) -> None:
        """Take what workers report, for a moment."""
        due = self._journal.due()
        pipes: dict[Any, Worker] = {worker.pipe: worker for worker in self._crew.workers}
        heard = wait(pipes, _TICK if due is None else min(due, _TICK))
        for pipe in heard:
            assert isinstance(pipe, Connection)
            worker = pipes[pipe]
            try:
                message = pipe.recv()
            except (EOFError, OSError):
                self._lay_out(worker, _ENDED)
                continue
            if isinstance(message, Report):
                self._take(worker, message)
            else:
                self._meet(worker, message)
        if self._journal.due() == 0:
            self._save()

    def _take(self, worker: Worker, report: Report) -> None:
        grant = worker.grants[0]
        self._journal.add(report.rows, report.seconds)
        self._findings.note_rows(report.rows)
        for task, ran in zip(worker.left, report.ran, strict=False):
            for name, one in (*ran.members, (grant.step, ran)):
                if one.differs:
                    at = self.run.space(grant.step).coords(task)
                    self._findings.differs.append((name, at, one.differs))
        worker.reported += len(report.ran)
        if report.last:
            self._return(worker)
        self._count(grant.step, report.ran, report.seconds)

    def _count(self, step: str, ran: Sequence[Ran], seconds: float) -> None:
        """Count tasks that ended; where others waited for them, the journal shows what they gave before those start."""
        if self._schedule.report(step, ran, seconds):
            self._save()
            if self._findings.trouble is None:
                self._schedule.open(self.run)

    def _return(self, worker: Worker, *, without: int | None = None) -> None:
        """Take the first grant from a worker and put back what did not run, but for one task."""
        self._schedule.give_back(worker.grants[0].step, [task for task in worker.left if task != without])
        worker.grants.popleft()
        worker.reported = 0

    def _meet(self, worker: Worker, told: Setback) -> None:
        """The machine failed at a task: wait a little and try again, a few times."""
        place = worker.grants[0].step, worker.left[0]
        self._return(worker)
        tries = self._troubles[place]
        self._troubles[place] += 1
        if told.in_vain or tries >= len(_PAUSES):
            self._stop(Trouble(told.code, told.message, told.help))
        else:
            self._pause = time.monotonic() + _PAUSES[tries]

    def _stop(self, trouble: Trouble) -> None:
        """Let running tasks end, and say why."""
        if self._findings.trouble is None:
            self._findings.trouble = trouble
            self._crew.stop()

    def _save(self) -> None:
        try:
            self._journal.flush()
        except InfrastructureError as error:
            self._stop(Trouble(error.code, error.message, error.help))

    def _look(self) -> None:
        """Look after the dead, after limits of time and memory, and after signals."""
        for worker in list(self._crew.workers):
            if worker.pipe.poll():
                continue  # what it says comes first
            if not worker.alive:
                self._lay_out(worker, _ENDED)
            elif self._overdue(worker):
                self._time_out(worker)
        if time.monotonic() > self._weighed + _WEIGH_EVERY:
            self._weighed = time.monotonic()
            for worker in list(self._crew.workers):
                if worker.grants and 0 < worker.needs.memory < worker.resident():
                    worker.kill()
                    self._lay_out(worker, _TOO_LARGE)
        if self._interrupts and self._give_up is None:
            self._give_up = time.monotonic() + _GRACE
            self._progress.say("stopping; what is finished is kept. Ctrl-C again ends running tasks at once")
            self._crew.stop()
        if self._give_up is not None and (self._interrupts > 1 or time.monotonic() > self._give_up):
            for worker in list(self._crew.workers):
                worker.kill()
                self._drain(worker)
                self._bury(worker)

    def _drain(self, worker: Worker) -> None:
        """Hear the last of a worker that was ended."""
        with suppress(EOFError, OSError):
            while worker.pipe.poll():
                message = worker.pipe.recv()
                if isinstance(message, Report):
                    self._take(worker, message)

    def _overdue(self, worker: Worker) -> bool:
        at = worker.running()
        limit = None if at is None else self._plan.by_name[worker.grants[0].step].policy.timeout
        return at is not None and limit is not None and time.monotonic() - at.since > limit / 1e6

    def _time_out(self, worker: Worker) -> None:
        """End a worker whose task takes too long; the task is charged, and it only.

        What the worker says after it was told to end is not heard: the signal may have cut native code short, and what
        a task gives then is not its result.
        """
        at = worker.running()
        assert at is not None, "a worker without a task is never overdue"
        worker.kill(tell=True)
        limit = (self._plan.by_name[worker.grants[0].step].policy.timeout or 0) / 1e6
        message = f"the task took longer than its limit of {limit:g} s"
        reason = _Reason("timeout", "MLC969", message, "Raise `timeout`, or make the task shorter.")
        self._charge(worker, at, reason, 1)
        self._bury(worker)

    def _lay_out(self, worker: Worker, reason: _Reason) -> None:
        """A worker died: the task it was at runs again with nothing beside it, and if it ends that too, no more."""
        self._drain(worker)
        at = worker.running()
        if at is not None:
            name = worker.grants[0].step
            deaths = self._schedule.died(name, at.task)
            if deaths > max(1, self._plan.by_name[name].policy.retry):
                self._charge(worker, at, reason, deaths)
            else:
                self._return(worker, without=at.task)
                self._schedule.again(name, at.task)
        elif not self._stopping:
            self._stillborn += 1
            if self._stillborn > _STILLBORN:
                self._stop(Trouble("MLC968", "worker processes end before they run anything", worker.output()))
        self._bury(worker)

    def _charge(self, worker: Worker, at: Running, reason: _Reason, attempts: int) -> None:
        """Fail the task that a dead worker was at."""
        name = worker.grants[0].step
        coordinates = self.run.space(name).coords(at.task)
        seconds = round(time.monotonic() - at.since, 3)
        told = (reason.kind, reason.message, reason.code, reason.help, "", seconds, attempts)
        guilty, *after = self._unfinished(name, coordinates)
        key = self.run.key(guilty, coordinates)
        failure = Failure(key, guilty.name, coordinates, *told)
        with suppress(InfrastructureError):  # the log is a courtesy; a store out of reach is told of elsewhere
            self.run.store.put(layout.log(self.run.name, key), worker.output().encode())
        self.run.ledger.fail(failure)
        self._findings.note(failure)
        for step in after:
            why = f"`{guilty.name}`, which runs in the same task, has no result"
            self.run.ledger.fail(Failure(self.run.key(step, coordinates), step.name, coordinates, "missing", why))
        self._return(worker, without=at.task)
        fates = {guilty.name: Ran("failed", seconds), **{step.name: Ran("missing", 0.0) for step in after}}
        own = fates.pop(name)
        self._count(name, [replace(own, members=tuple(fates.items()))], seconds)

    def _unfinished(self, name: str, coordinates: Mapping[str, Any]) -> list[PlanStep]:
        """A step and its members, in the order in which they run, but for members that had a result by then."""
        members = [self._plan.by_name[member] for member in self._plan.by_name[name].members]
        done = [step for step in members if self.run.ledger.record(self.run.object(step, coordinates))]
        return [step for step in (*members, self._plan.by_name[name]) if step not in done]

    def _bury(self, worker: Worker) -> None:
        """Put back what a dead worker had in hand."""
        while worker.grants:
            self._return(worker)
        self._crew.remove(worker)
