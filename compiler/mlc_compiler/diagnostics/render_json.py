"""Diagnostics for programs: one JSON array, an object for each finding."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.diagnostics.resolved import Finding, Location, resolve
from mlc_compiler.source.document import Document


def render_json(diagnostics: Iterable[Diagnostic], documents: Mapping[str, Document]) -> str:
    """Renders findings as a JSON array, sorted as the text is.

    Lines and columns count from 1, in Unicode code points; the end is exclusive. `fix` is null, or a title with
    edits that may be applied as they are.
    """
    return json.dumps([_object(finding) for finding in resolve(diagnostics, documents)], indent=2)


def _object(finding: Finding) -> dict[str, Any]:
    edits = [{**_range(edit.location), "text": edit.text} for edit in finding.edits]
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        **_range(finding.location),
        "why": finding.why,
        "help": finding.help,
        "related": [{**_range(each), "message": each.message} for each in finding.related],
        "fix": {"title": finding.fix_title, "edits": edits} if edits else None,
    }


def _range(location: Location) -> dict[str, Any]:
    start, end = location.span.start, location.span.end
    return {
        "file": location.file,
        "line": start.line,
        "column": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }
