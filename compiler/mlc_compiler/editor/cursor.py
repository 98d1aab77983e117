"""Which key or value of a document the cursor stands in, also while the text is half typed and cannot be read.

A mark is set where the cursor stands, and the text mended around it until it can be read: a key gets its colon, a
bracket or a quote that is open is closed, and of other lines those that cannot be read are left out. Then the mark
stands in some key or value of the document, and everything else is there as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple

from mlc_compiler.source.document import Document, Format
from mlc_compiler.source.place import Path
from mlc_compiler.source.problem import Extent
from mlc_compiler.source.read import read

_MARK: Final = "zzcursorzz"
"""A word that may stand in a key, a text and an expression of either language."""

_MOST_BROKEN: Final = 3
"""Lines beside the cursor's that may be broken."""

_MOST_OPEN: Final = 16
"""Brackets that are open at a cursor: nobody writes more, and each is one more text to try."""

_PAIRS: Final = {"[": "]", "{": "}"}
_STATEMENT: Final = {
    "yaml": re.compile(r"^[^\s#][^\n]*", re.MULTILINE),
    "toml": re.compile(r"^[ \t]*(?:[\w.\"'-]+[ \t]*=|\[)", re.MULTILINE),
}
"""Where nothing is open: a line of YAML that is not indented, a line of TOML that begins a statement."""


class Spot(NamedTuple):
    """Where a cursor stands in a document.

    Attributes:
        document: the text as mended; the mark stands in it.
        path: the route to the key or the value.
        on: which of the two it is.
        before: the characters of it before the cursor.
        after: those behind it.
        bare: a text begins here whose quotes are still missing, and the language wants them.
    """

    document: Document
    path: Path
    on: Literal["key", "value"]
    before: str
    after: str
    bare: bool = False


def spot(text: str, offset: int, file: str) -> Spot | None:
    """Where the cursor stands; None where no mending helps.

    Args:
        text: the document as it is.
        offset: the characters before the cursor.
        file: the document's name, whose suffix says what it is written in.
    """
    format_: Format = "toml" if file.endswith(".toml") else "yaml"
    mendings = dict.fromkeys(_mendings(text[:offset], text[offset:], format_))
    for most in (0, _MOST_BROKEN):
        for mended, bare in mendings:
            document = legible(mended, file, most, offset)
            found = None if document is None else _marked(document.data, ())
            if document is not None and found is not None:
                path, on, value = found
                before, _, after = value.partition(_MARK)
                return Spot(document, path, on, before, after, bare)
    return None


def legible(text: str, file: str, most: int = _MOST_BROKEN, keep: int | None = None) -> Document | None:
    """A text without lines that keep it from being read, where those are few; everything else stands where it stood.

    Args:
        text: the document as it is.
        file: the document's name.
        most: so many lines may be left out.
        keep: a point of the line that must stay.
    """
    document = read(text.encode("utf-8", "replace"), file)
    for _ in range(most):
        line = None if document.data is not None else _to_blame(document, keep)
        if line is None:
            break
        start, end = line
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
        document = read(text.encode("utf-8", "replace"), file)
    return document if document.data is not None else None


def _to_blame(document: Document, keep: int | None) -> Extent | None:
    """The line that keeps a document from being read; None where it is the one that must stay."""
    problem = document.problems[0]
    # What is open is noticed further down; the line to blame is the one that opens it.
    lines = [_line(document.text, extent[0]) for extent in (*(each for each, _ in problem.related), problem.extent)]
    return next((each for each in lines if document.text[slice(*each)].strip() and not _holds(each, keep)), None)


def _line(text: str, at: int) -> Extent:
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end


def _holds(line: Extent, at: int | None) -> bool:
    return at is not None and line[0] <= at <= line[1]


def _mendings(before: str, after: str, format_: Format) -> Iterator[tuple[str, bool]]:
    """Texts with the mark, and whether quotes were put around it; the least changed first."""
    line, newline, rest = after.partition("\n")
    quote, closing = _open(before, format_)
    if len(closing) > _MOST_OPEN:
        return
    ends = "" if line.strip() else ": " if format_ == "yaml" else " = 0"
    # What is open may go on below the line: of its brackets some are closed there.
    going_on = [f"{closing[:count]}," for count in range(len(closing) + 1)]
    endings = [("", after), (ends, after), *((quote + end, after) for end in going_on)]
    endings += [(end + closing, following) for following in (after, newline + rest) for end in (quote, ends)]
    for end, following in endings:
        yield before + _MARK + end + following, False
    if format_ == "toml" and not quote:
        for end in ("", *going_on, closing):
            for following in (after, newline + rest):
                yield f'{before}"{_MARK}"{end}{following}', True


def _open(before: str, format_: Format) -> tuple[str, str]:
    """The quote that is open at the end of a text, and what closes its brackets."""
    starts = [found.start() for found in _STATEMENT[format_].finditer(before)]
    pending: list[str] = []
    quote, comment, previous = "", False, "\n"
    for char in before[starts[-1] if starts else 0 :]:
        if comment:
            comment = char != "\n"
        elif quote:
            quote = "" if char == quote else quote
        elif char == "#" and previous.isspace():
            comment = True
        elif char in "\"'" and (format_ == "toml" or previous in " [{,:\n"):
            quote = char
        elif char in _PAIRS:
            pending.append(_PAIRS[char])
        elif pending and char == pending[-1]:
            pending.pop()
        previous = char
    return quote, "".join(reversed(pending))


def _marked(data: Any, path: Path) -> tuple[Path, Literal["key", "value"], str] | None:
    """The key or the value with the mark."""
    if isinstance(data, dict):
        for key, value in data.items():
            if _MARK in key:
                return (*path, key), "key", key
            found = _marked(value, (*path, key))
            if found is not None:
                return found
    elif isinstance(data, list):
        for position, value in enumerate(data):
            found = _marked(value, (*path, position))
            if found is not None:
                return found
    elif isinstance(data, str) and _MARK in data:
        return path, "value", data
    return None
