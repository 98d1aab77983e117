"""The note of the task that a tile is at, by which the next process of that tile knows what ended the one before.

A process that is alive renews its note, so that another one can tell it from one that died: an engine that lost sight
of a machine starts a tile again though the first process goes on.
"""

from __future__ import annotations

import json
import threading
import time
from types import TracebackType

from mlc_runtime.errors import InfrastructureError
from mlc_runtime.store.store import Store

EVERY = 5.0
"""Seconds between notes."""
_PATIENCE = 3
"""How many of them a process may miss before it counts as dead: some native code lets no other thread run."""


class Notes:
    """The notes of a tile. Every note counts as a death until it is cleared.

    Args:
        store: where they are.
        name: of the tile's note.

    Attributes:
        suspect: the task that the process before was at when it ended; None where it ended well, or was the first.
        deaths: how many processes in a row ended at that task.
    """

    def __init__(self, store: Store, name: str) -> None:
        self._store, self._name = store, name
        self.suspect, self.deaths = _read(store.get(name))
        self._task: int | None = None
        self._beats = 0
        self._noted = 0.0
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Notes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def at(self, task: int) -> None:
        """Note a task: now and then in a first attempt, always after a death, so that the second tells exactly."""
        with self._lock:
            self._task = task
            if self.suspect is not None or not self._noted or time.monotonic() - self._noted >= EVERY:
                self._put()
        if self._thread is None:
            self._thread = threading.Thread(target=self._renew, daemon=True)
            self._thread.start()

    def clear(self) -> None:
        """Note that nothing runs."""
        with self._lock:
            noted, self._task = self._noted, None
            if noted:
                self._store.put(self._name, b"{}")

    def others(self) -> bool:
        """Whether another process is at the tile: while this one keeps still, somebody renews the note."""
        with self._lock:
            self._task = None
        before = self._store.get(self._name)
        time.sleep(_PATIENCE * EVERY)
        return self._store.get(self._name) != before

    def _put(self) -> None:
        """Write the note; the lock is held."""
        self._beats += 1
        deaths = self.deaths + 1 if self._task == self.suspect else 1
        note = {"task": self._task, "deaths": deaths, "beats": self._beats}
        self._store.put(self._name, json.dumps(note).encode())
        self._noted = time.monotonic()

    def _renew(self) -> None:
        while not self._over.wait(EVERY):
            with self._lock:
                if self._task is None:
                    continue
                try:
                    self._put()
                except InfrastructureError:
                    continue  # a note that could not be renewed is renewed the next time


def _read(data: bytes | None) -> tuple[int | None, int]:
    try:
        note = json.loads(data or b"{}")
        return note.get("task"), note.get("deaths", 0)
    except (ValueError, AttributeError):
        return None, 0
