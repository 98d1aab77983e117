"""The book of results: which tasks are done, and which failed in this run.

`Ledger` is the interface, so that an engine on one machine may keep its book in a database; `StoreLedger` keeps it as
objects of the store, which is what steps in containers share. A store in a folder may hold both: each ledger writes
its own, and reads the other where it finds nothing in it, so that no engine makes again what another one made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mlc_runtime import layout
from mlc_runtime.errors import InfrastructureError
from mlc_runtime.journal import NAME, JournalReader
from mlc_runtime.record import Failure, Record, dump_failure, dump_record, load_failure, load_record
from mlc_runtime.store.directory import DirectoryStore
from mlc_runtime.store.store import Store


class Ledger(Protocol):
    """Records by name (see `mlc_runtime.keys.object_name`; a name starts with its key), failures by key."""

    def expect(self, tasks: Sequence[tuple[str, str]]) -> None:
        """Be ready to be asked for the records and failures of many tasks, by name and key, one after the other."""
        ...

    def record(self, name: str) -> Record | None:
        """The record under a name, or None."""
        ...

    def commit(self, name: str, record: Record) -> Record:
        """Write a record whose blobs are complete, unless one stands; the record that stands then."""
        ...

    def replace(self, name: str, record: Record) -> None:
        """Write a record in place of one whose blobs are lost."""
        ...

    def same(self, shallow: str) -> Record | None:
        """The record that was made from inputs of the same content, by the shallow key's name."""
        ...

    def alias(self, shallow: str, name: str) -> None:
        """Note which record a shallow key's name stands for, unless one is noted."""
        ...

    def failure(self, key: str) -> Failure | None:
        """Why a task has no result in this run, or None."""
        ...

    def fail(self, failure: Failure) -> None:
        """Note that a task has no result in this run."""
        ...


class StoreLedger:
    """A ledger in a store.

    Args:
        store: where records are.
        run: the run's identifier.
        journal: of the same store, where an engine on one machine keeps one.
    """

    def __init__(self, store: Store, run: str, journal: JournalReader | None = None) -> None:
        self._store = store
        self._run = run
        self._journal = journal
        self._records: dict[str, Record] = {}
        self._sound: set[str] = set()

    def expect(self, tasks: Sequence[tuple[str, str]]) -> None:
        """Read the records at the same time, and list the failures; what is done stays done."""
        failed = set(self._store.names(layout.failure(self._run, "").removesuffix(".json")))
        found = self._store.get_many(layout.task(name) for name, _ in tasks)
        for name, key in tasks:
            record = load_record(found.get(layout.task(name), b""), key)
            if record is not None and layout.failure(self._run, key) not in failed:
                self._records[name] = record
                self._sound.add(key)

    def record(self, name: str) -> Record | None:
        """The record under a name; one that is torn is none."""
        if name in self._records:
            return self._records[name]
        key = name.partition("+")[0]
        data = self._store.get(layout.task(name))
        found = None if data is None else load_record(data, key)
        if found is None and self._journal is not None:
            row = self._journal.record(name)
            return None if row is None else load_record(row[0], key)
        return found

    def commit(self, name: str, record: Record) -> Record:
        """Write a record unless a whole one stands."""
        data = dump_record(record)
        if self._store.put_new(layout.task(name), data):
            return record
        standing = self.record(name)
        if standing is None:
            self._store.put(layout.task(name), data)
            return record
        return standing

    def replace(self, name: str, record: Record) -> None:
        """Write a record in place of another."""
        self._records.pop(name, None)
        self._store.put(layout.task(name), dump_record(record))

    def same(self, shallow: str) -> Record | None:
        """The record that a shallow key's name stands for."""
        name = self._store.get(layout.same(shallow))
        found = None if name is None else self.record(name.decode("ascii", "replace"))
        if found is None and self._journal is not None:
            other = self._journal.same(shallow)
            return None if other is None else self.record(other)
        return found

    def alias(self, shallow: str, name: str) -> None:
        """Note which record a shallow key's name stands for."""
        if not self._store.put_new(layout.same(shallow), name.encode()) and self.same(shallow) is None:
            self._store.put(layout.same(shallow), name.encode())

    def failure(self, key: str) -> Failure | None:
        """Why a task has no result in this run."""
        if key in self._sound:
            return None
        data = self._store.get(layout.failure(self._run, key))
        if data is None and self._journal is not None:
            data = self._journal.failure(self._run, key)
        return None if data is None else load_failure(data)

    def fail(self, failure: Failure) -> None:
        """Note that a task has no result in this run."""
        self._store.put_new(layout.failure(self._run, failure.key), dump_failure(failure))


def find_journal(store: Store) -> JournalReader | None:
    """The journal that an engine on one machine keeps in a store; None where there is none to be read."""
    if not isinstance(store, DirectoryStore) or not store.has(NAME):
        return None
    reader = JournalReader(store.root)
    try:
        reader.same("")  # a first look: whether a folder allows for a journal shows only then
    except InfrastructureError:
        return None
    return reader
