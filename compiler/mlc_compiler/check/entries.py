"""The entries of a spec and of the files that it includes, under the names by which the spec reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from mlc_compiler.source.place import Path, Place
from mlc_compiler.spec.features import FeatureGroup
from mlc_compiler.spec.header import Spec
from mlc_compiler.spec.sources import Source

Entry = TypeVar("Entry", Source, FeatureGroup)


@dataclass(frozen=True)
class File:
    """One document: the spec itself under the alias "", or an included one.

    Attributes:
        broken: the paths of what was cut out when the document was loaded.
    """

    alias: str
    name: str
    spec: Spec
    broken: frozenset[Path] = frozenset()

    def qualify(self, name: str) -> str:
        """The name by which the spec knows what this file calls `name`."""
        return f"{self.alias}.{name}" if self.alias else name

    def place(self, *path: str | int) -> Place:
        """A place in this file."""
        return Place(self.name, path)


@dataclass(frozen=True)
class Entries:
    """All files; the first is the spec itself."""

    files: tuple[File, ...]

    @property
    def spec(self) -> Spec:
        """The spec itself."""
        return self.files[0].spec

    @property
    def main(self) -> File:
        """The file of the spec itself."""
        return self.files[0]

    def sources(self) -> Iterator[tuple[str, Source, File]]:
        """Sources by their qualified names."""
        for file in self.files:
            yield from ((file.qualify(name), entry, file) for name, entry in file.spec.sources.items())

    def features(self) -> Iterator[tuple[str, FeatureGroup, File]]:
        """Feature groups by their qualified names."""
        for file in self.files:
            yield from ((file.qualify(name), entry, file) for name, entry in file.spec.features.items())

    def broken(self, section: Literal["sources", "features", "examples", "training", "serving", "steps"]) -> set[str]:
        """The names of entries that were cut out, so that nobody reports them as unknown."""
        return {
            file.qualify(str(path[1]))
            for file in self.files
            for path in file.broken
            if len(path) == 2 and path[0] == section
        }


def reachable(name: str, file: File, known: Mapping[str, object]) -> str:
    """The qualified name of what a file refers to as `name`: its own entry before another file's."""
    own = file.qualify(name)
    return own if own in known else name
