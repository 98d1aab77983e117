"""Diagnostics as SARIF 2.1.0, which code hosts and editors show beside the lines, with their fixes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from mlc_compiler.diagnostics.catalogue import page
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.diagnostics.resolved import Finding, Location, Replacement, resolve
from mlc_compiler.diagnostics.visible import visible
from mlc_compiler.source.document import Document
from mlc_compiler.version import __version__

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_PLACEHOLDER = re.compile(r"\{(\d+)\}")
"""What a reader of SARIF fills with an argument."""


def render_sarif(diagnostics: Iterable[Diagnostic], documents: Mapping[str, Document]) -> str:
    """Renders findings as a SARIF log of one run, sorted as the text is; columns count Unicode code points."""
    findings = resolve(diagnostics, documents)
    codes = sorted({finding.code for finding in findings})
    driver = {"name": "mlc", "semanticVersion": __version__, "rules": [_rule(code) for code in codes]}
    results = [_result(finding, codes.index(finding.code)) for finding in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str) -> dict[str, Any]:
    found = page(code)
    return {
        "id": code,
        "shortDescription": {"text": found.entry.title},
        "fullDescription": {"text": found.what},
        "help": {"text": found.why, "markdown": found.text},
        "defaultConfiguration": {"level": found.entry.severity},
    }


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    notes = (finding.why, f"help: {finding.help}" if finding.help else "")
    result = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": _text("\n".join([finding.message, *filter(None, notes)])),
        "locations": [{"physicalLocation": _place(finding.location)}],
        "partialFingerprints": {"mlc/v1": _fingerprint(finding)},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _place(each), "message": _text(each.message)}
            for number, each in enumerate(finding.related)
        ]
    if finding.edits:
        result["fixes"] = [{"description": _text(finding.fix_title), "artifactChanges": _changes(finding.edits)}]
    return result


def _changes(edits: Iterable[Replacement]) -> list[dict[str, Any]]:
    """The replacements, file by file."""
    files: dict[str, list[Replacement]] = {}
    for edit in edits:
        files.setdefault(edit.location.file, []).append(edit)
    return [
        {
            "artifactLocation": {"uri": _uri(file)},
            "replacements": [
                {"deletedRegion": _region(edit.location), "insertedContent": {"text": edit.text}} for edit in each
            ],
        }
        for file, each in files.items()
    ]


def _place(location: Location) -> dict[str, Any]:
    return {"artifactLocation": {"uri": _uri(location.file)}, "region": _region(location)}


def _region(location: Location) -> dict[str, int]:
    start, end = location.span
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix().encode("utf-8", "surrogateescape"))


def _text(text: str) -> dict[str, str]:
    """A message that is text and nothing else: no placeholder, no link, no invisible character."""
    return {"text": _PLACEHOLDER.sub(r"{{\1}}", visible(text, keep="\n")).replace("](", "] (")}


def _fingerprint(finding: Finding) -> str:
    """What tells a finding from others as lines move above it."""
    text = "\0".join((finding.code, PurePath(finding.location.file).as_posix(), finding.message))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
