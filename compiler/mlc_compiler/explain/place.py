"""Where in the user's files a step comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlc_compiler.check.facts import Program
from mlc_compiler.graph.step import Step
from mlc_compiler.source.document import Document
from mlc_compiler.source.place import Path, Place


def places(program: Program, documents: Mapping[str, Document], step: Step) -> tuple[str, ...]:
    """The places of a step, as FILE:LINE."""
    return tuple(dict.fromkeys(_line(documents, place) for place in _places(program, documents, step)))


def _places(program: Program, documents: Mapping[str, Document], step: Step) -> Iterator[Place]:
    main = next(iter(documents))
    files = _files(program)
    for path in step.origin:
        named = {alias: file for alias, file in files.get(path[:2], {}).items() if not alias or alias in step.name}
        yield Place(named[max(named, key=len)] if named else main, path)


def _files(program: Program) -> Mapping[Path, Mapping[str, str]]:
    """For the entry at a path, the files that have it by what steps' names hold of their alias."""
    found: dict[Path, dict[str, str]] = {}
    entries = [(name, source.place) for name, source in program.sources.items()]
    entries += [
        (name, group.place) for examples in program.examples.values() for name, group in examples.groups.items()
    ]
    for name, place in entries:
        alias = name.rpartition(".")[0]
        found.setdefault(place.path[:2], {})[f".{alias}." if alias else ""] = place.file
    return found


def _line(documents: Mapping[str, Document], place: Place) -> str:
    return f"{place.file}:{documents[place.file].span(place).start.line}"
