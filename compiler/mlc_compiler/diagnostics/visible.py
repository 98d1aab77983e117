"""Text of others made safe to show: what would move the cursor, or reorder or hide text, is written out."""

from __future__ import annotations

import unicodedata

TAB = "    "


def visible(text: str, keep: str = "") -> str:
    """The text with each invisible character as a visible one; those in `keep` stay."""
    if text.isprintable():
        return text
    return "".join(char if char in keep else shown(char) for char in text)


def shown(char: str) -> str:
    """What a terminal should show for one character."""
    if char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    if char == "\t":
        return TAB
    if char < " ":
        return chr(0x2400 + ord(char))
    if char == "\x7f":
        return "\u2421"
    return f"<U+{ord(char):04X}>"


def width(text: str) -> int:
    """How many columns of a terminal a shown text takes."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def _cells(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
