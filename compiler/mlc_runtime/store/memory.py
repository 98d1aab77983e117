"""A store in the memory of one process: for tests, and for runs whose results nobody keeps."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from mlc_runtime.store.store import check_name


class MemoryStore:
    """Objects in a dictionary; files of those that are asked for as files live until the store does."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def get(self, name: str) -> bytes | None:
        """The object's bytes, or None."""
        return self._objects.get(check_name(name))

    def get_many(self, names: Iterable[str]) -> dict[str, bytes]:
        """The bytes of those objects that are there."""
        return {name: self._objects[name] for name in names if name in self._objects}

    def path(self, name: str) -> Path | None:
        """A file that holds the object, or None."""
        data = self.get(name)
        if data is None:
            return None
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="mlc-memory-")
        file = Path(self._folder.name) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return file

    def put(self, name: str, data: bytes | memoryview) -> None:
        """Write the object, replacing an earlier one."""
        self._objects[check_name(name)] = bytes(data)

    def put_file(self, name: str, file: Path) -> None:
        """Write the object with a file's bytes."""
        self._objects[check_name(name)] = file.read_bytes()

    def put_new(self, name: str, data: bytes | memoryview) -> bool:
        """Write the object unless there is one."""
        with self._lock:
            if self.has(name):
                return False
            self._objects[name] = bytes(data)
            return True

    def has(self, name: str) -> bool:
        """Whether the object is there."""
        return check_name(name) in self._objects

    def names(self, prefix: str) -> Iterator[str]:
        """The names that start with a prefix, sorted."""
        return iter(sorted(name for name in self._objects if name.startswith(prefix)))
