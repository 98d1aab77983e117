"""The sections of a YAML document put in order, as text, so that every comment goes with its section."""

from __future__ import annotations

from dataclasses import dataclass

from mlc_compiler.source.document import Document
from mlc_compiler.source.sections import section_rank
from mlc_compiler.source.tree import Alias, Branch

_MODELINE = "# yaml-language-server:"


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines that move together; `apart` if an empty line parts them from those before."""

    rank: int
    apart: bool
    lines: list[str]


def order_yaml(document: Document) -> str:
    """The text with its sections in the language's order, each with the comments above it.

    Comments at the top that an empty line parts from the first section stay at the top, as does a line that
    tells editors the schema; comments below the last section stay at the end. A document in braces, or with
    a merge at the top, has no lines to move.
    """
    starts = _section_lines(document)
    lines = document.text.splitlines()
    if not starts:
        return "\n".join(lines).rstrip() + "\n"
    numbers = list(starts.values())
    head = _head_end(lines, numbers[0])
    foot = _foot_start(lines, numbers[-1])
    begins = [head, *(_first_comment(lines, number) for number in numbers[1:])]
    ends = [*begins[1:], foot]
    pieces = [
        _piece(section_rank(name), lines, begin, end) for name, begin, end in zip(starts, begins, ends, strict=True)
    ]
    ordered = sorted(pieces, key=lambda piece: piece.rank)
    spaced = any(piece.apart for piece in pieces[1:])
    body: list[str] = []
    for piece in ordered:
        apart = spaced if piece is pieces[0] else piece.apart
        body += [""] * (apart and bool(body)) + piece.lines
    top = _piece(-1, lines, 0, head)
    gap = [""] * (bool(top.lines) and pieces[0].apart)
    bottom = _piece(-1, lines, foot, len(lines))
    return "\n".join([*top.lines, *gap, *body, *([""] * bottom.apart), *bottom.lines]) + "\n"


def _section_lines(document: Document) -> dict[str, int]:
    """The line that each section starts on; none where they cannot be moved as lines."""
    root = document.root
    if not isinstance(root, Branch) or not isinstance(root.children, dict) or document.text.startswith("%"):
        return {}
    lines: dict[str, int] = {}
    for name, (key, value) in root.children.items():
        position = document.position(key[0])
        if position.column != 1 or isinstance(value, Alias):
            return {}
        lines[name] = position.line
    return lines


def _piece(rank: int, lines: list[str], begin: int, end: int) -> _Piece:
    """The lines from `begin` to `end` without empty ones around them."""
    apart = begin > 0 and (not lines[begin - 1].strip() or (begin < end and not lines[begin].strip()))
    while begin < end and not lines[begin].strip():
        begin += 1
    while begin < end and not lines[end - 1].strip():
        end -= 1
    return _Piece(rank, apart, lines[begin:end])


def _head_end(lines: list[str], first: int) -> int:
    """How many lines at the top stay there."""
    end = 0
    for index, line in enumerate(lines[: first - 1]):
        if not line.strip() or line.startswith((_MODELINE, "---")):
            end = index + 1
    return end


def _foot_start(lines: list[str], last: int) -> int:
    """Where the comments below the last section start."""
    start = len(lines)
    while start > last and (not lines[start - 1].strip() or lines[start - 1].startswith(("#", "..."))):
        start -= 1
    return start


def _first_comment(lines: list[str], number: int) -> int:
    """Where the comments above a section's line start."""
    start = number - 1
    while start > 0 and (not lines[start - 1].strip() or lines[start - 1].startswith("#")):
        start -= 1
    return start
