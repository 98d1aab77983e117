"""The exposures of a server on their way to the store: kept in memory, and committed as parts every few seconds.

No request waits for the store. A server that is told to end commits what it has; one that is killed loses what it
answered since its last part, at most `seconds` of it, all arms alike. A store out of reach is tried again; what does
not fit into memory meanwhile is dropped and counted.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from typing import TYPE_CHECKING

import pyarrow as pa

from mlc_runtime.data.rows import ROW
from mlc_runtime.errors import StepError
from mlc_runtime.experiment.exposure import write_part

if TYPE_CHECKING:
    from types import TracebackType

    from mlc_runtime.store.store import Store

ROWS = 200_000
"""Rows that wait for the store at most: some 50 MB."""


class Exposures:
    """Collects rows of logs and commits them from a thread of its own.

    Args:
        store: where the logs are.
        pipeline: whose they are.
        seconds: between two parts.
        limit: rows that may wait.
    """

    def __init__(self, store: Store, pipeline: str, seconds: float = 5.0, limit: int = ROWS) -> None:
        self._store = store
        self._pipeline = pipeline
        self._seconds = seconds
        self._limit = limit
        self._lock = threading.Lock()
        self._waiting: list[tuple[str, pa.Table]] = []
        self._parts: list[tuple[str, str, pa.Table]] = []  # experiment, part, rows: on their way
        self._count = 0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="exposures", daemon=True)
        self._writer = uuid.uuid4().hex[:12]
        self._begun = 0
        self.dropped = Counter[str]()

    def __enter__(self) -> Exposures:
        """Begin to commit."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Commit what waits, and end."""
        self._ending.set()
        self._thread.join()
        self._commit()
        for name, _, rows in self._parts:
            self.dropped[name] += rows.num_rows

    def add(self, experiment: str, rows: pa.Table, request: str | None) -> None:
        """Take rows for the log of an experiment, as `mlc_runtime.experiment.shown` makes them; never waits long."""
        if not rows.num_rows:
            return
        rows = rows.drop_columns([ROW])
        identifier = pa.array([request] * rows.num_rows, pa.string())
        rows = rows.set_column(rows.column_names.index("request"), "request", identifier)
        with self._lock:
            if self._count + rows.num_rows > self._limit:
                self.dropped[experiment] += rows.num_rows
                return
            self._waiting.append((experiment, rows))
            self._count += rows.num_rows

    def _work(self) -> None:
        while not self._ending.wait(self._seconds):
            self._commit()

    def _commit(self) -> None:
        """Write what waits, one part an experiment, and first what could not be written before.

        A part keeps its name and its rows until the store says that it has them: the store may have taken it and its
        answer be lost, and to write it again is then to write it once.
        """
        with self._lock:
            taken, self._waiting = self._waiting, []
        for experiment in dict.fromkeys(name for name, _ in taken):
            rows = pa.concat_tables(
                (table for name, table in taken if name == experiment), promote_options="permissive"
            )
            self._parts.append((experiment, f"{self._writer}-{self._begun:08}", rows))
        self._begun += 1
        self._parts = [part for part in self._parts if not self._written(*part)]
        with self._lock:
            left = [rows for _, _, rows in self._parts] + [rows for _, rows in self._waiting]
            self._count = sum(rows.num_rows for rows in left)

    def _written(self, experiment: str, part: str, rows: pa.Table) -> bool:
        try:
            write_part(self._store, self._pipeline, experiment, part, rows)
        except StepError:  # tried again; what has no room meanwhile is counted as dropped
            return False
        return True
