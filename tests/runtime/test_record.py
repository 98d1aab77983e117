import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_runtime import layout
from mlc_runtime.ledger import StoreLedger
from mlc_runtime.record import Failure, Record, dump_failure, dump_record, load_failure, load_record
from mlc_runtime.store.directory import DirectoryStore
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.values import Output

RECORD = Record(
    "k" * 40,
    "s" * 40,
    "train",
    {"model": Output("model", "c1", 10, "b1"), "report": Output("json", "c2", 4, inline=None)},
    {"rows": "i1"},
    {"python": "3.11"},
    "r1",
    1_700_000_000_000_000,
    0.25,
    2,
)


def test_a_record_comes_back_as_it_was() -> None:
    assert load_record(dump_record(RECORD), RECORD.key) == RECORD
    failure = Failure("k", "fit", {"c": "é"}, "failed", "boom", "MLC960", "mend it", "frames", 0.5, 3)
    assert load_failure(dump_failure(failure)) == failure


def test_a_record_of_another_key_is_none() -> None:
    assert load_record(dump_record(RECORD), "x" * 40) is None


@given(st.integers(0, len(dump_record(RECORD)) - 1))
def test_a_torn_record_is_none(length: int) -> None:
    assert load_record(dump_record(RECORD)[:length], RECORD.key) is None


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"null", b'{"mlc_record": 1, "key": "k", "outputs": {"a": {}}}', b"\xff"]
)
def test_what_is_no_record_is_none(data: bytes) -> None:
    assert load_record(data, "k") is None
    assert load_failure(data) is None


def test_a_later_version_s_record_is_none() -> None:
    document = {**json.loads(dump_record(RECORD)), "mlc_record": 2}
    assert load_record(json.dumps(document).encode(), RECORD.key) is None


def test_of_two_writers_the_second_adopts() -> None:
    ledger = StoreLedger(MemoryStore(), "r1")
    other = replace(RECORD, run="r2")
    assert ledger.commit("k" * 40, RECORD) == RECORD
    assert ledger.commit("k" * 40, other) == RECORD
    ledger.replace("k" * 40, other)
    assert ledger.record("k" * 40) == other


def test_many_writers_agree(tmp_path: Path) -> None:
    ledger = StoreLedger(DirectoryStore(tmp_path), "r1")
    start = threading.Barrier(6)
    seen: list[Record] = []

    def write(i: int) -> None:
        start.wait()
        seen.append(ledger.commit("k" * 40, replace(RECORD, run=str(i))))

    threads = [threading.Thread(target=write, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({record.run for record in seen}) == 1


def test_a_torn_record_is_written_again(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    ledger = StoreLedger(store, "r1")
    store.put(layout.task("k" * 40), dump_record(RECORD)[:20])
    assert ledger.record("k" * 40) is None
    assert ledger.commit("k" * 40, RECORD) == RECORD
    assert ledger.record("k" * 40) == RECORD


def test_an_alias_outlives_a_lost_record() -> None:
    ledger = StoreLedger(MemoryStore(), "r1")
    ledger.alias("s", "x" * 40)
    assert ledger.same("s") is None
    ledger.commit("k" * 40, RECORD)
    ledger.alias("s", "k" * 40)
    assert ledger.same("s") == RECORD


def test_failures_are_of_a_run() -> None:
    store = MemoryStore()
    StoreLedger(store, "r1").fail(Failure("k", "fit", {}, "timeout", "took too long"))
    failure = StoreLedger(store, "r1").failure("k")
    assert failure is not None
    assert failure.kind == "timeout"
    assert StoreLedger(store, "r2").failure("k") is None


def test_a_model_s_bytes_prove_nothing() -> None:
    other = replace(RECORD, outputs={"model": Output("model", "c9", 10, "b9"), "report": Output("json", "c3", 4)})
    assert RECORD.differs(other) == ("report",)
    assert RECORD.differs(RECORD) == ()


class Counting(MemoryStore):
    """Counts what is asked of it one by one."""

    asked = 0

    def get(self, name: str) -> bytes | None:
        self.asked += 1
        return super().get(name)


def test_what_is_expected_is_read_at_once() -> None:
    store = Counting()
    keys = [f"{i:040x}" for i in range(6)]
    writer = StoreLedger(store, "r1")
    for key in keys[:4]:
        writer.commit(key, replace(RECORD, key=key))
    for key in keys[3:5]:  # the fourth has a record and failed in this run, the fifth failed, the sixth has not ended
        writer.fail(Failure(key, "train", {}, "error", "no"))
    reader = StoreLedger(store, "r1")
    reader.expect([(key, key) for key in keys])
    store.asked = 0
    assert [reader.record(key) == replace(RECORD, key=key) for key in keys[:3]] == [True] * 3
    assert [reader.failure(key) for key in keys[:3]] == [None] * 3
    assert store.asked == 0
    assert [reader.failure(key) is not None for key in keys[3:]] == [True, True, False]
    assert [reader.record(key) is not None for key in keys[3:]] == [True, False, False]
    reader.replace(keys[0], replace(RECORD, key=keys[0], run="r2"))
    standing = reader.record(keys[0])
    assert standing is not None
    assert standing.run == "r2"
