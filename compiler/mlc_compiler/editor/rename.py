"""Another name for a thing, wherever it is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from os.path import normpath
from typing import NamedTuple

from mlc_compiler.editor.names import Symbol
from mlc_compiler.editor.uses import Use, uses, uses_at
from mlc_compiler.editor.view import View
from mlc_compiler.source.problem import Extent
from mlc_compiler.spec.values import NAME_PATTERN

Texts = Mapping[str, str]
"""Texts of documents by name."""


class RefusedError(Exception):
    """Why a thing cannot have another name."""


class Edit(NamedTuple):
    """A text to write over a range of a document."""

    file: str
    extent: Extent
    text: str


def renameable(view: View, offset: int) -> Use:
    """The name at a point of a document, which can be another one.

    Raises:
        RefusedError: there is none, or it is not for the spec to say.
    """
    found = [use for use in uses_at(view, offset) if use.symbol.kind != "column"]
    if found:
        # A column that is a feature as it is has the name of both.
        return next((use for use in found if not _as_it_is(view, use)), found[0])
    if uses_at(view, offset):
        raise RefusedError(
            "a column has the name that it has in the data; give it another one in a `query` or in `sql`"
        )
    raise RefusedError("nothing here has a name of the spec's")


def rename(
    view: View, offset: int, name: str, look: Callable[[str, Texts], View], includers: Iterable[View] = ()
) -> tuple[Edit, ...]:
    """The edits that give the thing at a point another name.

    Args:
        view: of the document.
        offset: the point.
        name: the other name.
        look: what there is to say of a document when some have other texts.
        includers: of specs that include the document.

    Raises:
        RefusedError: the name is none, or taken, or something would not mean what it did.
    """
    symbol = renameable(view, offset).symbol
    if name == symbol.name.rpartition(".")[2]:
        return ()
    if not re.fullmatch(NAME_PATTERN.strip("^$"), name):
        raise RefusedError(f"`{name}` is no name: lower-case letters, digits and `_`, and a letter first")
    named = [(each, references(each, {own})) for each in (view, *includers) for own in known_to(each, view, symbol)]
    found = {Edit(normpath(use.file), use.extent, name): None for _, listed in named for use in listed}
    if any(_as_it_is(each, use) for each, listed in named for use in listed):
        raise RefusedError(f"`{symbol.name}` is a column as it is; write `columns: {{{name}: {symbol.name}}}` first")
    texts = {normpath(file): text for each, _ in named for file, text in _texts(each).items()}
    if None in texts.values():
        raise RefusedError("a document cannot be read as it stands; mend its text first")
    edits = tuple(found)
    changed = {file: applied(texts[file] or "", edits, file) for file in dict.fromkeys(edit.file for edit in edits)}
    for before, listed in named:
        after = look(before.file, changed)
        moved = {other for own in known_to(before, view, symbol) for other in [_renamed(own, name)]}
        if len(references(after, moved)) != len(listed) or _errors(after) > _errors(before):
            raise RefusedError(f"with the name `{name}` the spec would not mean what it does")
    return edits


def references(view: View, symbols: set[Symbol]) -> tuple[Use, ...]:
    """Every place where one of some things is named."""
    return tuple(use for use in uses(view) if use.symbol in symbols)


def known_to(other: View, view: View, symbol: Symbol) -> Iterator[Symbol]:
    """What a spec calls a thing of a document: that of its own, or that of a file that it includes."""
    if other is view:
        yield symbol
        return
    for file in other.files[1:]:
        if normpath(file.name) == view.file:
            owner = file.qualify(symbol.owner) if symbol.owner else ""
            own = symbol.kind in {"column", "feature"}
            yield Symbol(symbol.kind, symbol.name if own else file.qualify(symbol.name), owner)


def applied(text: str, edits: tuple[Edit, ...], file: str) -> str:
    """A document's text after some edits that do not overlap."""
    for edit in sorted((edit for edit in edits if edit.file == file), key=lambda edit: edit.extent, reverse=True):
        text = f"{text[: edit.extent[0]]}{edit.text}{text[edit.extent[1] :]}"
    return text


def _as_it_is(view: View, use: Use) -> bool:
    """Whether a feature is defined by an item of a list: its name is that of the column."""
    if use.symbol.kind != "feature" or not use.defines:
        return False
    return any(
        other.extent == use.extent and other.symbol.kind == "column" for other in uses(view) if other.file == use.file
    )


def _renamed(symbol: Symbol, name: str) -> Symbol:
    alias, dot, _ = symbol.name.rpartition(".")
    return symbol._replace(name=f"{alias}{dot}{name}")


def _texts(view: View) -> dict[str, str | None]:
    """The texts of a view's documents; None for one that cannot be read."""
    return {file: None if document.data is None else document.text for file, document in view.documents.items()}


def _errors(view: View) -> int:
    return sum(each.severity == "error" for each in view.diagnostics)
