"""Braces and brackets that are too long for a line, filled up line by line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mlc_compiler.source.document import Document
from mlc_compiler.source.problem import Extent
from mlc_compiler.source.tree import Branch, Node, extent_of

MAX_WIDTH = 120
"""Columns of a line; what cannot be broken may be longer."""


def wrap_yaml(document: Document) -> str:
    """The text with `{...}` and `[...]` continued on further lines, in line with their first entry.

    An entry moves to the next line as a whole; one that fits on no line is broken inside. Before and after, at 30
    columns:

        late: {examples: departures, features: [sky, carrier]}
        late: {examples: departures,
               features: [sky, carrier]}
    """
    breaks: list[tuple[int, int]] = []
    for branch in _outermost(document.root, document.text):
        start, end = branch.extent
        if "\n" not in document.text[start:end]:
            column = document.position(start).column - 1
            _Filling(document.text, breaks).fill(branch, column, _closers(document.text, end))
    text, at = "", 0
    for comma, indent in breaks:
        text += document.text[at : comma + 1] + "\n" + " " * indent
        at = comma + 2
    return text + document.text[at:]


class _Filling:
    """Where lines end: the comma after which one does, and how far in the next one begins."""

    def __init__(self, text: str, breaks: list[tuple[int, int]]) -> None:
        self._text = text
        self._breaks = breaks

    def fill(self, branch: Branch, column: int, tail: int) -> int:
        """Place a collection that starts at a column, and give the column behind it.

        Args:
            branch: in braces or brackets, on one line.
            column: where its opening bracket stands.
            tail: how many closing brackets and commas follow it and cannot part from it.
        """
        indent = at = column + 1
        entries = _entries(branch, self._text)
        before = indent
        for number, ((start, end), value) in enumerate(entries):
            behind = 1 if number < len(entries) - 1 else tail + 1
            if number and at + 1 + end - start + behind > MAX_WIDTH:
                self._breaks.append((self._text.index(",", before), indent))
                at = indent
            elif number:
                at += 1
            if at + end - start + behind > MAX_WIDTH and isinstance(value, Branch) and _is_flow(value, self._text):
                at = self.fill(value, at + value.extent[0] - start, behind)
            else:
                at += end - start
            at += number < len(entries) - 1
            before = end
        return at + 1


def _outermost(node: Node, text: str) -> Iterator[Branch]:
    """The collections in braces or brackets that lie in no other, in the order of the text."""
    if isinstance(node, Branch):
        if _is_flow(node, text):
            yield node
        elif isinstance(node.children, dict):
            for _, child in node.children.values():
                yield from _outermost(child, text)
        else:
            for child in node.children:
                yield from _outermost(child, text)


def _is_flow(branch: Branch, text: str) -> bool:
    return text[branch.extent[0] : branch.extent[0] + 1] in {"{", "["}


def _entries(branch: Branch, text: str) -> list[tuple[Extent, Node]]:
    """The entries as they stand in the text, each with its value; none where more than a comma stands between two."""
    if isinstance(branch.children, dict):
        found = [((key[0], extent_of(value)[1]), value) for key, value in branch.children.values()]
    else:
        found = [(extent_of(value), value) for value in branch.children]
    in_place = all(text[before[1] : after[0]].strip(" ") == "," for (before, _), (after, _) in pairwise(found))
    return found if in_place else []


def _closers(text: str, end: int) -> int:
    """How many characters follow on the line before its comment."""
    line_end = text.find("\n", end)
    rest = text[end : line_end if line_end >= 0 else len(text)]
    return len(rest.partition(" #")[0].rstrip())
