"""A store in a folder: an object is a file, complete as soon as it has its name."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mlc_runtime.errors import InfrastructureError
from mlc_runtime.store.store import check_name

_TEMPORARY = ".tmp-"


class DirectoryStore:
    """Objects as files below a folder, which is made when the first one is written.

    An object is written to a temporary file beside its place, then renamed (or, where the first writer must win,
    linked, which fails if the name is taken). Nothing is flushed to the disk: after a loss of power a name may stand
    for bytes that never arrived, which readers find out by the digest.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def get(self, name: str) -> bytes | None:
        """The object's bytes, or None."""
        with self._reach("read"):
            try:
                return self._file(name).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None

    def get_many(self, names: Iterable[str]) -> dict[str, bytes]:
        """The bytes of those objects that are there."""
        return {name: data for name in names if (data := self.get(name)) is not None}

    def path(self, name: str) -> Path | None:
        """The object's file, or None."""
        return self._file(name) if self.has(name) else None

    def put(self, name: str, data: bytes | memoryview) -> None:
        """Write the object, replacing an earlier one."""
        file = self._file(name)
        with self._reach("written"), self._temporary(file) as temporary:
            _write(temporary, data)
            temporary.replace(file)

    def put_file(self, name: str, file: Path) -> None:
        """Write the object with a file's bytes, replacing an earlier one."""
        with self._reach("written"), self._temporary(self._file(name)) as temporary:
            temporary.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, temporary)
            temporary.replace(self._file(name))

    def put_new(self, name: str, data: bytes | memoryview) -> bool:
        """Write the object unless there is one."""
        with self._reach("written"):
            file = self._file(name)
            if file.exists():
                return False
            with self._temporary(file) as temporary:
                _write(temporary, data)
                try:
                    os.link(temporary, file)
                except FileExistsError:
                    return False
                return True

    def has(self, name: str) -> bool:
        """Whether the object is there."""
        with self._reach("read"):
            return self._file(name).is_file()

    def names(self, prefix: str) -> Iterator[str]:
        """The names that start with a prefix, sorted."""
        with self._reach("read"):
            found = [
                name
                for folder, _, files in os.walk(self.root / prefix.rpartition("/")[0])
                for file in files
                if not file.startswith(_TEMPORARY)
                and (name := (Path(folder) / file).relative_to(self.root).as_posix()).startswith(prefix)
            ]
        return iter(sorted(found))

    def _file(self, name: str) -> Path:
        return self.root / check_name(name)

    @contextmanager
    def _temporary(self, file: Path) -> Iterator[Path]:
        """A file beside the given one, removed unless it has taken a place."""
        temporary = file.with_name(f"{_TEMPORARY}{uuid.uuid4().hex}")
        try:
            yield temporary
        finally:
            with suppress(OSError):
                temporary.unlink()

    @contextmanager
    def _reach(self, verb: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InfrastructureError(
                "MLC953",
                f"the store `{self.root}` cannot be {verb}: {error.strerror or error}",
                "Check that the folder is there, is writable and has space left.",
            ) from error


def _write(file: Path, data: bytes | memoryview) -> None:
    """Write a file, and make its folder where it is the first there."""
    try:
        file.write_bytes(data)
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
