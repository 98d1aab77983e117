"""A document that is open in an editor, with all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mlc_compiler.check.entries import File
from mlc_compiler.check.facts import Program
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.driver import Checked
from mlc_compiler.expression.types import UNKNOWN, Type, parse_type
from mlc_compiler.source.document import Document
from mlc_compiler.source.place import Path
from mlc_compiler.spec.load import LoadedEnvironment

Columns = Mapping[str, Type]
"""Columns and their types."""


@dataclass(frozen=True, eq=False)
class View:
    """A spec or an environment, and what it is read together with.

    Attributes:
        file: the document's name, as places carry it.
        documents: all that was read, by that name: the spec, what it includes, its environment.
        diagnostics: what is wrong with them.
        checked: the spec; None where the document is an environment without one.
        environment: where the spec runs; None where there is none.
    """

    file: str
    documents: Mapping[str, Document]
    diagnostics: tuple[Diagnostic, ...]
    checked: Checked | None
    environment: LoadedEnvironment | None

    @property
    def document(self) -> Document:
        """The document itself."""
        return self.documents[self.file]

    @property
    def program(self) -> Program | None:
        """What is sound of the spec."""
        return self.checked.program if self.checked else None

    @property
    def files(self) -> tuple[File, ...]:
        """The spec under the alias "", and the files that it includes."""
        return self.checked.entries.files if self.checked else ()

    @cached_property
    def sources(self) -> Mapping[str, Columns]:
        """The columns of each source; of one that is not sound, those that it declares."""
        sound = self.program.sources if self.program else {}
        found: dict[str, Columns] = {}
        for file in self.files:
            for local, entry in mapping(file.loaded.data, "sources").items():
                name = file.qualify(local)
                facts = sound.get(name)
                found[name] = facts.columns if facts else _declared(entry)
        return found

    @cached_property
    def groups(self) -> Mapping[str, Columns]:
        """The columns of each feature group, with their types where examples evaluate it."""
        typed: dict[str, Columns] = {}
        for examples in self.program.examples.values() if self.program else ():
            for name, group in examples.groups.items():
                typed.setdefault(name, group.columns)
        found: dict[str, Columns] = {}
        for file in self.files:
            for local, entry in mapping(file.loaded.data, "features").items():
                name = file.qualify(local)
                found[name] = typed.get(name) or dict.fromkeys(_keys(at(entry, "columns")), UNKNOWN)
        return found


def at(data: Any, *path: str | int) -> Any:
    """The data at a path; None where it leads nowhere."""
    for part in path:
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and 0 <= part < len(data):
            data = data[part]
        else:
            return None
    return data


def mapping(data: Any, *path: str | int) -> dict[str, Any]:
    """The mapping at a path; an empty one where there is none."""
    found = at(data, *path)
    return found if isinstance(found, dict) else {}


def _declared(entry: Any) -> Columns:
    columns = {
        name: parse_type(kind) if isinstance(kind, str) else None for name, kind in mapping(entry, "columns").items()
    }
    return {name: kind or UNKNOWN for name, kind in columns.items()}


def _keys(columns: Any) -> list[str]:
    return [name for name in columns if isinstance(name, str)] if isinstance(columns, dict | list) else []


def owner(data: Any, path: Path, key: str) -> str | None:
    """The text that the nearest mapping above a path has under a key."""
    found = None
    for part in path:
        value = at(data, key)
        found = value if isinstance(value, str) else found
        data = at(data, part)
    return found
