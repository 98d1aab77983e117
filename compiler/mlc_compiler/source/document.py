"""A text that was read: its plain data, and where each part of it stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from mlc_compiler.source.align import align
from mlc_compiler.source.place import Place, Position, Span
from mlc_compiler.source.problem import Extent, Problem
from mlc_compiler.source.tree import Branch, Found, Node, find

Format = Literal["yaml", "toml"]

_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Document:
    """A spec or environment file as read.

    Attributes:
        file: the name shown to people; never an absolute path that the user did not write.
        text: its text, decoded, without a byte order mark.
        format: the language that it is written in.
        data: dicts, lists, strings, numbers, booleans and null; none where the text could not be read. Parts
            that are wrong in themselves (a key given twice) are left out or mended, so that everything else
            can still be checked. Aliased parts are one shared object: do not change it.
        problems: what is wrong with the text, in order of appearance.
        root: where each key and value stands.
    """

    file: str
    text: str
    format: Format
    data: dict[str, Any] | None = None
    problems: tuple[Problem, ...] = ()
    root: Node = field(default=(0, 0), repr=False)

    def span(self, place: Place) -> Span:
        """The text that a place stands for.

        A path that leads nowhere gives the key (of a list's item: the first line) of the deepest part that
        exists. Parts that came through an alias or `<<` stand at their anchor; see `related`.
        """
        if place.span is not None:
            return place.span
        found = find(self.root, place.path)
        return self.span_of(self._extent(found, place))

    def related(self, place: Place) -> tuple[Span, ...]:
        """The aliases and merges through which a place is reached, outermost first."""
        return tuple(self.span_of(use) for use in find(self.root, place.path).uses)

    def again(self, place: Place) -> tuple[Span, ...]:
        """Where the key of a place stands besides; TOML's headers name a table again and again."""
        found = find(self.root, place.path)
        return tuple(map(self.span_of, found.node.again)) if found.whole and isinstance(found.node, Branch) else ()

    def span_of(self, extent: Extent) -> Span:
        """Lines and columns of a range of the text."""
        return Span(self.position(extent[0]), self.position(extent[1]))

    def position(self, offset: int) -> Position:
        """Line and column of a point of the text."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1, offset)

    def line(self, number: int) -> str:
        """A line's text without its break; empty past the end. Lines count from 1."""
        if not 1 <= number <= len(self._starts):
            return ""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def start(self, number: int) -> int:
        """Where a line starts; the end of the text past the last one. Lines count from 1."""
        return self._starts[number - 1] if number <= len(self._starts) else len(self.text)

    def value(self, place: Place) -> Any:
        """The data at a place.

        Raises:
            KeyError, IndexError, TypeError: the path leads nowhere.
        """
        value: Any = self.data
        for part in place.path:
            value = value[part]
        return value

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _BREAK.finditer(self.text))]

    def _extent(self, found: Found, place: Place) -> Extent:
        node = found.node
        extent = node.extent if isinstance(node, Branch) else node
        if found.whole and place.on == "value":
            if place.inside is not None and not isinstance(node, Branch):
                return self._inside(extent, place, place.inside)
            return extent
        return found.key or self._first_line(extent)

    def _first_line(self, extent: Extent) -> Extent:
        start, end = extent
        found = _BREAK.search(self.text, start, end)
        return (start, found.start() if found else end)

    def _inside(self, extent: Extent, place: Place, inside: tuple[int, int]) -> Extent:
        value = self.value(place)
        if not isinstance(value, str):
            return extent
        ranges = align(self.text, extent, value, self.format)
        if not ranges:
            return extent
        start, end = (min(max(i, 0), len(value)) for i in inside)
        first = ranges[start][0] if start < len(value) else ranges[-1][1]
        return first, max(first, ranges[end - 1][1]) if end > start else first
