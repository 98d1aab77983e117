"""Data to JSON for readers: what is short, or holds no object, is on one line; of several objects each has its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_LINE = 120
"""Characters up to which an object or a list stands on one line."""


def dump_definition(data: Mapping[str, Any]) -> bytes:
    """A document of JSON in ASCII, keys in the order given.

    >>> print(dump_definition({"a": {"b": [1, 2]}}).decode(), end="")
    {"a": {"b": [1, 2]}}
    """
    return ("".join(_lines(data, "")) + "\n").encode("ascii")


def _lines(value: Any, indent: str) -> Iterator[str]:
    text = json.dumps(value)
    if _flat(value) or (len(indent) + len(text) <= _LINE and not _several(value)):
        yield text
        return
    inner = indent + " "
    items = value.items() if isinstance(value, Mapping) else ((None, each) for each in value)
    opening, closing = "{}" if isinstance(value, Mapping) else "[]"
    yield opening
    for place, (key, each) in enumerate(items):
        yield ("," if place else "") + "\n" + inner + ("" if key is None else f"{json.dumps(key)}: ")
        yield from _lines(each, inner)
    yield f"\n{indent}{closing}"


def _flat(value: Any) -> bool:
    """Whether it holds no object."""
    return not any(isinstance(each, Mapping) or not _flat(each) for each in _inner(value))


def _several(value: Any) -> bool:
    """Whether it holds a list of several objects."""
    objects = sum(isinstance(each, Mapping) for each in value) if isinstance(value, list) else 0
    return objects > 1 or any(map(_several, _inner(value)))


def _inner(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
