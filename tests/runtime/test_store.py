import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mlc_runtime.errors import InfrastructureError, InvalidInputError
from mlc_runtime.store import Store, open_store
from mlc_runtime.store.directory import DirectoryStore
from mlc_runtime.store.memory import MemoryStore

Make = Callable[[], Store]


@pytest.fixture(params=["directory", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return DirectoryStore(tmp_path / "store") if request.param == "directory" else MemoryStore()


def test_an_object_is_there_once_it_is_written(store: Store, tmp_path: Path) -> None:
    assert (store.get("a/b"), store.path("a/b"), store.has("a/b"), list(store.names(""))) == (None, None, False, [])
    store.put("a/b", b"one")
    path = store.path("a/b")
    assert path is not None
    assert (store.get("a/b"), path.read_bytes(), store.has("a/b")) == (b"one", b"one", True)
    store.put("a/b", memoryview(b"two"))
    assert store.get("a/b") == b"two"
    (tmp_path / "file").write_bytes(b"three")
    store.put_file("a/c", tmp_path / "file")
    assert store.get("a/c") == b"three"
    assert (tmp_path / "file").read_bytes() == b"three"


def test_the_first_writer_wins(store: Store) -> None:
    assert store.put_new("a", b"one")
    assert not store.put_new("a", b"two")
    assert not store.put_new("a", b"one")
    assert store.get("a") == b"one"


def test_names_are_sorted_and_below_the_prefix(store: Store) -> None:
    for name in ("b/2", "a/10", "a/9", "ab/1", "a/x/y"):
        store.put(name, b"")
    assert list(store.names("a/")) == ["a/10", "a/9", "a/x/y"]
    assert list(store.names("a")) == ["a/10", "a/9", "a/x/y", "ab/1"]
    assert list(store.names("")) == ["a/10", "a/9", "a/x/y", "ab/1", "b/2"]
    assert list(store.names("nowhere/")) == []


def test_a_name_is_not_a_folder(store: Store) -> None:
    store.put("a/b", b"one")
    assert store.get("a/b/c") is None
    assert not store.has("a")


def test_of_many_writers_one_wins_and_all_see_it(store: Store) -> None:
    won: list[int] = []
    start = threading.Barrier(8)

    def write(i: int) -> None:
        start.wait()
        if store.put_new("prize", bytes([i]) * 100_000):
            won.append(i)

    threads = [threading.Thread(target=write, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert store.get("prize") == bytes(won) * 100_000


def test_nothing_half_written_is_ever_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = DirectoryStore(tmp_path)

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    for write in (store.put, store.put_new):
        with pytest.raises(InfrastructureError, match="No space left"):
            write("a", b"whole")
    assert not store.has("a")
    assert list(tmp_path.rglob("*")) == []


def test_what_a_killed_writer_left_is_no_object(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    store.put("a/b", b"one")
    (tmp_path / "a" / ".tmp-1234").write_bytes(b"half")
    assert list(store.names("")) == ["a/b"]


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../up", "a/../../up", "a\0b"])
def test_names_stay_inside(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError):
        DirectoryStore(tmp_path / "store").put(name, b"")


def test_a_store_out_of_reach_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InfrastructureError, match="cannot be written"):
        DirectoryStore(tmp_path / "file").put("a", b"")
    assert DirectoryStore(tmp_path / "nowhere").get("a") is None


def test_stores_are_opened_by_address(tmp_path: Path) -> None:
    for uri in (str(tmp_path), tmp_path.as_uri()):
        store = open_store(uri)
        assert isinstance(store, DirectoryStore)
        assert store.root == tmp_path
    with pytest.raises(InvalidInputError, match="folders only"):
        open_store("s3://bucket/prefix")
