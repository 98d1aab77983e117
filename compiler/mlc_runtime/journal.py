"""The journal of a store in a folder, as its readers know it: one SQLite database, which an engine on one machine
writes instead of a file for each record.

    record(name, run, json)   same(shallow, name)   fail(run, key, json)

Who writes it is the engine's business. Any process may read it, so that what one engine made the others find.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlc_runtime.errors import InfrastructureError

NAME = "journal-1.sqlite"
"""The database's file in the store's folder; the number is that of the schema."""
WAIT = 30.0
"""Seconds for another process's transaction to end."""


class JournalReader:
    """The reading end.

    Args:
        store: the store's folder, which has a journal.

    Raises:
        InfrastructureError: it cannot be read; so from every method.
    """

    def __init__(self, store: Path) -> None:
        self._store = store
        with reach(store, "read"):
            uri = f"{(store / NAME).resolve().as_uri()}?mode=ro"
            self._database = sqlite3.connect(uri, uri=True, timeout=WAIT, isolation_level=None, check_same_thread=False)

    def record(self, name: str) -> tuple[bytes, str] | None:
        """The record under a name as JSON, and the run that wrote it."""
        row: tuple[bytes, str] | None = self._read("SELECT json, run FROM record WHERE name = ?", name)
        return row

    def same(self, shallow: str) -> str | None:
        """The record's name that a shallow key's name stands for."""
        row = self._read("SELECT name FROM same WHERE shallow = ?", shallow)
        return None if row is None else row[0]

    def failure(self, run: str, key: str) -> bytes | None:
        """Why a task has no result in a run, as JSON."""
        row = self._read("SELECT json FROM fail WHERE run = ? AND key = ?", run, key)
        return None if row is None else row[0]

    def _read(self, query: str, *values: str) -> Any:
        with reach(self._store, "read"):
            return self._database.execute(query, values).fetchone()


@contextmanager
def reach(store: Path, verb: str) -> Iterator[None]:
    """Tell what goes wrong with the database as the store's trouble."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        damaged = getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
        raise InfrastructureError(
            "MLC953",
            f"the journal of the store `{store}` cannot be {verb}: {getattr(error, 'strerror', None) or error}",
            f"It is damaged: move `{NAME}` away, and what it told of is made anew."
            if damaged
            else "Check that the folder is there, is writable and has space left.",
        ) from error
