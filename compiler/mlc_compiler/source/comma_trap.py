"""`{x: coalesce(a, b)}` without quotes: YAML ends the value at the comma.

What was meant is certain, so the parts are put together again and everything else can still be checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, TypeGuard

from mlc_compiler.source.problem import Extent, Problem
from mlc_compiler.source.tree import Node

Entries = dict[str, tuple[Extent, Node]]

_MAX_PARTS = 16
"""Commas in one value; so that a file of nothing but open parentheses costs linear time."""

_VALUE_END = re.compile(r"[,\]}\r\n]")


def mend_mapping(text: str, data: dict[str, Any], entries: Entries) -> list[Problem]:
    """Joins the values of a flow mapping that a comma cut, in place; gives one problem for each."""
    problems = []
    names = list(data)
    for index, key in enumerate(names):
        if key not in data:
            continue
        following = names[index + 1 : index + 1 + _MAX_PARTS]
        rest = (entries[name][0] if data[name] is None else None for name in following)
        joined, whole = _join(text, entries[key][1], rest)
        if joined:
            for part in following[:joined]:
                del data[part], entries[part]
            data[key], entries[key] = text[slice(*whole)], (entries[key][0], whole)
            problems.append(_problem(text, whole))
    return problems


def mend_list(text: str, data: list[Any], nodes: list[Node]) -> list[Problem]:
    """Joins the items of a flow list that a comma cut, in place; gives one problem for each."""
    problems = []
    for index, _ in enumerate(data):
        if index >= len(data):
            break
        joined, whole = _join(text, nodes[index], nodes[index + 1 : index + 1 + _MAX_PARTS])
        if joined:
            end = index + joined + 1
            data[index:end], nodes[index:end] = [text[slice(*whole)]], [whole]
            problems.append(_problem(text, whole))
    return problems


def unclosed_call(text: str, start: int, failed: int) -> Problem | None:
    """The value that a comma cut, where the rest of it does not even parse: `{x: coalesce(a, 'b')}`.

    Args:
        text: the whole text.
        start: where the flow collection starts.
        failed: where the parser gave up.
    """
    value, level, quote = start + 1, 0, ""
    for at in range(start, len(text)):
        char = text[at]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "()":
            level += 1 if char == "(" else -1
        elif level == 0 and (char in "{[," or (char == ":" and text[at + 1 : at + 2].isspace())):
            value = at + 1
        if level <= 0 and at >= failed:
            end = _VALUE_END.search(text, at + (char == ")"))
            stop = end.start() if end else len(text)
            raw = text[value:stop]
            extent = (value + len(raw) - len(raw.lstrip()), value + len(raw.rstrip()))
            return _problem(text, extent) if char == ")" and "," in raw else None
        if char == "\n" and at > failed:
            return None
    return None


def _join(text: str, first: Node, rest: Iterable[Node | None]) -> tuple[int, Extent]:
    """How many of the scalars after the first belong to it, and the range that they make together."""
    if not _is_plain(first, text):
        return 0, (0, 0)
    level = _open(text[slice(*first)])
    if level <= 0:
        return 0, (0, 0)
    for count, part in enumerate(rest, 1):
        if not _is_plain(part, text):
            break
        level += _open(text[slice(*part)])
        if level <= 0:
            return count, (first[0], part[1])
    return 0, (0, 0)


def _is_plain(node: Node | None, text: str) -> TypeGuard[Extent]:
    return isinstance(node, tuple) and text[node[0] : node[0] + 1] not in {"'", '"', "*", "&"}


def _open(text: str) -> int:
    """How many parentheses a text leaves open; those in quotes do not count."""
    if "'" not in text and '"' not in text:
        return text.count("(") - text.count(")")
    level, quote = 0, ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "()":
            level += 1 if char == "(" else -1
    return level


def _problem(text: str, extent: Extent) -> Problem:
    raw = text[slice(*extent)]
    quoted = json.dumps(" ".join(raw.split()), ensure_ascii=False)
    return Problem(
        "MLC009",
        f"`{raw}` has a comma and is not in quotes" if "\n" not in raw else "a value has a comma and is not in quotes",
        extent,
        why="inside `{...}` and `[...]` YAML ends a value at a comma, so this is read as several entries",
        help=f"put it in quotes: `{quoted}`",
        replacement=quoted,
    )
