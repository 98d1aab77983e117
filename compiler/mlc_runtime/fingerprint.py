"""Fingerprints of sources: what stands in keys for data that a run finds outside the store."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlc_runtime.content import file_digest
from mlc_runtime.context import Context
from mlc_runtime.keys import digest
from mlc_runtime.store.store import Store

_CACHE = "cache/sha256.json"
_SETTLED = 2_000_000_000  # nanoseconds after which a change of a file shows in its time


@dataclass
class Fingerprints:
    """Digests of files and connections, remembered by path, size and time so that nothing large is read twice.

    Attributes:
        store: where digests are remembered.
        root: the project's folder.
        environment: connections by name.
        run: the run, which stands for a table that cannot tell whether it changed.
    """

    store: Store
    root: Path
    environment: Mapping[str, Any]
    run: str
    _known: dict[str, list[Any]] = field(default_factory=dict, init=False, repr=False)
    _changed: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        self._known = _load(self.store.get(_CACHE))

    def source(self, locate: Mapping[str, Any]) -> str:
        """The fingerprint of what a `read` step reads.

        Args:
            locate: `path` or `files`, or `connection` with `table`, `query` or `files`, as the operation has them.
                Where nothing is set, the data come from a step, whose key says all.
        """
        if locate.get("connection"):
            return self._connection(locate)
        if locate.get("files"):
            return self._names(self.root, locate["files"])
        return self.path(self.root / locate["path"]) if locate.get("path") else ""

    def path(self, path: Path) -> str:
        """The digest of a file, or of the names and digests of the files in a folder or behind a prefix."""
        if path.is_file():
            return self._file(path)
        folder = path if path.is_dir() else path.parent
        found = sorted(file for file in folder.rglob("*") if file.is_file() and str(file).startswith(str(path)))
        if not found:
            return digest(["nothing", path.name])  # by name, so that a complaint is about this one
        return digest([[file.relative_to(folder).as_posix(), self._file(file)] for file in found])

    def save(self) -> None:
        """Remember what was read."""
        if self._changed:
            self.store.put(_CACHE, json.dumps(self._known, sort_keys=True).encode())

    def _connection(self, wanted: Mapping[str, Any]) -> str:
        """By the connection's own query where it has one, else by the bytes of a table's file, or of all there is.

        What is asked of it tells tables apart. Another connection cannot say whether it changed: each run reads again.
        """
        from mlc_runtime.data.connections import ask, table_file

        settings = self.environment.get("connections", {}).get(wanted["connection"], {})
        if settings.get("fingerprint") and settings.get("type") in ("folder", "duckdb"):
            return digest([wanted, ask(wanted["connection"], settings["fingerprint"], self._context())])
        place = self.root / settings["path"] if "path" in settings else None
        match settings.get("type"):
            case "folder" if place is not None and wanted.get("table"):
                found = table_file(place, wanted["table"])
                return digest(["nothing", self.run, wanted]) if found is None else self.path(found)
            case "folder" if place is not None and wanted.get("files"):
                return self._names(place, wanted["files"])
            case "folder" | "duckdb" if place is not None:
                return digest([self.path(place), wanted.get("table"), wanted.get("query")])
        return digest(["run", self.run, wanted])

    def _names(self, folder: Path, prefix: str) -> str:
        """Of objects below a prefix; the prefix too, since their paths are what is read."""
        return digest([prefix, self.path(folder / prefix)])

    def _context(self) -> Context:
        return Context(
            parameters={},
            timezone="UTC",
            seed=0,
            root=self.root,
            workdir=self.root,
            store=self.store,
            run=self.run,
            environment=self.environment,
        )

    def _file(self, path: Path) -> str:
        stat = path.stat()
        name, state = str(path.resolve()), [stat.st_size, stat.st_mtime_ns]
        known = self._known.get(name)
        if known is not None and known[:2] == state:
            return str(known[2])
        found = file_digest(path)
        if time.time_ns() - stat.st_mtime_ns > _SETTLED:
            self._known[name] = [*state, found]
            self._changed = True
        return found


def _load(data: bytes | None) -> dict[str, list[Any]]:
    try:
        known = json.loads(data or b"{}")
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}
