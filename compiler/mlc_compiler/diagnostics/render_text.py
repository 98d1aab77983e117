"""Diagnostics for people: the message, the place with its source, then why, then help."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.diagnostics.excerpt import excerpt
from mlc_compiler.diagnostics.resolved import Finding, Location, resolve
from mlc_compiler.diagnostics.visible import visible
from mlc_compiler.source.document import Document

_STYLES = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "bold": "\x1b[1m", "frame": "\x1b[1;34m"}
_RESET = "\x1b[0m"


def render_text(
    diagnostics: Iterable[Diagnostic], documents: Mapping[str, Document], *, color: bool = False, width: int = 100
) -> str:
    """Renders findings with their source, sorted by file and position, and a line that counts them.

    Args:
        diagnostics: in any order.
        documents: the documents by file name, for places and excerpts.
        color: whether to write terminal colours.
        width: columns to fill at most; source lines are cut, sentences wrapped.

    Returns:
        the text with a trailing newline; empty where there is nothing to say.
    """
    findings = resolve(diagnostics, documents)
    if not findings:
        return ""
    blocks = ["\n".join(_Block(finding, documents, color, width).lines()) for finding in findings]
    return "\n\n".join([*blocks, count_line(findings)]) + "\n"


def count_line(findings: Iterable[Finding]) -> str:
    """Such as `3 errors, 1 warning in 2 files`."""
    listed = list(findings)
    errors = sum(finding.severity == "error" for finding in listed)
    counts = [_number(errors, "error")] * (errors > 0)
    counts += [_number(len(listed) - errors, "warning")] * (errors < len(listed))
    files = len({finding.location.file for finding in listed})
    return f"{', '.join(counts)} in {_number(files, 'file')}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


class _Block:
    """One finding, line by line."""

    def __init__(self, finding: Finding, documents: Mapping[str, Document], color: bool, width: int) -> None:
        self._finding = finding
        self._documents = documents
        self._color = color
        self._width = max(width, 40)
        places = (finding.location, *finding.related)
        self._gutter = max(len(str(place.span.start.line)) for place in places)

    def lines(self) -> Iterator[str]:
        finding = self._finding
        head = self._style(finding.severity, f"{finding.severity}[{finding.code}]")
        yield head + self._style("bold", f": {visible(finding.message)}")
        yield from self._location(finding.location, "-->", "^", finding.severity)
        for related in finding.related:
            yield from self._location(related, ":::", "-", "frame")
        if finding.why or finding.help:
            yield self._frame("|")
        yield from self._note("why", finding.why)
        yield from self._note("help", finding.help)

    def _location(self, location: Location, arrow: str, mark: str, style: str) -> Iterator[str]:
        start = location.span.start
        where = f"{visible(location.file)}:{start.line}:{start.column}"
        yield " " * self._gutter + self._style("frame", arrow) + f" {where}"
        document = self._documents.get(location.file)
        message = visible(location.message)
        if document is None or not document.text:
            if message:
                yield self._frame("|") + f" {message}"
            return
        line, marks = excerpt(document.line(start.line), location.span, mark, self._width - self._gutter - 3)
        yield self._frame("|")
        number = self._style("frame", f"{start.line:>{self._gutter}} |")
        yield f"{number} {line}".rstrip()
        yield f"{self._frame('|')} {self._style(style, f'{marks} {message}'.rstrip())}"

    def _note(self, label: str, text: str) -> Iterator[str]:
        """A labelled sentence, wrapped, its further lines indented below the first."""
        if not text:
            return
        indent = " " * (self._gutter + len(label) + 5)
        room = self._width - len(indent)
        paragraphs = (
            textwrap.wrap(line, room, break_long_words=False) for line in visible(text, keep="\n").split("\n")
        )
        wrapped = [line for paragraph in paragraphs for line in paragraph or [""]]
        yield f"{self._frame('=')} {self._style('bold', f'{label}:')} {wrapped[0]}"
        yield from (f"{indent}{line}".rstrip() for line in wrapped[1:])

    def _frame(self, mark: str) -> str:
        return " " * (self._gutter + 1) + self._style("frame", mark)

    def _style(self, name: str, text: str) -> str:
        return f"{_STYLES[name]}{text}{_RESET}" if self._color else text
