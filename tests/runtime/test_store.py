import sys
from pathlib import Path

import pytest
from tests.runtime.store_contract import StoreContract

from mlc_runtime.errors import InfrastructureError, InvalidInputError
from mlc_runtime.store import Store, open_store, store_address
from mlc_runtime.store.directory import DirectoryStore
from mlc_runtime.store.memory import MemoryStore


class TestDirectory(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return DirectoryStore(tmp_path / "store")


class TestMemory(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()


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
    for uri in ("ftp://host/store", "s3://"):
        with pytest.raises(InvalidInputError, match="cannot be opened"):
            open_store(uri)


def test_a_store_of_an_environment_has_one_address() -> None:
    server = {"endpoint": "https://s3.example:9000/x?y", "region": None}
    assert store_address({"path": "data/store", **server}) == "data/store"
    assert store_address({"path": "s3://bucket/a b", "endpoint": None}) == "s3://bucket/a%20b"
    address = store_address({"path": "s3://bucket/prefix", **server})
    assert address == "s3://bucket/prefix?endpoint=https%3A%2F%2Fs3.example%3A9000%2Fx%3Fy"


def test_a_bucket_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(InvalidInputError) as caught:
        open_store("s3://bucket/prefix")
    assert (caught.value.code, "mlc-compiler[s3]" in caught.value.help) == ("MLC964", True)
