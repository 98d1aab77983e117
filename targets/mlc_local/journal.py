"""The writing end of a store's journal: the coordinator writes it in groups, all processes read it.

A row is written after the blobs that it names, so what a crash loses are the tasks in flight and the last group. The
first row of a name stays, whichever run wrote it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from errno import ENOENT
from os.path import samestat
from pathlib import Path

from mlc_local.messages import Row
from mlc_runtime.journal import NAME, WAIT, reach

_GROUP = 500  # rows
_AGE = 0.02  # seconds

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (name TEXT PRIMARY KEY, run TEXT NOT NULL, json BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS same (shallow TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fail (run TEXT, key TEXT, json BLOB NOT NULL, PRIMARY KEY (run, key)) WITHOUT ROWID;
"""

_WRITE = {
    # A row of this very run stays even where those of others are passed over.
    "record": "INSERT INTO record VALUES (:name, :run, :says) ON CONFLICT (name) DO "
    "UPDATE SET run = excluded.run, json = excluded.json WHERE :fresh AND record.run <> excluded.run",
    "replace": "INSERT OR REPLACE INTO record VALUES (:name, :run, :says)",
    "same": "INSERT OR IGNORE INTO same VALUES (:name, :says)",
    "same again": "INSERT OR REPLACE INTO same VALUES (:name, :says)",
    "fail": "INSERT OR IGNORE INTO fail VALUES (:run, :name, :says)",
}


def _share(database: sqlite3.Connection) -> None:
    """Let others read while one writes.

    Where two runs begin a journal at once, SQLite tells one of them that it is locked and does not wait: ask again.
    """
    end = time.monotonic() + WAIT
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.01)


class Journal:
    """The writing end.

    Args:
        store: the store's folder, which is made where it is missing.
        run: the run that writes.
        fresh: whether records of other runs are replaced.

    Raises:
        InfrastructureError: the folder cannot be written.
    """

    def __init__(self, store: Path, run: str, *, fresh: bool = False) -> None:
        self._run = run
        self._fresh = fresh
        self._rows: list[Row] = []
        self._since = 0.0
        self._store = store
        with reach(store, "written"):
            store.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(store / NAME, timeout=WAIT, isolation_level=None)
            _share(self._database)
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.executescript(_SCHEMA)
            self._file = (store / NAME).stat()

    def add(self, rows: Iterable[Row], age: float = 0.0) -> None:
        """Take rows, to be written by `flush`.

        Args:
            rows: what became of tasks.
            age: seconds since the oldest of them was made: whoever made it may have kept it for a while.
        """
        if not self._rows:
            self._since = time.monotonic() - age
        self._rows.extend(rows)

    def due(self) -> float | None:
        """In how many seconds the group is full or old enough to be written; None where there is none."""
        if not self._rows:
            return None
        return 0.0 if len(self._rows) >= _GROUP else max(0.0, self._since + _AGE - time.monotonic())

    def flush(self) -> None:
        """Write the group.

        Raises:
            InfrastructureError: the disk is full, or the database cannot be written; the rows are kept.
        """
        if not self._rows:
            return
        with reach(self._store, "written"):
            if not samestat((self._store / NAME).stat(), self._file):
                raise FileNotFoundError(ENOENT, "another file has taken its place")
            self._database.execute("BEGIN IMMEDIATE")
            try:
                for kind, name, says in self._rows:
                    values = {"name": name, "run": self._run, "says": says, "fresh": self._fresh}
                    self._database.execute(_WRITE[kind], values)
                self._database.execute("COMMIT")
            except sqlite3.Error:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise
        self._rows.clear()

    def close(self) -> None:
        """Close the database without writing what is left."""
        self._database.close()
