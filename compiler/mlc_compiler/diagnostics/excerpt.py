"""A line of source with marks under a range of it."""

from __future__ import annotations

from mlc_compiler.diagnostics.visible import shown, width
from mlc_compiler.source.place import Span

_CUT = "…"


def excerpt(line: str, span: Span, mark: str, columns: int) -> tuple[str, str]:
    """The line as shown, and the marks below it.

    Args:
        line: the text of the line that the span starts on.
        span: the range to mark; over several lines, to the end of the first.
        mark: the character to mark with.
        columns: how wide the line may be shown; a longer one is cut around the marks.
    """
    cells = [shown(char) for char in line]
    first = min(span.start.column - 1, len(cells))
    last = span.end.column - 1 if span.end.line == span.start.line else len(line.rstrip())
    last = max(min(last, len(cells)), first)
    start, end = _window([width(cell) for cell in cells], first, columns)
    head, tail = _CUT if start else "", _CUT if end < len(cells) else ""
    text = head + "".join(cells[start:end]) + tail
    indent = len(head) + width("".join(cells[start:first]))
    return text.rstrip(), " " * indent + mark * max(1, width("".join(cells[first : min(last, end)])))


def _window(widths: list[int], first: int, columns: int) -> tuple[int, int]:
    """The part of a line to show: all of it, or as much as fits with the marks about a third in."""
    if sum(widths) <= columns:
        return 0, len(widths)
    room = columns - 2 * len(_CUT)
    start, lead = first, 0
    wanted = max(room // 3, room - sum(widths[first:]))
    while start > 0 and lead + widths[start - 1] <= wanted:
        start -= 1
        lead += widths[start]
    end, used = start, 0
    while end < len(widths) and used + widths[end] <= room:
        used += widths[end]
        end += 1
    return start, end
