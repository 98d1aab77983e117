"""The language server: the protocol around the functions of this package, and when what is looked at again."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable
from logging import LogRecord, getLogger
from os.path import normpath
from pathlib import Path
from typing import Any, Final, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from mlc_compiler.diagnostics.resolved import Finding, resolve
from mlc_compiler.editor.completion import complete
from mlc_compiler.editor.cursor import legible, spot
from mlc_compiler.editor.hover import hover
from mlc_compiler.editor.lens import lenses
from mlc_compiler.editor.protocol import Converter, path_of, uri_of
from mlc_compiler.editor.rename import RefusedError, known_to, references, rename, renameable
from mlc_compiler.editor.session import includers, look
from mlc_compiler.editor.uses import uses_at
from mlc_compiler.editor.view import View
from mlc_compiler.layout import SUFFIXES, is_environment, is_spec
from mlc_compiler.source.problem import Extent
from mlc_compiler.version import __version__

Answer = TypeVar("Answer")

PAUSE: Final = 0.1
"""Seconds without a keystroke before what was typed is looked at."""

_TRIGGERS: Final = (".", "$", ":", " ", "[", "{", ",", '"')


class Server(LanguageServer):
    """The language server and what it remembers of the documents that are open."""

    def __init__(self) -> None:
        super().__init__("mlc", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Incremental)
        self._views: dict[str, View] = {}
        self._told: dict[str, dict[str, list[types.Diagnostic]]] = {}
        self._waiting: dict[str, asyncio.TimerHandle] = {}

    @property
    def texts(self) -> dict[str, str]:
        """The texts of the open documents, by file."""
        documents = self.workspace.text_documents.values()
        return {path: each.source for each in documents if (path := path_of(each.uri)) is not None}

    def view(self, file: str) -> View:
        """What there is to say of a document as it stands."""
        if file not in self._views:
            self._views[file] = look(file, self.texts)
        return self._views[file]

    def legible_view(self, file: str) -> View:
        """The same, without lines that cannot be read as they are typed; everything else stands where it stood."""
        view = self.view(file)
        if view.document.data is not None:
            return view
        document = legible(view.document.text, file)
        return view if document is None else look(file, {**self.texts, file: document.text})

    def converter(self, view: View) -> Converter:
        """Between places of a view's documents and the editor's."""
        return Converter(self.workspace.position_codec, view.documents)

    def changed(self, file: str, pause: float = PAUSE) -> None:
        """Look again, soon, at a document and at those that read it."""
        about = [file, *(root for root, view in self._views.items() if root != file and _reads(view, file))]
        for root in about:
            self._views.pop(root, None)
            if root in self._waiting:
                self._waiting[root].cancel()
            self._waiting[root] = asyncio.get_running_loop().call_later(pause, self._tell, root)

    def changed_on_disk(self, files: Iterable[str]) -> None:
        """Look again at all documents, where others than these have changed: their code, what they include."""
        texts = self.texts
        if any(file not in texts for file in files):
            for root in texts:
                self.changed(root, 0)

    def _tell(self, root: str) -> None:
        """Tell the editor what is wrong with a document and with those that it reads."""
        self._waiting.pop(root, None)
        text = self.texts.get(root)
        before = self._told.pop(root, {})
        if text is not None and (is_environment(Path(root)) or is_spec(text.encode("utf-8", "replace"))):
            view = self.view(root)
            converter = self.converter(view)
            told: dict[str, list[types.Diagnostic]] = {normpath(file): [] for file in view.documents}
            for finding in resolve(view.diagnostics, view.documents):
                told.setdefault(normpath(finding.location.file), []).append(converter.diagnostic(finding))
            self._told[root] = told
        else:
            self._views.pop(root, None)
        for file in dict.fromkeys((root, *before, *self._told.get(root, ()))):
            self._publish(file)

    def _publish(self, file: str) -> None:
        """What all documents that read a file have to say of it, each thing once, in the file's own words."""
        said: list[types.Diagnostic] = []
        for root in sorted(self._told, key=lambda root: root != file):
            known = [(each.code, each.range) for each in said]
            said += [each for each in self._told[root].get(file, ()) if (each.code, each.range) not in known]
        uri = uri_of(file)
        document = self.workspace.text_documents.get(uri)
        version = document.version if document is not None else None
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, said, version))


