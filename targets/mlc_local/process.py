"""A worker as the coordinator sees it: a process, a pipe, a note, and the grants it has in hand."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from mlc_local.messages import Begin, Grant, Prepare, Setup
from mlc_local.needs import Needs
from mlc_local.note import Note, Running, new_note
from mlc_runtime.errors import InfrastructureError
from mlc_runtime.plan import Policy
from mlc_runtime.scratch import claim
from mlc_runtime.worker_environment import worker_environment

_BOOT = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from mlc_local.worker import main
main(*map(int, sys.argv[2:]))
"""
_GRACE = 2.0  # seconds between asking a process group to end and ending it
_TOLD = 16 << 10  # bytes of a dead worker's output that are told


@dataclass
class Worker:
    """A worker process and what it has to do.

    Attributes:
        threads: the threads of numerical libraries that it was started with.
        process: the process, the head of its own group.
        pipe: our end.
        note: what it is at.
        needs: what its tasks take of the machine.
        grants: what it was granted and has not ended, in order.
        reported: how many tasks of the first grant have ended.
    """

    threads: int
    process: subprocess.Popen[bytes]
    pipe: Connection
    note: Note
    _scratch: tempfile.TemporaryDirectory[str]
    needs: Needs = field(default_factory=Needs)
    grants: deque[Grant] = field(default_factory=deque)
    reported: int = 0

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    @property
    def left(self) -> Sequence[int]:
        """The tasks of the first grant that have not ended."""
        return self.grants[0].tasks[self.reported :]

    def running(self) -> Running | None:
        """The task that it is at, as far as that is one that it was granted and has not ended."""
        at = self.note.running()
        known = at is not None and self.grants and at.grant == self.grants[0].number and at.task in self.left
        return at if known else None

    def output(self) -> str:
        """The end of what it printed beside its tasks: what native code says before it dies."""
        data = (Path(self._scratch.name) / "output").read_bytes()
        return data[-_TOLD:].decode("utf-8", "replace")

    def send(self, message: Prepare | Setup | Begin | Grant) -> None:
        """Tell it something; that it is dead shows when it is looked after."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.pipe.send(message)

    def resident(self) -> int:
        """The bytes of main memory that it and what it started hold."""
        import psutil

        total = 0
        with contextlib.suppress(psutil.Error):
            head = psutil.Process(self.process.pid)
            for one in [head, *head.children(recursive=True)]:
                with contextlib.suppress(psutil.Error):
                    total += one.memory_info().rss
        return total

    def end(self) -> None:
        """End a worker that has nothing to do."""
        self.pipe.close()
        try:
            self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
        self._forget()

    def kill(self, *, tell: bool = False) -> None:
        """End the worker's process group, whatever it does.

        Args:
            tell: have it print where it is first.
        """
        if tell and self.alive:
            os.kill(self.process.pid, signal.SIGUSR1)
            time.sleep(0.05)
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_GRACE)
        self._signal(signal.SIGKILL)

    def bury(self) -> None:
        """Free what a dead worker held."""
        self._signal(signal.SIGKILL)
        self.pipe.close()
        self._forget()

    def _forget(self) -> None:
        self.process.wait()
        self.note.close()
        self._scratch.cleanup()

    def _signal(self, number: int) -> None:
        # The group may outlive its head, so this does not ask whether the head is alive.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


def start(threads: int = 1) -> Worker:
    """Start a worker; its environment is fixed before it imports anything.

    It is a new process and not a fork, in a group of its own: a Ctrl-C in the terminal reaches the coordinator only,
    and what its tasks start is ended with it.

    Raises:
        InfrastructureError: the machine has no room for it.
    """
    try:
        return _start(threads)
    except OSError as error:
        raise InfrastructureError(
            "MLC968",
            f"a worker process cannot be started: {error.strerror or error}",
            "It needs memory, open files and room for temporary files; with fewer `--jobs` there are fewer of them.",
        ) from error


def _start(threads: int) -> Worker:
    ours, theirs = socket.socketpair()
    note = new_note()
    scratch = claim("worker")
    path = [str(Path(part or ".").resolve()) for part in sys.path]
    environment = {
        **os.environ,
        **worker_environment(Policy(resources={"cpu": threads})),
        "TMPDIR": scratch.name,
    }
    with (Path(scratch.name) / "output").open("wb") as output, theirs:
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-c",
                _BOOT,
                json.dumps(path),
                str(theirs.fileno()),
                str(note.descriptor),
                str(os.getpid()),
            ],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(theirs.fileno(), note.descriptor),
            start_new_session=True,
        )
    return Worker(threads, process, Connection(ours.detach()), note, scratch)
