"""The entries of a spec and of the files that it includes, under the names by which the spec reads them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

from mlc_compiler.source.place import Place
from mlc_compiler.spec.features import FeatureGroup
from mlc_compiler.spec.header import Spec
from mlc_compiler.spec.load import Loaded
from mlc_compiler.spec.sources import Source

Entry = TypeVar("Entry", Source, FeatureGroup)
Section = Literal["sources", "features", "examples", "training", "serving", "experiments", "steps"]


class File(NamedTuple):
    """One document: the spec itself under the alias "", or an included one."""

    alias: str
    loaded: Loaded

    @property
    def name(self) -> str:
        """The file's name in messages."""
        return self.loaded.file

    @property
    def spec(self) -> Spec:
        """All of the document that is sound."""
        return self.loaded.spec

    def qualify(self, name: str) -> str:
        """The name by which the spec knows what this file calls `name`."""
        return f"{self.alias}.{name}" if self.alias else name

    def cut(self, *path: str | int) -> Iterator[str]:
        """The keys of the mapping at a path that were cut out, so that what reads them is no second finding."""
        keys = {str(cut[-1]) for cut in self.loaded.broken if cut[:-1] == path}
        yield from sorted(keys)

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

    def broken(self, section: Section) -> Broken:
        """The names of entries that were cut out, so that nobody reports them as unknown."""
        return Broken(self.files, section)

    def is_broken(self, *path: str | int) -> bool:
        """Whether something of the spec itself was cut out at this path: that it is absent is no finding."""
        return self.main.loaded.is_broken(*path)


@dataclass(frozen=True)
class Broken(Container[str]):
    """The entries of a section that were cut out; every name where the section itself was."""

    files: tuple[File, ...]
    section: Section

    def __contains__(self, name: object) -> bool:
        alias, _, rest = str(name).partition(".")
        if rest and ("include", alias) in self.files[0].loaded.broken:
            return True
        return any(
            path[0] == self.section and (len(path) == 1 or (len(path) == 2 and file.qualify(str(path[1])) == name))
            for file in self.files
            for path in file.loaded.broken
            if path
        )


def reachable(name: str, file: File, known: Mapping[str, object]) -> str:
    """The qualified name of what a file refers to as `name`: its own entry before another file's."""
    own = file.qualify(name)
    return own if own in known else name
