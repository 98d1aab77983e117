"""References to entries by name: every one leads somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from mlc_compiler.check.entries import Entries, Section, reachable
from mlc_compiler.check.facts import Program
from mlc_compiler.check.findings import Findings
from mlc_compiler.source.place import Path, Place


class Reference(NamedTuple):
    """A name where an entry of one of some sections is wanted."""

    name: str
    sections: tuple[Section, ...]
    place: Place


_SOURCE: Final[tuple[Section, ...]] = ("sources",)
_RUN: Final[tuple[Section, ...]] = ("training", "serving", "steps")
_KINDS: Final[Mapping[tuple[Section, ...], str]] = {
    _SOURCE: "source",
    ("examples",): "examples",
    ("training",): "training",
    ("serving",): "serving",
    _RUN: "training, serving or step",
}

REFERENCES: Final[Mapping[str, tuple[Section, ...]]] = {
    "schedule.#.run.#": _RUN,
    "features.*.from": _SOURCE,
    "examples.*.from": _SOURCE,
    "examples.*.label.from": _SOURCE,
    "training.*.examples": ("examples",),
    "training.*.fallback": ("training",),
    "serving.*.model": ("training",),
    "serving.*.examples": ("examples",),
    "experiments.*.service": ("serving",),
    "experiments.*.arms.*.model": ("training",),
    "experiments.*.outcome.from": _SOURCE,
    "experiments.*.guardrails.#.from": _SOURCE,
    "steps.*.after.#": _RUN,
}
"""Where a name of an entry stands alone, and of which sections; `*` is any key, `#` any position in a list."""


def check_references(_: Program, entries: Entries, findings: Findings) -> None:
    """Names that nothing has."""
    for reference in references(entries):
        known = {name for section in reference.sections for name in _names(entries, section)}
        broken = any(reference.name in entries.broken(section) for section in reference.sections)
        if reference.name not in known and not broken:
            findings.unknown(_KINDS[reference.sections], reference.name, known, reference.place)


def references(entries: Entries) -> Iterator[Reference]:
    """Every place where a name of an entry stands alone."""
    sources = _names(entries, "sources")
    for pattern, sections in REFERENCES.items():
        for file in entries.files if pattern.startswith("features.") else entries.files[:1]:
            for path, name in _found(file.spec, pattern.split("."), ()):
                reached = reachable(name, file, sources) if sections == ("sources",) else name
                yield Reference(reached, sections, file.place(*path))


def _found(value: Any, keys: list[str], path: Path) -> Iterator[tuple[Path, str]]:
    """The texts of a model that a pattern leads to, with their paths."""
    if not keys:
        if isinstance(value, str):
            yield path, value
        return
    key, *rest = keys
    if key == "*":
        inner: Iterable[tuple[str | int, Any]] = value.items() if isinstance(value, Mapping) else ()
    elif key == "#":
        inner = enumerate(value or ())
    else:
        inner = [(key, getattr(value, f"{key}_" if key == "from" else key, None))]
    for part, below in inner:
        yield from _found(below, rest, (*path, part))


def _names(entries: Entries, section: Section) -> Mapping[str, object]:
    if section == "sources":
        return {name: None for name, _, _ in entries.sources()}
    names: Mapping[str, object] = getattr(entries.spec, section)
    return names