def serve() -> None:
    """Serve on standard input and output."""
    getLogger("pygls.protocol.json_rpc").addFilter(lambda record: not _is_refusal(record))
    # Streams of its own, for it closes them at the end.
    server().start_io(os.fdopen(os.dup(sys.stdin.fileno()), "rb"), os.fdopen(os.dup(sys.stdout.fileno()), "wb"))


def server() -> Server:
    """A server that knows what to answer."""
    found = Server()
    _watch(found)
    _answer(found)
    return found


def _watch(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def _(params: types.DidOpenTextDocumentParams) -> None:
        _at(params.text_document.uri, lambda file: server.changed(file, 0))

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def _(params: types.DidChangeTextDocumentParams) -> None:
        _at(params.text_document.uri, server.changed)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def _(params: types.DidSaveTextDocumentParams) -> None:
        _at(params.text_document.uri, lambda file: server.changed(file, 0))

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def _(params: types.DidCloseTextDocumentParams) -> None:
        _at(params.text_document.uri, lambda file: server.changed(file, 0))

    @server.feature(types.INITIALIZED)
    async def _(_: types.InitializedParams) -> None:
        watched = (server.client_capabilities.workspace or types.WorkspaceClientCapabilities()).did_change_watched_files
        if watched is not None and watched.dynamic_registration:
            files = types.DidChangeWatchedFilesRegistrationOptions(
                [types.FileSystemWatcher(f"**/*{suffix}") for suffix in (".py", *SUFFIXES)]
            )
            watch = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, files)
            await server.client_register_capability_async(types.RegistrationParams([watch]))

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def _(params: types.DidChangeWatchedFilesParams) -> None:
        server.changed_on_disk(filter(None, (path_of(each.uri) for each in params.changes)))


def _answer(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=list(_TRIGGERS)))
    def _(params: types.CompletionParams) -> types.CompletionList | None:
        # After a blank within an expression most people go on with an operator, and offers are in the way.
        blank = params.context is not None and params.context.trigger_character == " "
        return _asked(server, params, lambda *given: _complete(*given, at_start=blank))

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def _(params: types.HoverParams) -> types.Hover | None:
        return _asked(server, params, _hover)

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def _(params: types.DefinitionParams) -> list[types.Location] | None:
        return _asked(server, params, lambda *given: _locations(*given, definitions=True))

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def _(params: types.ReferenceParams) -> list[types.Location] | None:
        everything = params.context.include_declaration
        return _asked(server, params, lambda *given: _locations(*given, definitions=None if everything else False))

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def _(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        return _asked(server, params, _prepare_rename)

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def _(params: types.RenameParams) -> types.WorkspaceEdit | None:
        return _asked(server, params, lambda *given: _rename(given[0], given[1], given[2], params.new_name))

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    )
    def _(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        return _open(server, params.text_document.uri, lambda file: _fixes(server, file, params.range))

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def _(params: types.CodeLensParams) -> list[types.CodeLens] | None:
        return _open(server, params.text_document.uri, lambda file: _lenses(server, file))


def _reads(view: View, file: str) -> bool:
    return any(normpath(each) == file for each in view.documents)


def _at(uri: str, answer: Callable[[str], Answer]) -> Answer | None:
    """An answer about a file; None where an address names none."""
    file = path_of(uri)
    return None if file is None else answer(file)


def _open(server: Server, uri: str, answer: Callable[[str], Answer]) -> Answer | None:
    """An answer about a document that is open; None about any other."""
    return _at(uri, lambda file: answer(file) if file in server.texts else None)


def _asked(server: Server, params: Any, answer: Callable[[Server, str, types.Position], Answer]) -> Answer | None:
    return _open(server, params.text_document.uri, lambda file: answer(server, file, params.position))


def _complete(server: Server, file: str, position: types.Position, *, at_start: bool) -> types.CompletionList | None:
    texts = server.texts
    converter = server.converter(server.view(file))
    offset = converter.offset(file, position)
    found = spot(texts[file], offset, file)
    if found is None or (at_start and found.before.strip()):
        return None
    mended = look(file, {**texts, file: found.document.text})
    return converter.completion(file, complete(mended, found, offset))


def _hover(server: Server, file: str, position: types.Position) -> types.Hover | None:
    view = server.legible_view(file)
    converter = server.converter(view)
    found = hover(view, converter.offset(file, position))
    if found is None:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, found.text), converter.range(file, found.extent))


