"""Rows of text in columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_NUMBER = re.compile(r"-?[\d,.]+(e[+-]?\d+)?%?")


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of a table whose first row is its head: text to the left, columns of numbers to the right."""
    for row in zip(*(_column(list(column)) for column in zip(*rows, strict=True)), strict=True):
        yield "  ".join(row).rstrip()


def _column(cells: list[str]) -> list[str]:
    width = max(map(len, cells))
    numbers = all(_is_number(cell) for cell in cells[1:])
    return [cell.rjust(width) if numbers else cell.ljust(width) for cell in cells]


def _is_number(text: str) -> bool:
    return text in ("", "-") or _NUMBER.fullmatch(text) is not None
