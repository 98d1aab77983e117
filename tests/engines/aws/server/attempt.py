"""One attempt at a job: a container as a process, watched until it ends or has to."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.engines.aws.server.job import Job, now
from tests.engines.aws.server.retry import Ended
from tests.engines.sandbox import Sandbox, start, terminate

GRACE = 30.0
"""The seconds between asking a container to end and killing it, as Amazon ECS has it."""

_GLANCE = 0.02


@dataclass
class Watch:
    """What may end an attempt before its time.

    Attributes:
        job: ended by who stops it; lost with its host.
        limit: seconds that the attempt may take, by this machine's clock.
        grace: seconds that it has once it was asked to end.
    """

    job: Job
    limit: float | None
    grace: float = GRACE

    def over(self, began: float) -> Ended | None:
        """How it ends now, if it has to."""
        if self.job.lost.is_set():
            self.job.lost.clear()
            return Ended(None, "", "Host EC2 (instance i-0) terminated.")
        if self.job.stopping.is_set():
            return Ended(None, "", self.job.stop_reason, final=True)
        if self.limit is not None and time.monotonic() - began > self.limit:
            return Ended(None, "", "Job attempt duration exceeded timeout", final=True)
        return None


def run(sandbox: Sandbox, watch: Watch, tell: Callable[[list[dict[str, object]]], None]) -> Ended:
    """Run a container to its end.

    Args:
        sandbox: the container.
        watch: what may end it.
        tell: takes what it prints, as log events, soon after it was printed.
    """
    began = time.monotonic()
    process = start(sandbox)
    printed = Printed(sandbox.folder / "log")
    try:
        ended = _wait(process, watch, began, lambda: tell(printed.events()))
    finally:
        process.kill()
        code = process.wait()
    tell(printed.events(rest=True))
    shutil.rmtree(sandbox.folder, ignore_errors=True)
    code = 128 - code if code < 0 else code
    if ended is None:
        return Ended(code)
    return replace(ended, exit_code=code) if ended.final else ended


def _wait(process: subprocess.Popen[bytes], watch: Watch, began: float, glance: Callable[[], None]) -> Ended | None:
    """Wait for a process; what ended it, if it did not end by itself."""
    ended, killed = None, float("inf")
    while process.poll() is None:
        glance()
        if ended is None and (ended := watch.over(began)) is not None:
            terminate(process)
            killed = time.monotonic() + (watch.grace if ended.final else 0)
        if time.monotonic() >= killed:
            process.kill()
        time.sleep(_GLANCE)
    return ended


class Printed:
    """What a container has printed, line by line."""

    def __init__(self, file: Path) -> None:
        self._file, self._read, self._rest = file, 0, b""

    def events(self, *, rest: bool = False) -> list[dict[str, object]]:
        """The lines since the last time as events of CloudWatch Logs; with `rest`, an unfinished one too."""
        with self._file.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        self._read += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if rest and self._rest:
            lines.append(self._rest)
        time_of_day = now()
        texts = (line.rstrip(b"\r").decode(errors="replace") for line in lines)
        return [{"timestamp": time_of_day, "message": text} for text in texts if text]
