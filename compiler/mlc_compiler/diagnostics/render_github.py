"""Diagnostics for GitHub's logs: one workflow command a finding, which GitHub shows beside the line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.diagnostics.resolved import Finding, resolve
from mlc_compiler.diagnostics.visible import visible
from mlc_compiler.source.document import Document


def render_github(diagnostics: Iterable[Diagnostic], documents: Mapping[str, Document]) -> str:
    """Renders findings as `::error file=...::message` lines, sorted as the text is."""
    return "".join(f"{_command(finding)}\n" for finding in resolve(diagnostics, documents))


def _command(finding: Finding) -> str:
    start, end = finding.location.span.start, finding.location.span.end
    properties = {
        "file": finding.location.file,
        "line": start.line,
        "endLine": end.line,
        "title": f"{finding.code}: {finding.message}",
    }
    if start.line == end.line:
        # GitHub ignores columns of a range over several lines, and complains about them.
        properties |= {"col": start.column, "endColumn": end.column}
    listed = ",".join(f"{name}={_escape(visible(str(value)), ':,')}" for name, value in properties.items())
    notes = (finding.why, f"help: {finding.help}" if finding.help else "")
    body = "\n".join([visible(finding.message), *(visible(note, keep="\n") for note in notes if note)])
    return f"::{finding.severity} {listed}::{_escape(body)}"


def _escape(text: str, also: str = "") -> str:
    for char in "%\r\n" + also:
        text = text.replace(char, f"%{ord(char):02X}")
    return text
