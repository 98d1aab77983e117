"""Where something stands: a route of keys through a document, and the span of text that it resolves to.

Every stage says *where* by a `Place`; only this package knows lines and columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Path = tuple[str | int, ...]


class Position(NamedTuple):
    """A point in a text. `line` and `column` count from 1 in Unicode code points, `offset` from 0."""

    line: int
    column: int
    offset: int


class Span(NamedTuple):
    """A half-open range of text, `start <= text < end`."""

    start: Position
    end: Position


@dataclass(frozen=True, slots=True)
class Place:
    """A thing in a document: the value (or the key) at `path` of the file `file`.

    `inside` narrows a text value to the characters `inside[0] <= i < inside[1]` of it, as an expression's
    error does. A path that leads nowhere stands for its longest prefix that exists (a missing key is
    reported at the mapping that lacks it). `span` says where outright, for text that never became a document.
    """

    file: str
    path: Path = ()
    on: Literal["value", "key"] = "value"
    inside: tuple[int, int] | None = None
    span: Span | None = None

    def child(self, *parts: str | int) -> Place:
        """The place of what lies below this one."""
        return Place(self.file, self.path + parts)

    def key(self) -> Place:
        """The same entry's key instead of its value."""
        return Place(self.file, self.path, "key")

    def within(self, start: int, end: int) -> Place:
        """The same value, narrowed to a range of its characters."""
        return Place(self.file, self.path, "value", (start, end))
