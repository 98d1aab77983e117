"""The comments of a document, which readers drop and `fmt` keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mlc_compiler.source.document import Document
from mlc_compiler.source.problem import Extent
from mlc_compiler.source.tree import Alias, Branch, Node

_HASH: Final = {"yaml": re.compile(r"(?:^|(?<=[\s]))#[^\r\n]*", re.MULTILINE), "toml": re.compile(r"#[^\r\n]*")}


def comments(document: Document) -> list[Extent]:
    """Where the comments of a document stand, from `#` to the end of the line, in order."""
    taken = scalars(document)
    found: list[Extent] = []
    at = index = 0
    while match := _HASH[document.format].search(document.text, at):
        while index < len(taken) and taken[index][1] <= match.start():
            index += 1
        if index < len(taken) and taken[index][0] <= match.start():
            at = taken[index][1]
            continue
        found.append(match.span())
        at = match.end()
    return found


def scalars(document: Document) -> list[Extent]:
    """Where the keys and scalars of a document stand, in order."""
    return sorted({extent for extent in _extents(document.root) if extent[0] < extent[1]})


def _extents(node: Node) -> Iterator[Extent]:
    if isinstance(node, Branch):
        if isinstance(node.children, dict):
            for key, child in node.children.values():
                yield key
                yield from _extents(child)
        else:
            for child in node.children:
                yield from _extents(child)
    elif not isinstance(node, Alias):
        yield node
