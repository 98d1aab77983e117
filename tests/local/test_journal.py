"""The journal of a store, begun by several at once."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from mlc_local.journal import Journal
from mlc_runtime.errors import InfrastructureError


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


@pytest.mark.parametrize("another", [True, False], ids=["another", "none"])
def test_a_journal_that_was_taken_away_is_not_written(tmp_path: Path, another: bool) -> None:
    """What is written to a file without a name is lost, and nobody would say so."""
    journal = Journal(tmp_path, "r")
    for file in tmp_path.iterdir():
        file.unlink()
    if another:
        Journal(tmp_path, "other").close()
    journal.add([("same", "shallow", "name")])
    with pytest.raises(InfrastructureError, match="taken its place" if another else "No such file"):
        journal.flush()
    journal.close()


def test_a_damaged_journal_is_said_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "journal-1.sqlite").write_bytes(b"x" * 5000)
    with pytest.raises(InfrastructureError) as caught:
        Journal(tmp_path, "r")
    assert "move `journal-1.sqlite` away" in caught.value.help
