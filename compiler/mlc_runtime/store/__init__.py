"""Where artifacts live: a folder now, an object store behind the same interface."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from mlc_runtime.errors import InvalidInputError
from mlc_runtime.store.directory import DirectoryStore
from mlc_runtime.store.store import Store

__all__ = ["Store", "open_store"]


def open_store(uri: str) -> Store:
    """The store at a folder's path or `file://` address.

    Raises:
        InvalidInputError: `MLC954`, an address of another kind.
    """
    scheme, separator, _ = uri.partition("://")
    if not separator:
        return DirectoryStore(Path(uri))
    if scheme == "file":
        return DirectoryStore(Path(unquote(urlsplit(uri).path)))
    raise InvalidInputError(
        "MLC954",
        f"the store `{uri}` cannot be opened: this version reads and writes folders only",
        "Set `store` in the environment to a folder, or mount the bucket as one.",
    )
