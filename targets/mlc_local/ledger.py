"""The ledger over the journal: reads are queries, writes are handed to whoever keeps the journal.

What containers made lies in the same store, an object a record; where there are such, they are looked at too. A store
that is no folder has no journal: there records are objects for all to see, and the journal on this machine is what
need not be asked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mlc_local.messages import Row
from mlc_runtime.journal import JournalReader
from mlc_runtime.ledger import StoreLedger
from mlc_runtime.record import Failure, Record, dump_failure, dump_record, load_failure, load_record
from mlc_runtime.store import Store
from mlc_runtime.store.directory import DirectoryStore

_KEPT = 10_000  # records that this process wrote and others may not have written down yet


class JournalLedger:
    """A `mlc_runtime.ledger.Ledger` of one run in one process.

    What this process wrote and the journal does not show yet is remembered; where the journal shows another record of
    the same name, that one stands.

    Args:
        folder: where the journal is.
        store: the store: that folder, or a bucket.
        run: the run's identifier.
        emit: takes rows for the journal.
        fresh: whether records of other runs are passed over.
    """

    def __init__(
        self, folder: Path, store: Store, run: str, emit: Callable[[Row], None], *, fresh: bool = False
    ) -> None:
        self._run = run
        self._emit = emit
        self._fresh = fresh
        self._journal = JournalReader(folder)
        apart = not isinstance(store, DirectoryStore)
        self._objects = StoreLedger(store, run) if apart else None
        # Asked once: a look at the disk for every task that is not in the journal would cost more than the journal.
        looked_at = not fresh and (apart or (folder / "task").is_dir())
        self._files = StoreLedger(store, run) if looked_at else None
        self._absent: dict[str, bool] = {}  # names looked up in vain: whether there is a row that is no record
        self._unnoted: dict[str, bool] = {}  # and shallow keys: whether there is a row that leads to none
        self._records: dict[str, Record] = {}
        self._aliases: dict[str, str] = {}
        self._failures: dict[str, Failure] = {}

    def expect(self, tasks: Sequence[tuple[str, str]]) -> None:
        """The journal is at hand; what it does not show is fetched, where that is far."""
        if self._objects is not None and self._files is not None:
            self._files.expect([(name, key) for name, key in tasks if self._journal.record(name) is None])

    def record(self, name: str) -> Record | None:
        """The record under a name, or None."""
        found, spoiled = self._standing(name)
        if found is None:
            _keep(self._absent, name, spoiled)
        return found

    def commit(self, name: str, record: Record) -> Record:
        """Write a record unless one stands; the record that stands.

        What was looked up before the task ran is not looked up again: of two runs that make it at once, the first row
        stays in any case.
        """
        standing, spoiled = (None, self._absent.pop(name)) if name in self._absent else self._standing(name)
        if standing is not None:
            return standing
        self._write(name, record, "replace" if spoiled else "record")
        return record

    def replace(self, name: str, record: Record) -> None:
        """Write a record in place of another."""
        self._write(name, record, "replace")

    def same(self, shallow: str) -> Record | None:
        """The record that a shallow key's name stands for."""
        found, noted = self._same(shallow)
        if found is None:
            _keep(self._unnoted, shallow, noted)
        return found

    def alias(self, shallow: str, name: str) -> None:
        """Note which record a shallow key's name stands for, unless one that stands is noted."""
        known = shallow in self._unnoted
        found, noted = (None, self._unnoted.pop(shallow)) if known else self._same(shallow)
        if found is None:
            _keep(self._aliases, shallow, name)
            if self._objects is not None:
                self._objects.alias(shallow, name)
            self._emit(("same again" if noted else "same", shallow, name))

    def failure(self, key: str) -> Failure | None:
        """Why a task has no result in this run."""
        told = self._journal.failure(self._run, key)
        return self._failures.get(key) if told is None else load_failure(told)

    def fail(self, failure: Failure) -> None:
        """Note that a task has no result in this run."""
        _keep(self._failures, failure.key, failure)
        self._emit(("fail", failure.key, dump_failure(failure)))

    def _standing(self, name: str) -> tuple[Record | None, bool]:
        """The record under a name, and whether a row of the name is none: it is damaged, or of another version.

        Where the run is to start afresh, what other runs wrote is not looked at.
        """
        row = self._journal.record(name)
        spoiled = False
        if row is not None and not (self._fresh and row[1] != self._run):
            record = load_record(row[0], name.partition("+")[0])
            if record is not None:
                return record, False
            spoiled = True
        if name in self._records or self._files is None:
            return self._records.get(name), spoiled
        return self._files.record(name), spoiled

    def _same(self, shallow: str) -> tuple[Record | None, bool]:
        """The record that a shallow key's name stands for, and whether one is noted, there or not."""
        noted = self._journal.same(shallow)
        names = (noted, self._aliases.get(shallow))
        found = next((record for name in names if name is not None and (record := self.record(name))), None)
        if found is None and self._files is not None:
            found = self._files.same(shallow)
        return found, noted is not None

    def _write(self, name: str, record: Record, kind: str) -> None:
        _keep(self._records, name, record)
        if self._objects is not None:
            (self._objects.commit if kind == "record" else self._objects.replace)(name, record)
        self._emit(("record" if kind == "record" else "replace", name, dump_record(record)))


def _keep(known: dict[str, Any], name: str, value: Any) -> None:
    known[name] = value
    if len(known) > _KEPT:
        del known[next(iter(known))]
