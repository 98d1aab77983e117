"""The one interface of a store: immutable objects under names, written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from mlc_runtime.errors import InvalidInputError


class Store(Protocol):
    """Objects under slash-separated names. A store out of reach is an `InfrastructureError`, whatever the method."""

    def get(self, name: str) -> bytes | None:
        """The object's bytes, or None where there is none."""
        ...

    def get_many(self, names: Iterable[str]) -> dict[str, bytes]:
        """The bytes of those objects that are there; far away, they are read at the same time."""
        ...

    def path(self, name: str) -> Path | None:
        """A local file that holds the object (fetched if need be), or None where there is none."""
        ...

    def put(self, name: str, data: bytes | memoryview) -> None:
        """Write the object, whole, replacing an earlier one."""
        ...

    def put_file(self, name: str, file: Path) -> None:
        """As `put`, of a local file's bytes."""
        ...

    def put_new(self, name: str, data: bytes | memoryview) -> bool:
        """Write the object unless one is there; True if this call wrote it. The first writer wins."""
        ...

    def has(self, name: str) -> bool:
        """Whether the object is there."""
        ...

    def names(self, prefix: str) -> Iterator[str]:
        """The names that start with a prefix, sorted."""
        ...


def check_name(name: str) -> str:
    """The name, which stays below the store.

    Raises:
        InvalidInputError: `MLC952`, it does not.
    """
    parts = name.split("/")
    if {"", "."}.issuperset(parts) or name.startswith("/") or ".." in parts or "\0" in name:
        raise InvalidInputError("MLC952", f"`{name}` is not a name of an object in a store")
    return name
