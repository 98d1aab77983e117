"""An editor for tests: it opens documents in a language server over stdio, asks, and waits for answers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlparse

from lsprotocol import types
from pygls.lsp.client import BaseLanguageClient

Answer = TypeVar("Answer")

CURSOR = "‸"
"""Where the cursor stands in a marked text."""

PATIENCE = 30.0
"""Seconds to wait for an answer."""

_CAPABILITIES = types.ClientCapabilities(
    workspace=types.WorkspaceClientCapabilities(
        configuration=True,
        did_change_configuration=types.DidChangeConfigurationClientCapabilities(),
        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
        workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
    ),
    text_document=types.TextDocumentClientCapabilities(
        completion=types.CompletionClientCapabilities(
            completion_item=types.ClientCompletionItemOptions(
                snippet_support=True, documentation_format=[types.MarkupKind.Markdown]
            )
        ),
        hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
        rename=types.RenameClientCapabilities(prepare_support=True),
        code_action=types.CodeActionClientCapabilities(
            code_action_literal_support=types.ClientCodeActionLiteralOptions(
                code_action_kind=types.ClientCodeActionKindOptions(value_set=[types.CodeActionKind.QuickFix])
            )
        ),
        publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
            related_information=True, version_support=True, code_description_support=True
        ),
    ),
)


class Editor:
    """One language server and the documents that are open in it. Use as a context manager.

    Args:
        command: starts the server.
        folder: the workspace.
        settings: what the server is told when it asks for a section of the configuration.
    """

    def __init__(self, command: Sequence[str], folder: Path, settings: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        self._command = command
        self._settings = settings or {}
        self._loop = asyncio.new_event_loop()
        self._client = BaseLanguageClient("tests", "1")
        self._versions: dict[str, int] = {}
        self._diagnostics: dict[str, types.PublishDiagnosticsParams] = {}
        self._news = asyncio.Event()
        self._registered: set[str] = set()
        self._listen()

    def __enter__(self) -> Editor:
        self.capabilities = self._do(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._client.shutdown_async(None))
        self._client.exit(None)
        self._do(self._client.stop())
        self._loop.close()

    def open(self, text: str, name: str) -> types.Position | None:
        """Open a document, or change all of it; where its cursor stands, if it has one.

        The text on the disk is another matter: `name` need not exist.
        """
        before, cursor, after = text.partition(CURSOR)
        uri, whole = self.uri(name), before + after
        self._diagnostics.pop(uri, None)
        self._versions[name] = version = self._versions.get(name, 0) + 1
        if version == 1:
            language = "toml" if name.endswith(".toml") else "yaml"
            document = types.TextDocumentItem(uri=uri, language_id=language, version=version, text=whole)
            self._client.text_document_did_open(types.DidOpenTextDocumentParams(document))
        else:
            self._client.text_document_did_change(
                types.DidChangeTextDocumentParams(
                    types.VersionedTextDocumentIdentifier(version=version, uri=uri),
                    [types.TextDocumentContentChangeWholeDocument(whole)],
                )
            )
        lines = before.split("\n")
        return types.Position(len(lines) - 1, len(lines[-1].encode("utf-16-le")) // 2) if cursor else None

    def write(self, name: str, place: types.Range, text: str) -> None:
        """Write over a range of a document that is open, as keys do it."""
        self._versions[name] += 1
        self._client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version=self._versions[name], uri=self.uri(name)),
                [types.TextDocumentContentChangePartial(place, text)],
            )
        )

    def changed_on_disk(self, name: str) -> None:
        """Tell the server, which must have asked for it, that a file of the workspace has changed."""

        async def asked() -> None:
            while types.WORKSPACE_DID_CHANGE_WATCHED_FILES not in self._registered:
                self._news.clear()
                await self._news.wait()

        self._do(asked())
        self._diagnostics.clear()
        change = types.FileEvent(self.uri(name), types.FileChangeType.Changed)
        self._client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))

    def close(self, name: str) -> None:
        """Close a document."""
        del self._versions[name]
        self._client.text_document_did_close(types.DidCloseTextDocumentParams(self._document(name)))

    def uri(self, name: str) -> str:
        """The address of a document of the workspace."""
        return (self.folder / name).as_uri()

    def diagnostics(self, name: str) -> list[types.Diagnostic]:
        """What the server says of a document's present text; waits until it has said something."""
        uri = self.uri(name)

        async def said() -> list[types.Diagnostic]:
            while (found := self._diagnostics.get(uri)) is None or found.version not in {None, self._versions[name]}:
                self._news.clear()
                await self._news.wait()
            return list(found.diagnostics)

        return self._do(said())

    def completions(self, text: str, name: str) -> dict[str, types.CompletionItem]:
        """What the server offers at the cursor, by label."""
        position = self._placed(text, name)
        params = types.CompletionParams(self._document(name), position)
        found = self._do(self._client.text_document_completion_async(params))
        items = found.items if isinstance(found, types.CompletionList) else found or ()
        return {item.label: item for item in items}

    def hover(self, text: str, name: str) -> str:
        """What the server says about the thing at the cursor; empty where it says nothing."""
        position = self._placed(text, name)
        found = self._do(self._client.text_document_hover_async(types.HoverParams(self._document(name), position)))
        contents = found.contents if found else ""
        return contents.value if isinstance(contents, types.MarkupContent) else str(contents)

    def locations(self, text: str, name: str, *, definition: bool) -> list[tuple[str, str]]:
        """Where the thing at the cursor is defined, or all places where it is named: files, and what stands there."""
        position, document = self._placed(text, name), self._document(name)
        if definition:
            asked: Any = self._client.text_document_definition_async(types.DefinitionParams(document, position))
        else:
            asked = self._client.text_document_references_async(
                types.ReferenceParams(types.ReferenceContext(include_declaration=True), document, position)
            )
        found = self._do(asked)
        texts = {self.uri(name): text.replace(CURSOR, "")}
        for uri in {each.uri for each in found} - set(texts):
            texts[uri] = _path(uri).read_text(encoding="utf-8")
        return [(each.uri.rpartition("/")[2], _slice(texts[each.uri], each.range)) for each in found]

    def renamed(self, text: str, name: str, new: str) -> dict[str, str]:
        """The texts of all documents after the thing at the cursor got another name, by file.

        Raises:
            JsonRpcException: the server refuses, and says why.
        """
        position, document = self._placed(text, name), self._document(name)
        self._do(self._client.text_document_prepare_rename_async(types.PrepareRenameParams(document, position)))
        found = self._do(self._client.text_document_rename_async(types.RenameParams(document, position, new)))
        changes = (found.changes if found else None) or {}
        open_, paths = {name: text.replace(CURSOR, "")}, {uri: _path(uri) for uri in changes}
        return {
            path.name: _edited(open_.get(path.name) or path.read_text(encoding="utf-8"), changes[uri])
            for uri, path in paths.items()
        }

    def fixes(self, name: str) -> dict[str, Callable[[str], str]]:
        """The quick fixes of a document, by title: each gives its text as mended."""
        everywhere = types.Range(types.Position(0, 0), types.Position(10_000, 0))
        params = types.CodeActionParams(self._document(name), everywhere, types.CodeActionContext([]))
        found = self._do(self._client.text_document_code_action_async(params)) or ()
        edits = {each.title: (each.edit.changes or {})[self.uri(name)] for each in found if each.edit}
        return {title: partial(_edited, edits=each) for title, each in edits.items()}

    def lenses(self, name: str) -> dict[int, str]:
        """The remarks above lines of a document."""
        found = self._do(self._client.text_document_code_lens_async(types.CodeLensParams(self._document(name))))
        return {each.range.start.line: each.command.title for each in found or () if each.command}

    def _placed(self, text: str, name: str) -> types.Position:
        """Open a text, and wait until the server has read it and its schema: some answer before, and say nothing."""
        position = self.open(text, name)
        assert position is not None, "no cursor in the text"
        self.diagnostics(name)
        return position

    def _document(self, name: str) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.uri(name))

    async def _start(self) -> types.ServerCapabilities:
        program, *arguments = self._command
        await self._client.start_io(program, *arguments, env=dict(os.environ))
        uri = self.folder.as_uri()
        answer = await self._client.initialize_async(
            types.InitializeParams(
                capabilities=_CAPABILITIES,
                process_id=os.getpid(),
                root_uri=uri,
                workspace_folders=[types.WorkspaceFolder(uri, "tests")],
            )
        )
        self._client.initialized(types.InitializedParams())
        self._client.workspace_did_change_configuration(types.DidChangeConfigurationParams(dict(self._settings)))
        return answer.capabilities

    def _do(self, work: Awaitable[Answer]) -> Answer:
        return self._loop.run_until_complete(asyncio.wait_for(work, PATIENCE))

    def _listen(self) -> None:
        @self._client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def _(params: types.PublishDiagnosticsParams) -> None:
            self._diagnostics[params.uri] = params
            self._news.set()

        @self._client.feature(types.WORKSPACE_CONFIGURATION)
        def _(params: types.ConfigurationParams) -> list[Any]:
            return [self._settings.get(item.section or "", {}) for item in params.items]

        @self._client.feature(types.WORKSPACE_WORKSPACE_FOLDERS)
        def _(_: None) -> list[types.WorkspaceFolder]:
            return [types.WorkspaceFolder(self.folder.as_uri(), "tests")]

        @self._client.feature(types.CLIENT_REGISTER_CAPABILITY)
        def _(params: types.RegistrationParams) -> None:
            self._registered.update(each.method for each in params.registrations)
            self._news.set()

        @self._client.feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)
        def _(_: types.WorkDoneProgressCreateParams) -> None:
            return None


def _path(uri: str) -> Path:
    return Path(unquote(urlparse(uri).path))


def _offset(text: str, position: types.Position) -> int:
    """The characters before a position, whose columns count UTF-16 code units."""
    lines = text.split("\n")
    line = lines[position.line].encode("utf-16-le")[: 2 * position.character].decode("utf-16-le")
    return sum(len(each) + 1 for each in lines[: position.line]) + len(line)


def _slice(text: str, place: types.Range) -> str:
    return text[_offset(text, place.start) : _offset(text, place.end)]


def _edited(text: str, edits: Sequence[types.TextEdit]) -> str:
    for edit in sorted(edits, key=lambda each: _offset(text, each.range.start), reverse=True):
        text = text[: _offset(text, edit.range.start)] + edit.new_text + text[_offset(text, edit.range.end) :]
    return text
