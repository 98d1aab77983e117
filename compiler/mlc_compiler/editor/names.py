"""The things that have a name, and where each is defined; what a name written somewhere stands for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from mlc_compiler.check.entries import File, Section, reachable
from mlc_compiler.editor.slots import Rows
from mlc_compiler.editor.view import View, at, mapping, owner
from mlc_compiler.source.place import Path, Place

Kind = Literal[
    "sources",
    "features",
    "examples",
    "training",
    "serving",
    "experiments",
    "steps",
    "parameters",
    "include",
    "column",
    "feature",
    "output",
    "connections",
    "secrets",
    "pools",
]

OUTSIDE: Mapping[str, Kind] = {"connections": "connections", "secrets": "secrets", "pools": "pools"}
"""The kinds that an environment defines, by its section."""

INSIDE: Mapping[str, Kind] = {
    "sources": "sources",
    "features": "features",
    "examples": "examples",
    "training": "training",
    "serving": "serving",
    "experiments": "experiments",
    "steps": "steps",
    "parameters": "parameters",
    "include": "include",
}
"""The kinds of entries that a spec defines, by its section."""


class Symbol(NamedTuple):
    """A thing with a name.

    Attributes:
        kind: a section of the spec or the environment, a `column` of a source, a `feature` (the column of a group), or
            an `output` of a step.
        name: as the spec writes it, with the alias of the file that has it.
        owner: of a column the source, of a feature the group, of an output the step; as the spec writes it.
    """

    kind: Kind
    name: str
    owner: str = ""


def definition(view: View, symbol: Symbol) -> Place | None:
    """Where a thing is defined: its key, or what stands for it; None where that cannot be told."""
    if symbol.kind in OUTSIDE:
        loaded = view.environment
        found = loaded is not None and symbol.name in mapping(loaded.data, symbol.kind)
        return Place(loaded.file, (symbol.kind, symbol.name), "key") if loaded is not None and found else None
    entry = symbol.owner or symbol.name
    file, local = _home(view, entry)
    if file is None:
        return None
    if symbol.kind == "column":
        return _column(file, ("sources", local), symbol.name)
    if symbol.kind == "feature":
        return _column(file, ("features", local), symbol.name)
    path: Path = ("steps", local, "outputs", symbol.name) if symbol.kind == "output" else (symbol.kind, local)
    return Place(file.name, path, "key") if path[-1] in mapping(file.loaded.data, *path[:-1]) else None


def _home(view: View, name: str) -> tuple[File | None, str]:
    """The file that has an entry, and what it calls it there."""
    alias, _, local = name.rpartition(".")
    return next((file for file in view.files if file.alias == alias), None), local


def _column(file: File, entry: Path, name: str) -> Place | None:
    columns = at(file.loaded.data, *entry, "columns")
    if isinstance(columns, dict) and name in columns:
        return Place(file.name, (*entry, "columns", name), "key")
    if isinstance(columns, list) and name in columns:
        return Place(file.name, (*entry, "columns", columns.index(name)))
    # Those of a SELECT are defined by it; a `time` may name the only column that is not listed.
    return Place(file.name, (*entry, "sql")) if isinstance(at(file.loaded.data, *entry, "sql"), str) else None


def rows(view: View, file: File, path: Path, of: Rows) -> tuple[str, ...]:
    """The sources whose columns a bare word at a path of a file names."""
    data, section, name = file.loaded.data, str(path[0]), str(path[1])
    if of == "own":
        return (file.qualify(name),)
    if of == "from":
        return _reached(view, file, [owner(data, path, "from")])
    if section == "features":
        group = file.qualify(name)
        program = view.program
        users = [each.source for each in program.examples.values() if group in each.groups] if program else []
        return tuple(dict.fromkeys(users)) or _reached(view, file, _froms(data))
    if section == "experiments":
        name, section = str(at(data, "experiments", name, "service")), "serving"
    examples: object = name
    if section == "serving":
        training = at(data, "serving", name, "model")
        examples = at(data, "serving", name, "examples") or at(data, "training", str(training), "examples")
    elif section == "training":
        examples = at(data, "training", name, "examples")
    return _reached(view, file, [at(data, "examples", str(examples), "from")])


def _froms(data: object) -> Iterator[object]:
    for examples in mapping(data, "examples").values():
        yield at(examples, "from")


def _reached(view: View, file: File, names: Iterable[object]) -> tuple[str, ...]:
    found = (reachable(name, file, view.sources) for name in names if isinstance(name, str))
    return tuple(dict.fromkeys(name for name in found if name in view.sources))


def has_from(file: File, path: Path) -> bool:
    """Whether the feature group that a path leads through looks rows up."""
    return path[0] != "features" or len(path) < 2 or at(file.loaded.data, "features", path[1], "from") is not None


def entry(view: View, file: File, text: str, sections: Iterable[Section]) -> Symbol | None:
    """The entry that a name stands for; None where there is none."""
    for section in sections:
        if section in ("sources", "features"):
            known = view.sources if section == "sources" else view.groups
            name = reachable(text, file, known)
            if name in known:
                return Symbol(section, name)
        elif text in mapping(file.loaded.data, section):
            return Symbol(section, text)
    return None


def column(view: View, sources: Iterable[str], name: str) -> list[Symbol]:
    """The columns of a name, of some sources."""
    return [Symbol("column", name, source) for source in sources if name in view.sources.get(source, {})]


def feature(view: View, file: File, group: str, name: str) -> Symbol | None:
    """The column of a feature group."""
    found = reachable(group, file, view.groups)
    return Symbol("feature", name, found) if name in view.groups.get(found, {}) else None