def _locations(
    server: Server, file: str, position: types.Position, *, definitions: bool | None
) -> list[types.Location]:
    """Where what stands at a point is named: where it is defined, where it is not, or everywhere."""
    view = server.legible_view(file)
    symbols = {use.symbol for use in uses_at(view, server.converter(view).offset(file, position))}
    others = () if definitions or not symbols else includers(file, server.texts)
    found: dict[tuple[str, Extent], types.Location] = {}
    for each in (view, *others):
        known = {own for symbol in symbols for own in known_to(each, view, symbol)}
        for use in references(each, known):
            if definitions is None or use.defines == definitions:
                place = server.converter(each).location(use.file, use.extent)
                found.setdefault((normpath(use.file), use.extent), place)
    return list(found.values())


def _prepare_rename(server: Server, file: str, position: types.Position) -> types.PrepareRenamePlaceholder:
    view = server.view(file)
    converter = server.converter(view)
    try:
        use = renameable(view, converter.offset(file, position))
    except RefusedError as refused:
        raise _refusal(refused) from None
    return types.PrepareRenamePlaceholder(
        converter.range(file, use.extent), placeholder=view.document.text[slice(*use.extent)]
    )


def _rename(server: Server, file: str, position: types.Position, name: str) -> types.WorkspaceEdit:
    view, texts = server.view(file), server.texts
    others = tuple(includers(file, texts))
    documents = {normpath(name): each for view in (*others, view) for name, each in view.documents.items()}
    offset = server.converter(view).offset(file, position)
    try:
        edits = rename(view, offset, name, lambda root, new: look(root, {**texts, **new}), others)
    except RefusedError as refused:
        raise _refusal(refused) from None
    return Converter(server.workspace.position_codec, documents).edits(edits)


def _refusal(refused: RefusedError) -> JsonRpcException:
    return JsonRpcException(str(refused), types.LSPErrorCodes.RequestFailed)


def _is_refusal(record: LogRecord) -> bool:
    """Whether a remark of the protocol's is about an answer of ours, which the editor shows."""
    error = record.exc_info[1] if record.exc_info else None
    return isinstance(error, JsonRpcException) and error.code == types.LSPErrorCodes.RequestFailed


def _fixes(server: Server, file: str, place: types.Range) -> list[types.CodeAction]:
    view = server.view(file)
    converter = server.converter(view)
    start, end = converter.offset(file, place.start), converter.offset(file, place.end)

    def meant(finding: Finding) -> bool:
        span = finding.location.span
        return finding.location.file == file and span.start.offset <= end and start <= span.end.offset

    return [converter.fix(each) for each in resolve(view.diagnostics, view.documents) if each.edits and meant(each)]


def _lenses(server: Server, file: str) -> list[types.CodeLens]:
    view = server.view(file)
    converter = server.converter(view)
    return [types.CodeLens(converter.range(file, lens.extent), types.Command(lens.text, "")) for lens in lenses(view)]
