"""TOML in canonical form, printed from its syntax tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tree_sitter import Node as Syntax

from mlc_compiler.source.document import Document
from mlc_compiler.source.sections import section_rank
from mlc_compiler.source.toml_tree import KEYS, VALUES, parse

_MODELINE: Final = "#:schema"
_MAX_WIDTH: Final = 120
"""Columns up to which an array stays on one line."""


_TABLES: Final = frozenset(("table", "table_array_element"))


@dataclass(slots=True)
class _Entry:
    """A `key = value` or a table's header, with the comments above it; `apart` after an empty line."""

    lines: list[str] = field(default_factory=list)
    section: str = ""
    header: bool = False
    apart: bool = False


def format_toml(document: Document) -> str:
    """The text with its sections in the language's order and one space between tokens.

    Before and after:

        name='churn'   # note
        [ sources . orders ]
          key=["a","b",]
        name = "churn"  # note

        [sources.orders]
        key = ["a", "b"]

    Arrays stay on one line if they fit and hold no comment. Comments at the top that an empty line parts from
    the first entry stay there; comments below the last entry stay at the end.
    """
    head, entries, foot = _entries(parse(document.text.encode()))
    tables: list[list[_Entry]] = []
    for entry in entries:
        if entry.header or not tables or not tables[-1][0].header:
            tables.append([entry])
        else:
            tables[-1].append(entry)
    # Entries of the top come before tables, because a table ends only where the next one starts.
    tables.sort(key=lambda table: (table[0].header, section_rank(table[0].section)))
    lines: list[str] = []
    for entry in [head, *(entry for table in tables for entry in table), foot]:
        lines += [""] * (bool(lines) and bool(entry.lines) and (entry.header or entry.apart))
        lines += entry.lines
    return "\n".join(lines) + "\n"


def _entries(root: Syntax) -> tuple[_Entry, list[_Entry], _Entry]:
    """What stays at the top, the entries with the comments above them, and what stays at the end."""
    head = _Entry()
    entries: list[_Entry] = []
    entry, row = _Entry(), -1
    for node in _statements(root):
        blank = 0 <= row < node.start_point.row - 1
        if node.type == "comment" and entries and not entry.lines and node.start_point.row == row:
            entries[-1].lines[-1] += f"  {_text(node)}"
            continue
        if entry.lines:
            entry.lines += [""] * blank
        else:
            entry.apart = blank
        if node.type == "comment":
            entry.lines.append(_text(node))
        else:
            if not entries:
                head, entry = _split_head(entry)
            _write(entry, node)
            entries.append(entry)
            entry = _Entry()
        row = _last_row(node)
    return head, entries, entry


def _split_head(entry: _Entry) -> tuple[_Entry, _Entry]:
    """The comments at the top as far as an empty line or the line for editors, and those of the first entry."""
    stay = [index for index, line in enumerate(entry.lines) if not line or line.startswith(_MODELINE)]
    end = stay[-1] + 1 if stay else 0
    kept = entry.lines[:end]
    apart = bool(kept) and not kept[-1]
    return _Entry(kept[:-1] if apart else kept), _Entry(entry.lines[end:], apart=apart)


def _statements(node: Syntax) -> Iterator[Syntax]:
    """Comments, entries and headers (as the tables that they open), in the order of the text."""
    for child in node.children:
        if child.type in {"comment", "pair", *_TABLES}:
            yield child
            yield from _statements(child)


def _last_row(node: Syntax) -> int:
    """The row that a statement ends on; of a table, its header's."""
    if node.type in _TABLES:
        return node.start_point.row
    return node.end_point.row


def _write(entry: _Entry, node: Syntax) -> None:
    if node.type in _TABLES:
        opening, closing = ("[", "]") if node.type == "table" else ("[[", "]]")
        parts = _key(node)
        entry.lines.append(f"{opening}{'.'.join(parts)}{closing}")
        entry.header = True
    else:
        parts = _key(node)
        entry.lines += _pair(node, 0).split("\n")
    entry.section = parts[0].strip("'\"")


def _pair(node: Syntax, indent: int) -> str:
    start = f"{'.'.join(_key(node))} = "
    value = next(child for child in node.children if child.type in VALUES)
    return start + _value(value, indent, indent + len(start))


def _value(node: Syntax, indent: int, column: int) -> str:
    """A value as text; `column` is where it starts, `indent` that of the line that it starts on."""
    if node.type == "array":
        return _array(node, indent, column)
    if node.type == "inline_table":
        pairs = [_pair(child, indent) for child in node.children if child.type == "pair"]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    text = _text(node)
    plain = node.type == "string" and text.startswith("'") and not text.startswith("'''")
    return f'"{text[1:-1]}"' if plain and text[1:-1].isprintable() and not set(text) & {'"', "\\"} else text


def _array(node: Syntax, indent: int, column: int) -> str:
    inner = [child for child in node.children if child.type in VALUES or child.type == "comment"]
    if not any(child.type == "comment" for child in inner):
        line = f"[{', '.join(_value(child, indent, 0) for child in inner)}]"
        if column + len(line) <= _MAX_WIDTH or not inner:
            return line
    lines: list[str] = []
    row = node.start_point.row
    for child in inner:
        if child.type != "comment":
            lines.append(" " * (indent + 2) + _value(child, indent + 2, indent + 2) + ",")
        elif lines and child.start_point.row == row:
            lines[-1] += f"  {_text(child)}"
        else:
            lines.append(" " * (indent + 2) + _text(child))
        row = child.end_point.row
    return "\n".join(["[", *lines, " " * indent + "]"])


def _key(node: Syntax) -> list[str]:
    """The parts of the key of an entry or a header, as written."""
    parts: list[str] = []
    keys = [child for child in node.children if child.type in KEYS]
    while keys:
        key = keys.pop()
        if key.type == "dotted_key":
            keys += [child for child in key.children if child.type in KEYS]
        else:
            parts.append(_text(key))
    return parts[::-1]


def _text(node: Syntax) -> str:
    return (node.text or b"").decode().rstrip()
