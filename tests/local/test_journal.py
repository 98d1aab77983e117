"""The journal of a store, begun by several at once."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from mlc_local.journal import Journal


class Locked(sqlite3.Connection):
    """A database whose kind another run is changing: SQLite says so at once, whatever it may wait."""

    refusals = 2

    def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
        if "journal_mode" in sql and self.refusals:
            self.refusals -= 1
            raise sqlite3.OperationalError("database is locked")
        return super().execute(sql, *given)


def test_a_journal_that_another_run_begins_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr("sqlite3.connect", lambda *given, **more: connect(*given, factory=Locked, **more))
    Journal(tmp_path, "r").close()
