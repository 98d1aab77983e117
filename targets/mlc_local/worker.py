"""A worker process: it waits for grants, runs their tasks, and says what became of them."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import faulthandler
import os
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from typing import Any

from mlc_local.ledger import JournalLedger
from mlc_local.messages import Begin, Grant, Prepare, Prepared, Ran, Report, Row, Setback, SetbackKind, Setup
from mlc_local.note import Note
from mlc_runtime.errors import InfrastructureError, InvalidInputError, StepError
from mlc_runtime.plan import load
from mlc_runtime.prepare import Site, prepare
from mlc_runtime.record import Failure, dump_failure
from mlc_runtime.run import Run
from mlc_runtime.store import open_store
from mlc_runtime.task import Outcome, TaskRunner

REPORT_EVERY = 0.02  # seconds between reports while short tasks run
GRANT_AT_MOST = 0.5  # seconds after which the rest of a grant is given back
_PR_SET_PDEATHSIG = 1
_IN_VAIN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)  # a disk that is full now is full in a second


def main(descriptor: int, note: int, parent: int) -> None:
    """Serve the coordinator at the other end of a socket until it closes it.

    Args:
        descriptor: of the socket.
        note: of the file behind the shared note.
        parent: the coordinator's process.
    """
    _die_with(parent)
    faulthandler.enable()
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, all_threads=False)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError), Connection(descriptor) as pipe:
        _serve(pipe, Note(note))


def _serve(pipe: Connection, note: Note) -> None:
    setup: Setup = pipe.recv()
    worker: _Worker | None = None
    while True:
        match pipe.recv():
            case Prepare(given, as_of):
                pipe.send(_prepare(setup, given, as_of))
            case Begin(bind):
                worker = _Worker(pipe, note, setup, bind)
            case Grant() as grant:
                assert worker is not None
                worker.work(grant)


def _prepare(setup: Setup, given: Mapping[str, str], as_of: int | None) -> Prepared | Setback:
    site = Site(open_store(str(setup.store)), setup.root, setup.environment)
    try:
        return Prepared(prepare(load(setup.plan), setup.run, site, given=given, as_of=as_of))
    except StepError as error:
        return _setback(error, None)


@dataclass
class _Worker:
    pipe: Connection
    note: Note
    setup: Setup
    bind: Mapping[str, Any]
    _rows: list[Row] = field(default_factory=list)
    _ran: list[Ran] = field(default_factory=list)
    _failed: set[str] = field(default_factory=set)
    _telling: Grant | None = None

    def __post_init__(self) -> None:
        setup, store = self.setup, open_store(self.setup.store)
        self._run = Run(
            load(setup.plan),
            self.bind,
            store,
            JournalLedger(setup.folder, store, setup.run, self._note, fresh=setup.fresh),
            setup.run,
            setup.root,
            setup.environment,
            setup.checkpoints,
        )
        self._runner = TaskRunner(self._run, setup.recompute)

    def work(self, grant: Grant) -> None:
        """Run a grant's tasks, as far as its time lasts."""
        started = self._reported = time.monotonic()
        space = self._run.space(grant.step)
        # A task that is alone may be so because it ended its process: then what its members gave tells which of them.
        alone = len(grant.tasks) == 1 and self._run.plan.by_name[grant.step].members
        self._telling = grant if alone else None
        try:
            for task in grant.tasks:
                now = time.monotonic()
                if self.note.stopped or now - started > GRANT_AT_MOST:
                    break
                if now - self._reported > REPORT_EVERY:
                    self._report(grant, last=False)
                self.note.at(grant.number, task)
                self._one(grant.step, space.coords(task))
        except InfrastructureError as error:
            self.note.idle()
            self._report(grant, last=False)
            self.pipe.send(_setback(error, grant.number))
            return
        self.note.idle()
        self._report(grant, last=True)

    def _note(self, row: Row) -> None:
        self._rows.append(row)
        if row[0] == "fail":
            self._failed.add(row[1])
        if self._telling is not None:
            self._report(self._telling, last=False)

    def _one(self, step: str, coordinates: Mapping[str, Any]) -> None:
        self._failed.clear()
        try:
            outcome = self._runner.run_task(step, coordinates)
        except InfrastructureError:
            raise
        except StepError as error:
            outcome = self._fail(step, coordinates, error.message, error.code, error.help, "")
        except Exception as error:  # noqa: BLE001 - one task's trouble is not that of the others
            line = "".join(traceback.format_exception_only(error)).strip()
            outcome = self._fail(step, coordinates, line, "MLC960", "", traceback.format_exc())
        if outcome.status == "failed" and outcome.failure is not None and outcome.key not in self._failed:
            # An equal task failed before; this one is counted and told as well.
            own = replace(outcome.failure, step=step, coordinates=coordinates)
            self._rows.append(("fail", own.key, dump_failure(own)))
        self._ran.append(_ran(outcome))

    def _fail(
        self, step: str, coordinates: Mapping[str, Any], message: str, code: str, help_: str, frames: str
    ) -> Outcome:
        """A failure that the runner did not note itself: a lost input, or a mistake of ours."""
        key = self._run.key(self._run.plan.by_name[step], coordinates)
        failure = Failure(key, step, coordinates, "failed", message, code, help_, frames)
        self._run.ledger.fail(failure)
        return Outcome(key, "failed", failure=failure)

    def _report(self, grant: Grant, *, last: bool) -> None:
        now = time.monotonic()
        self.pipe.send(Report(grant.number, tuple(self._ran), tuple(self._rows), now - self._reported, last))
        self._ran.clear()
        self._rows.clear()
        self._reported = now


def _ran(outcome: Outcome) -> Ran:
    made = outcome.record or outcome.failure
    seconds = made.seconds if made is not None and outcome.status in ("done", "failed") else 0.0
    members = tuple((name, _ran(one)) for name, one in outcome.members.items())
    return Ran(outcome.status, seconds, outcome.differs, members)


def _setback(error: StepError, grant: int | None) -> Setback:
    cause = error.__cause__
    in_vain = isinstance(cause, OSError) and cause.errno in _IN_VAIN
    kind: SetbackKind = "failed"
    if isinstance(error, InfrastructureError):
        kind = "infrastructure"
    elif isinstance(error, InvalidInputError):
        kind = "invalid"
    return Setback(grant, kind, error.code, error.message, error.help, in_vain, error.step)


def _die_with(parent: int) -> None:
    """End this process when the coordinator does, even in the middle of a task."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
