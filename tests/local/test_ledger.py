"""The journal and the ledgers over it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mlc_local.journal import Journal
from mlc_local.ledger import JournalLedger
from mlc_local.messages import Row
from mlc_runtime.errors import InfrastructureError
from mlc_runtime.ledger import StoreLedger, find_journal
from mlc_runtime.record import Failure, Record
from mlc_runtime.store.directory import DirectoryStore
from mlc_runtime.values import Output


def record(run: str, value: int) -> Record:
    return Record("k", "s", "op", {"out": Output("json", str(value), 1, inline=value)}, run=run)


class Process:
    """A ledger whose rows are kept until they are written."""

    def __init__(self, store: Path, run: str, *, fresh: bool = False) -> None:
        self.journal = Journal(store, run, fresh=fresh)
        self.rows: list[Row] = []
        self.ledger = JournalLedger(store, DirectoryStore(store), run, self.rows.append, fresh=fresh)

    def write(self) -> None:
        self.journal.add(self.rows)
        self.rows.clear()
        self.journal.flush()

    def value(self, name: str = "k") -> Any:
        found = self.ledger.record(name)
        return None if found is None else found.outputs["out"].inline


def test_what_is_written_is_read_by_all_and_before_that_by_the_writer(tmp_path: Path) -> None:
    one, other = Process(tmp_path, "r1"), Process(tmp_path, "r2")
    one.ledger.commit("k", record("r1", 1))
    assert (one.value(), other.value()) == (1, None)
    one.write()
    assert other.value() == 1


def test_the_first_row_stands(tmp_path: Path) -> None:
    one, other = Process(tmp_path, "r1"), Process(tmp_path, "r2")
    for process, value in ((one, 1), (other, 2)):
        process.ledger.commit("k", record(f"r{value}", value))
    one.write()
    other.write()
    assert (one.value(), other.value()) == (1, 1)
    assert other.ledger.commit("k", record("r2", 3)).outputs["out"].inline == 1


def test_the_first_row_stands_where_both_looked_before_they_ran(tmp_path: Path) -> None:
    one, other = Process(tmp_path, "r1"), Process(tmp_path, "r2")
    assert [process.value() for process in (one, other)] == [None, None]
    assert [process.ledger.same("s") for process in (one, other)] == [None, None]
    for process, value in ((one, 1), (other, 2)):
        process.ledger.commit("k", record(f"r{value}", value))
        process.ledger.alias("s", "k")
        process.write()
    assert [process.value() for process in (one, other)] == [1, 1]
    assert other.ledger.commit("k", record("r2", 3)).outputs["out"].inline == 1


def test_a_lost_result_is_replaced(tmp_path: Path) -> None:
    one = Process(tmp_path, "r1")
    for write, value in ((one.ledger.commit, 1), (one.ledger.replace, 2)):
        write("k", record("r1", value))
        one.write()
    assert one.value() == 2


def test_a_fresh_run_passes_over_what_others_stored_but_not_its_own(tmp_path: Path) -> None:
    old = Process(tmp_path, "r1")
    old.ledger.commit("k", record("r1", 1))
    old.ledger.alias("s", "k")
    old.write()
    fresh, helper = Process(tmp_path, "r2", fresh=True), Process(tmp_path, "r2", fresh=True)
    assert fresh.value() is None
    assert fresh.ledger.same("s") is None
    for process, value in ((fresh, 2), (helper, 3)):
        process.ledger.commit("k", record("r2", value))
        process.ledger.alias("s", "k")
    fresh.write()
    helper.write()
    assert (fresh.value(), helper.value(), old.value()) == (2, 2, 2)
    assert fresh.ledger.same("s") == record("r2", 2)


def test_aliases_are_found_before_and_after_they_are_written(tmp_path: Path) -> None:
    one = Process(tmp_path, "r1")
    one.ledger.commit("k", record("r1", 1))
    one.ledger.alias("s", "k")
    assert one.ledger.same("s") == record("r1", 1)
    one.write()
    assert one.ledger.same("s") == record("r1", 1)
    assert one.ledger.same("other") is None


def test_failures_are_of_one_run(tmp_path: Path) -> None:
    one, other = Process(tmp_path, "r1"), Process(tmp_path, "r2")
    failure = Failure("k", "step", {"i": 1}, "failed", "no")
    one.ledger.fail(failure)
    assert one.ledger.failure("k") == failure
    one.write()
    assert Process(tmp_path, "r1").ledger.failure("k") == failure
    assert other.ledger.failure("k") is None


def test_a_row_of_another_version_is_no_result_and_gives_way(tmp_path: Path) -> None:
    one = Process(tmp_path, "r1")
    one.journal.add([("record", "k", b'{"mlc_record": 0}')])
    one.journal.flush()
    assert one.value() is None
    one.ledger.commit("k", record("r1", 1))
    one.write()
    assert Process(tmp_path, "r2").value() == 1


def test_rows_are_due_when_they_are_many_or_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("mlc_local.journal.time.monotonic", lambda: now[0])
    journal = Journal(tmp_path, "r1")
    assert journal.due() is None
    journal.add([("same", "s", "k")])
    assert journal.due() == pytest.approx(0.02)
    now[0] = 1.0
    assert journal.due() == 0
    journal.flush()
    journal.add([("same", f"s{i}", "k") for i in range(500)])
    assert journal.due() == 0
    journal.flush()
    journal.add([("same", "old", "k")], age=0.015)
    assert journal.due() == pytest.approx(0.005)


def test_a_journal_that_cannot_be_written_is_the_machine_s_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InfrastructureError, match="cannot be written"):
        Journal(tmp_path / "file", "r1")


def test_rows_survive_a_write_that_fails(tmp_path: Path) -> None:
    one = Process(tmp_path, "r1")
    with closing(sqlite3.connect(tmp_path / "journal-1.sqlite")) as database:
        database.execute("ALTER TABLE same RENAME TO elsewhere")
        one.journal.add([("fail", "k", b"{}"), ("same", "s", "k")])
        with pytest.raises(InfrastructureError):
            one.journal.flush()
        assert database.execute("SELECT count(*) FROM fail").fetchone() == (0,)
        database.execute("ALTER TABLE elsewhere RENAME TO same")
        one.journal.flush()
        assert database.execute("SELECT count(*) FROM fail").fetchone() == (1,)


def test_what_containers_made_is_found_and_what_they_lost_is_written_beside_it(tmp_path: Path) -> None:
    files = StoreLedger(DirectoryStore(tmp_path), "r0")
    files.commit("k", record("r0", 1))
    files.alias("s", "k")
    one = Process(tmp_path, "r1")
    assert one.value() == 1
    found = one.ledger.same("s")
    assert found is not None
    assert found.run == "r0"
    assert one.ledger.commit("k", record("r1", 2)).run == "r0", "the first writer's stands"
    assert one.rows == []
    one.ledger.replace("k", record("r1", 3))
    one.write()
    assert (one.value(), Process(tmp_path, "r2").value()) == (3, 3)
    assert Process(tmp_path, "r3", fresh=True).ledger.record("other") is None
    assert Process(tmp_path, "r4", fresh=True).value() is None


def test_what_a_run_here_made_is_found_by_containers(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    assert find_journal(store) is None
    one = Process(tmp_path, "r1")
    one.ledger.commit("k", record("r1", 1))
    one.ledger.alias("s", "k")
    one.write()
    files = StoreLedger(store, "r2", find_journal(store))
    for found in (files.record("k"), files.same("s")):
        assert found is not None
        assert found.run == "r1"
    assert files.record("other") is None
    files.replace("k", record("r2", 2))
    again = files.record("k")
    assert again is not None
    assert again.run == "r2"


def test_a_journal_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "journal-1.sqlite").write_bytes(b"no database, but long enough to be taken for one" * 10)
    assert find_journal(DirectoryStore(tmp_path)) is None
