"""Diagnostics with every place resolved to lines and columns: the one form that all renderers read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from mlc_compiler.diagnostics.diagnostic import Diagnostic, Edit, Severity
from mlc_compiler.source.document import Document
from mlc_compiler.source.place import Place, Position, Span

_START = Position(1, 1, 0)


class Location(NamedTuple):
    """A range of a file's text, with what it has to do with the finding (empty for the finding itself)."""

    file: str
    span: Span
    message: str = ""


class Replacement(NamedTuple):
    """A text to write over a range of a file."""

    location: Location
    text: str


class Finding(NamedTuple):
    """A `Diagnostic` whose places are resolved; see there for the fields."""

    code: str
    severity: Severity
    message: str
    location: Location
    why: str
    help: str
    related: tuple[Location, ...]
    fix_title: str
    edits: tuple[Replacement, ...]


def resolve(diagnostics: Iterable[Diagnostic], documents: Mapping[str, Document]) -> list[Finding]:
    """Finds the text of every place, and sorts by file, position and code.

    Args:
        diagnostics: in any order.
        documents: the documents by the file name that places carry; a place in another file stands at its start.
    """
    findings = [_finding(diagnostic, documents) for diagnostic in diagnostics]
    return sorted(findings, key=lambda f: (f.location.file, f.location.span, f.code, f.message))


def _finding(diagnostic: Diagnostic, documents: Mapping[str, Document]) -> Finding:
    place = diagnostic.place
    document = documents.get(place.file)
    uses = document.related(place) if document and place.span is None else ()
    related = [_location(each.place, documents, each.message) for each in diagnostic.related]
    related += [Location(place.file, use, "used here") for use in uses]
    fix = diagnostic.fix
    return Finding(
        diagnostic.code,
        diagnostic.severity,
        diagnostic.message,
        _location(place, documents),
        diagnostic.why,
        diagnostic.help,
        tuple(related),
        fix.title if fix else "",
        tuple(_replacement(edit, documents) for edit in fix.edits) if fix else (),
    )


def _replacement(edit: Edit, documents: Mapping[str, Document]) -> Replacement:
    """The text to write; what stood in quotes stays in quotes, without which a name in TOML is none."""
    location = _location(edit.place, documents)
    document = documents.get(edit.place.file)
    start, end = location.span.start.offset, location.span.end.offset
    written = document.text[start:end] if document else ""
    quote = written[:1] if len(written) > 1 and written[:1] in "\"'" and written[-1] == written[0] else ""
    text = edit.text if edit.text[:1] in "\"'" or quote in edit.text else f"{quote}{edit.text}{quote}"
    return Replacement(location, text)


def _location(place: Place, documents: Mapping[str, Document], message: str = "") -> Location:
    document = documents.get(place.file)
    span = document.span(place) if document else place.span or Span(_START, _START)
    return Location(place.file, span, message)
