"""Parameters of a step: JSON with holes that the coordinates of a task and the facts of a run fill.

A hole is an object with one key:

    {"$field": "alpha"}             the task's value of a field; where the field is absent, the item that holds the hole
                                    is left out of its object or list
    {"$param": "horizon"}           a parameter of the run, `as_of` (microseconds since the epoch) among them
    {"$bind": ["sources", "crm"]}   what `prepare` wrote to `bind.json` under this path; for steps
                                    that run last, `["status"]` is how the run stands
    {"$either": ["model", ...]}     the task's value of a field, or where it is absent, the rest, filled
    {"$literal": ...}               itself: for a literal object that looks like a hole

The parameter `locate` says where things are (a path, a connection, the names of secrets), and is no part of the key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlc_runtime.relation import ABSENT

_HOLES = ("$field", "$param", "$bind", "$either", "$literal")


def fill(params: Any, coordinates: Mapping[str, Any], bind: Mapping[str, Any]) -> Any:
    """The parameters with their holes filled.

    Args:
        params: JSON with holes.
        coordinates: the task's fields.
        bind: the content of `bind.json`; `{"$param": x}` reads `bind["parameters"][x]`.

    Raises:
        KeyError: the run's facts lack what a hole names.
    """
    found: Any
    match _hole(params):
        case ("$field", name):
            return coordinates.get(name, ABSENT)
        case ("$either", [name, otherwise]):
            found = coordinates.get(name, ABSENT)
            return fill(otherwise, coordinates, bind) if found is ABSENT else found
        case ("$param", name):
            return bind["parameters"][name]
        case ("$bind", path):
            found = bind
            for part in path:
                found = found[part]
            return found
        case ("$literal", value):
            return value
    match params:
        case dict():
            items = {key: fill(item, coordinates, bind) for key, item in params.items()}
            return {key: item for key, item in items.items() if item is not ABSENT}
        case list() | tuple():
            return [item for item in (fill(item, coordinates, bind) for item in params) if item is not ABSENT]
    return params


def holes(params: Any, kind: str) -> Iterator[Any]:
    """What the holes of one kind name, in order of appearance; an `$either` reads a field."""
    hole = _hole(params)
    if hole is not None:
        name, value = hole
        if name == "$either":
            if kind == "$field":
                yield value[0]
            yield from holes(value[1], kind)
        elif name == kind:
            yield value
        return
    for item in params.values() if isinstance(params, dict) else params if isinstance(params, list | tuple) else ():
        yield from holes(item, kind)


def _hole(params: Any) -> tuple[str, Any] | None:
    if isinstance(params, dict) and len(params) == 1:
        ((key, value),) = params.items()
        if key in _HOLES:
            return key, value
    return None
