"""Between places in documents and the protocol's, which counts lines from 0 and columns in code units."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Mapping
from pathlib import Path

from lsprotocol import types
from pygls.uris import to_fs_path
from pygls.workspace import PositionCodec

from mlc_compiler.diagnostics.resolved import Finding, Location
from mlc_compiler.editor.completion import Completion
from mlc_compiler.editor.offers import Sort
from mlc_compiler.editor.rename import Edit
from mlc_compiler.source.document import Document
from mlc_compiler.source.place import Span
from mlc_compiler.source.problem import Extent

_KINDS: Mapping[Sort, types.CompletionItemKind] = {
    "entry": types.CompletionItemKind.Reference,
    "column": types.CompletionItemKind.Field,
    "function": types.CompletionItemKind.Function,
    "metric": types.CompletionItemKind.Constant,
    "parameter": types.CompletionItemKind.Variable,
    "class": types.CompletionItemKind.Class,
    "argument": types.CompletionItemKind.Property,
    "part": types.CompletionItemKind.Field,
}
_SEVERITIES = {"error": types.DiagnosticSeverity.Error, "warning": types.DiagnosticSeverity.Warning}


def path_of(uri: str) -> str | None:
    """The file that an address names; None where it is no file, or nothing that a file may be called."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    try:
        return os.path.normpath(path) if path and b"\0" not in os.fsencode(path) else None
    except UnicodeEncodeError:
        return None


def uri_of(file: str) -> str:
    """The address of a file."""
    return Path(os.path.normpath(file)).absolute().as_uri()


class Converter:
    """Converts places of some documents.

    Args:
        codec: knows the code units that the editor counts in.
        documents: by name.
    """

    def __init__(self, codec: PositionCodec, documents: Mapping[str, Document]) -> None:
        self._codec = codec
        self._documents = documents

    def offset(self, file: str, position: types.Position) -> int:
        """The characters before a position of the editor's; at most to the end of its line."""
        document = self._documents[file]
        line = document.line(position.line + 1)
        at = units = 0
        while at < len(line) and units < position.character:
            units += self._codec.client_num_units(line[at])
            at += 1
        return document.start(position.line + 1) + at

    def range(self, file: str, extent: Extent) -> types.Range:
        """A range of a document."""
        return self._range(file, self._documents[file].span_of(extent))

    def diagnostic(self, finding: Finding) -> types.Diagnostic:
        """A finding as an editor underlines it."""
        lines = [finding.message, finding.why, f"help: {finding.help}" if finding.help else ""]
        related = [
            types.DiagnosticRelatedInformation(self._location(each), each.message or finding.message)
            for each in finding.related
        ]
        return types.Diagnostic(
            range=self._range(finding.location.file, finding.location.span),
            message="\n".join(filter(None, lines)),
            severity=_SEVERITIES[finding.severity],
            code=finding.code,
            source="mlc",
            related_information=related or None,
            tags=[types.DiagnosticTag.Unnecessary] if finding.code == "MLC209" else None,
        )

    def fix(self, finding: Finding) -> types.CodeAction:
        """The mend of a finding that has one."""
        changes: dict[str, list[types.TextEdit]] = {}
        for edit in finding.edits:
            place = self._range(edit.location.file, edit.location.span)
            changes.setdefault(uri_of(edit.location.file), []).append(types.TextEdit(place, edit.text))
        return types.CodeAction(
            title=finding.fix_title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[self.diagnostic(finding)],
            edit=types.WorkspaceEdit(changes=changes),
            is_preferred=True,
        )

    def completion(self, file: str, found: Completion) -> types.CompletionList:
        """What may stand at a cursor."""
        place = self.range(file, found.extent)
        items = []
        for rank, item in enumerate(found.items):
            text = f'"{item.label}"' if found.quoted else item.label
            items.append(
                types.CompletionItem(
                    label=item.label,
                    kind=_KINDS[item.sort],
                    detail=item.detail or None,
                    documentation=types.MarkupContent(types.MarkupKind.Markdown, item.documentation)
                    if item.documentation
                    else None,
                    sort_text=f"{rank:05}",
                    text_edit=types.TextEdit(place, text),
                )
            )
        return types.CompletionList(is_incomplete=False, items=items)

    def edits(self, found: Iterable[Edit]) -> types.WorkspaceEdit:
        """Edits of some documents."""
        changes: dict[str, list[types.TextEdit]] = {}
        for edit in found:
            changes.setdefault(uri_of(edit.file), []).append(
                types.TextEdit(self.range(edit.file, edit.extent), edit.text)
            )
        return types.WorkspaceEdit(changes=changes)

    def location(self, file: str, extent: Extent) -> types.Location:
        """A range of a document, with its address."""
        return types.Location(uri_of(file), self.range(file, extent))

    def _location(self, location: Location) -> types.Location:
        return types.Location(uri_of(location.file), self._range(location.file, location.span))

    def _range(self, file: str, span: Span) -> types.Range:
        return types.Range(*(self._position(file, each.line, each.column) for each in span))

    def _position(self, file: str, line: int, column: int) -> types.Position:
        document = self._documents.get(file)
        before = document.line(line)[: column - 1] if document else ""
        return types.Position(line - 1, self._codec.client_num_units(before))
