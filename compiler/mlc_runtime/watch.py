"""Hold a task to its time: what takes longer has failed, whatever it is doing."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from types import TracebackType


class Watch:
    """Within it, time runs: when it is over, `overdue` is called in another thread, once, and never afterwards.

    Args:
        micros: the time; None for any.
        overdue: what happens then; it does not return to what is watched where that cannot be stopped otherwise.
    """

    def __init__(self, micros: int | None, overdue: Callable[[], None]) -> None:
        self._overdue = overdue
        self._lock = threading.Lock()
        self._over = False
        self._timer = None if micros is None else threading.Timer(micros / 1e6, self._expire)

    def __enter__(self) -> None:
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._over = True
        if self._timer is not None:
            self._timer.cancel()

    def _expire(self) -> None:
        with self._lock:
            if not self._over:
                self._overdue()


def begin_again() -> None:
    """Put a new beginning of this process in its place, and end what it started.

    Native code that does not return can be ended with its process only. What a tile has finished is kept, so beginning
    again costs the imports.
    """
    import psutil

    for child in psutil.Process().children(recursive=True):
        child.kill()
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ)
