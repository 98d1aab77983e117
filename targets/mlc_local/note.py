"""A few bytes that a worker and the coordinator share: what runs now, and whether to stop.

It outlives the worker, so that after a sudden death the task it was at is known, and costs a microsecond a task.
"""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
import time
from dataclasses import dataclass

_AT = struct.Struct("qqd")
_STOP = _AT.size
_SIZE = _STOP + 1


@dataclass(frozen=True)
class Running:
    """The task that a worker is at: the grant's number, its place in the space, `time.monotonic` at its start."""

    grant: int
    task: int
    since: float


class Note:
    """The shared bytes.

    Args:
        descriptor: of the file behind them, see `new_note`.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._bytes = mmap.mmap(descriptor, _SIZE)

    def at(self, grant: int, task: int) -> None:
        """Note that a task starts."""
        _AT.pack_into(self._bytes, 0, grant, task, time.monotonic())

    def idle(self) -> None:
        """Note that nothing runs."""
        _AT.pack_into(self._bytes, 0, 0, 0, 0.0)

    def running(self) -> Running | None:
        """What runs, or None."""
        found = Running(*_AT.unpack_from(self._bytes, 0))
        return found if found.grant else None

    def stop(self) -> None:
        """Ask for no further task to be started."""
        self._bytes[_STOP] = 1

    @property
    def stopped(self) -> bool:
        """Whether no further task should be started."""
        return bool(self._bytes[_STOP])

    def close(self) -> None:
        """Let go of the bytes and of the file."""
        self._bytes.close()
        os.close(self.descriptor)


def new_note() -> Note:
    """Bytes that are not shared yet."""
    with tempfile.TemporaryFile(prefix="mlc-note-") as file:
        file.write(bytes(_SIZE))  # and not a hole: where the disk is full, that would show as a bus error later
        file.flush()
        return Note(os.dup(file.fileno()))
