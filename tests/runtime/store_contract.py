"""What every store promises: a class of tests, run over each kind of store."""

import threading
from functools import partial
from pathlib import Path

import pytest

from mlc_runtime.errors import InvalidInputError
from mlc_runtime.store import Store


class StoreContract:
    """The tests; a subclass has the fixture `store`, which is empty."""

    def test_an_object_is_there_once_it_is_written(self, store: Store, tmp_path: Path) -> None:
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

    def test_the_first_writer_wins(self, store: Store) -> None:
        assert store.put_new("a", b"one")
        assert not store.put_new("a", b"two")
        assert not store.put_new("a", b"one")
        assert store.get("a") == b"one"

    def test_names_are_sorted_and_below_the_prefix(self, store: Store) -> None:
        for name in ("b/2", "a/10", "a/9", "ab/1", "a/x/y"):
            store.put(name, b"")
        assert list(store.names("a/")) == ["a/10", "a/9", "a/x/y"]
        assert list(store.names("a")) == ["a/10", "a/9", "a/x/y", "ab/1"]
        assert list(store.names("")) == ["a/10", "a/9", "a/x/y", "ab/1", "b/2"]
        assert list(store.names("nowhere/")) == []

    def test_a_name_is_not_a_folder(self, store: Store) -> None:
        store.put("a/b", b"one")
        assert store.get("a/b/c") is None
        assert not store.has("a")

    def test_of_many_writers_one_wins_and_all_see_it(self, store: Store) -> None:
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

    def test_many_are_read_at_once(self, store: Store) -> None:
        for i in range(100):
            store.put(f"a/{i}", str(i).encode())
        wanted = [f"a/{i}" for i in range(0, 200, 2)]
        assert store.get_many(wanted) == {f"a/{i}": str(i).encode() for i in range(0, 100, 2)}

    def test_a_file_follows_its_object(self, store: Store) -> None:
        store.put("a/b.csv", b"one")
        path = store.path("a/b.csv")
        assert path is not None
        assert (path.suffix, path.read_bytes()) == (".csv", b"one")
        store.put("a/b.csv", b"two")
        path = store.path("a/b.csv")
        assert path is not None
        assert path.read_bytes() == b"two"

    def test_an_object_may_be_large(self, store: Store, tmp_path: Path) -> None:
        data = bytes(range(256)) * (80 << 10)
        (tmp_path / "large").write_bytes(data)
        store.put_file("file", tmp_path / "large")
        store.put("data", memoryview(data))
        for name in ("file", "data"):
            path = store.path(name)
            assert path is not None
            assert path.read_bytes() == data
            assert store.get(name) == data

    @pytest.mark.parametrize("name", ["a b/ü €.json", "a+b=c&d?e#f", "%2F", "a/" + "x" * 200])
    def test_names_are_any_text(self, store: Store, name: str) -> None:
        store.put(name, b"one")
        assert (store.get(name), store.has(name), list(store.names(name[:2]))) == (b"one", True, [name])
        assert not store.put_new(name, b"two")

    @pytest.mark.parametrize("name", ["", "/etc/passwd", "../up", "a/../../up", "a\0b"])
    def test_names_stay_inside(self, store: Store, name: str) -> None:
        for use in (store.get, store.path, store.has, partial(store.put, data=b""), partial(store.put_new, data=b"")):
            with pytest.raises(InvalidInputError):
                use(name)
