"""What was edited: two specs or environments compared by what they mean, each difference at its route of keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from mlc_compiler.source.place import Path

What = Literal["added", "removed", "changed", "reordered"]

NOTHING: Any = object()
"""What stands where nothing is written."""


@dataclass(frozen=True)
class Edit:
    """One difference.

    Attributes:
        file: the alias of the included file that it is in; empty for the spec itself, `environment` for that.
        path: its route in that file.
        what: what was done.
        before, after: the values as they were written; `NOTHING` where none is.
    """

    file: str
    path: Path
    what: What
    before: Any = NOTHING
    after: Any = NOTHING


@dataclass(frozen=True)
class Written:
    """A document on one side: its model, and the data that it was read from."""

    model: BaseModel
    data: Mapping[str, Any]


def edits(file: str, before: Written, after: Written) -> list[Edit]:
    """The differences between two documents of one kind; how a value is written makes none.

    Args:
        file: what edits say of the file.
        before, after: the documents.
    """
    found: dict[tuple[Path, What], None] = {}
    for path, what in _compared((), before.model, after.model):
        found[min(_written(before.data, path), _written(after.data, path), key=len), what] = None
    return [Edit(file, path, what, _at(before.data, path), _at(after.data, path)) for path, what in found]


def _compared(path: Path, before: Any, after: Any) -> Iterator[tuple[Path, What]]:
    if isinstance(before, BaseModel) and type(before) is type(after):
        for name, field in type(before).model_fields.items():
            yield from _compared((*path, field.alias or name), getattr(before, name), getattr(after, name))
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _entries(path, before, after)
    elif isinstance(before, list | tuple) and isinstance(after, list | tuple):
        yield from _items(path, before, after)
    elif type(before) is not type(after) or before != after:
        # A number that is written as another type is another value: keys tell `1` from `1.0`.
        yield path, "added" if before is None else "removed" if after is None else "changed"


def _entries(path: Path, before: Mapping[Any, Any], after: Mapping[Any, Any]) -> Iterator[tuple[Path, What]]:
    for key, value in before.items():
        if key in after:
            yield from _compared((*path, key), value, after[key])
        else:
            yield (*path, key), "removed"
    yield from (((*path, key), "added") for key in after if key not in before)
    common = [key for key in before if key in after]
    if common != [key for key in after if key in before]:
        yield path, "reordered"


def _items(path: Path, before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[Path, What]]:
    """Lists of mappings are compared item by item, lists of values as a whole."""
    nested = all(isinstance(item, BaseModel | Mapping) for item in (*before, *after))
    if nested and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _compared((*path, number), one, other)
    elif [_typed(item) for item in before] != [_typed(item) for item in after]:
        yield path, "added" if not before else "removed" if not after else "changed"


def _typed(value: Any) -> Any:
    """A value that is equal only to one of the same types throughout."""
    if isinstance(value, list | tuple):
        return [_typed(item) for item in value]
    return type(value), value


def _written(data: Any, path: Path) -> Path:
    """A route as far as what is written: the long form goes on where a short one ends."""
    for depth, part in enumerate(path):
        if not isinstance(data, Mapping | list):
            return path[:depth]
        data = _child(data, part)
        if data is NOTHING:
            break
    return path


def _at(data: Any, path: Path) -> Any:
    """What is written at a route, or where a short form stands on the way to it."""
    for part in path:
        if not isinstance(data, Mapping | list):
            break
        data = _child(data, part)
    return data


def _child(data: Mapping[Any, Any] | list[Any], part: str | int) -> Any:
    if isinstance(data, Mapping):
        return data.get(part, NOTHING)
    return data[part] if isinstance(part, int) and part < len(data) else NOTHING
