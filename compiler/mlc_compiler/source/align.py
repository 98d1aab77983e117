"""Where each character of a scalar's value stands in the text that it was written as."""

from __future__ import annotations

import re
from typing import Literal

from mlc_compiler.source.problem import Extent

_PROPERTIES = re.compile(r"(?:&[^\s,\[\]{}]+\s+)*")
_BLOCK_HEADER = re.compile(r"[|>][^\n]*\n")
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^\s]|[ \t](?![ \t]*[\r\n]))")
_CONTINUATION = re.compile(r"\\[ \t]*(?:\r\n|\r|\n)\s*")
_SPACE = " \t\r\n"


def align(text: str, extent: Extent, value: str, language: Literal["yaml", "toml"]) -> list[Extent] | None:
    """Where each character of `value` stands in `text`.

    Works through plain, quoted and block scalars, folded lines and escapes. A character that a folded
    line break stands for is at the break, and empty.

    Args:
        text: the whole text.
        extent: where the scalar stands in it, quotes and anchor included.
        value: what was read from it.
        language: what it is written in.

    Returns:
        a range for each character, in order, or none where text and value do not line up.
    """
    at, end = extent
    if language == "yaml":
        found = _PROPERTIES.match(text, at, end)
        at = found.end() if found else at
    at, end, escapes, doubled = _content(text, at, end, language)
    ranges: list[Extent] = []
    for char in value:
        while escapes and (found := _CONTINUATION.match(text, at, end)):
            at = found.end()
        if escapes and (found := _ESCAPE.match(text, at, end)):
            ranges.append(found.span())
            at = found.end()
            continue
        if char in _SPACE and (at >= end or text[at] != char):
            ranges.append((min(at, end), min(at, end)))
            continue
        while at < end and text[at] in _SPACE and text[at] != char:
            at += 1
        if at >= end or text[at] != char:
            return None
        width = 2 if doubled and char == "'" else 1
        ranges.append((at, at + width))
        at += width
    return ranges


def _content(text: str, at: int, end: int, language: str) -> tuple[int, int, bool, bool]:
    """Where the content starts and ends, whether it has escapes, whether a quote is doubled."""
    quote = text[at : at + 1]
    if quote in {'"', "'"}:
        triple = language == "toml" and end - at >= 6 and text.startswith(quote * 3, at)
        width = 3 if triple else 1
        start = at + width
        if triple:
            start += 2 if text.startswith("\r\n", start) else int(text.startswith("\n", start))
        return start, end - width, quote == '"', quote == "'" and language == "yaml"
    header = _BLOCK_HEADER.match(text, at, end) if language == "yaml" else None
    return header.end() if header else at, end, False, False
