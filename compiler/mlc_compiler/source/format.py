"""The canonical form of a document: `mlc fmt`."""

from __future__ import annotations

from mlc_compiler.source.comments import comments
from mlc_compiler.source.document import Document
from mlc_compiler.source.read import read

_PASSES = 4
"""How often a text is formatted until nothing changes; a comment that braces gave up may settle in the second."""


def format_document(document: Document) -> str:
    """Rewrites a document in canonical form: sections in the language's order, indented by two, comments kept.

    Only the sections are put in order; below them the order is the author's, and in `prepare` and `grid` it
    has a meaning. A rewriting is kept only if it reads back as the same data with the same comments, so a
    document that it would not do justice to stays as it is.

    Args:
        document: a document that was read without problems.

    Returns:
        the text, ending in one line break. Formatting it again changes nothing.

    Raises:
        ValueError: the document has problems.
    """
    if document.problems:
        raise ValueError(f"{document.file} was not read")
    settled = document
    for _ in range(_PASSES):
        styled = _styled(settled)
        if styled.text == settled.text:
            return styled.text
        settled = styled
    return document.text


def _styled(document: Document) -> Document:
    if document.format == "toml":
        # Each formatter is imported when it is needed.
        from mlc_compiler.source.format_toml import format_toml

        return _kept(document, format_toml(document))
    from mlc_compiler.source.format_yaml import format_yaml
    from mlc_compiler.source.order_yaml import order_yaml

    styled = _kept(document, format_yaml(document) or document.text)
    # Moving a section may part an alias from its anchor; then it stays.
    return _kept(styled, order_yaml(styled))


def _kept(document: Document, text: str) -> Document:
    """The rewriting, if it says the same; else the document as it is."""
    rewritten = read(text.encode(), document.file)
    return rewritten if _same(document, rewritten) else document


def _same(before: Document, after: Document) -> bool:
    """Whether two documents say the same, to the compiler and to people."""
    return not after.problems and _ordered(before.data) == _ordered(after.data) and _notes(before) == _notes(after)


def _ordered(value: object, top: bool = True) -> object:
    """Data of which a comparison sees the order of keys, below the top, and the types of scalars."""
    if isinstance(value, dict):
        items = [(key, _ordered(item, top=False)) for key, item in value.items()]
        return dict(items) if top else items
    if isinstance(value, list):
        return [_ordered(item, top=False) for item in value]
    return type(value).__name__, repr(value)


def _notes(document: Document) -> list[str]:
    return sorted(document.text[start:end].rstrip() for start, end in comments(document))
