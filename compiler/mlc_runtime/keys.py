"""Names of tasks and of values: canonical JSON under BLAKE2b, 160 bits, in hexadecimal.

A *key* says what was asked of a task and is known before it runs; a *digest* says what came out. Neither holds a
step's name, an axis, or a coordinate that is not read, except for steps with an effect, whose place is their identity.
Where a collect lost something, what it forgives is in the key too: it decides whether the task runs or fails, and a
failure is noted under the key. A collect that has everything is the same whatever it would have forgiven.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MISSING = "missing"
"""What stands in a key in place of the key of an input that is not there."""

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_SCALARS = frozenset({str, int, float, bool, type(None)})

_SPELLED = 10_000
_spelled: dict[int, tuple[Any, Any]] = {}
"""Values of fields that are JSON, by their identity, which they are held for: an axis hands the same ones out again."""

_SIZE = 20  # bytes: 160 bits, enough for any number of tasks without a thought about collisions

Place = tuple[str, Mapping[str, Any]]
"""A step's name and all coordinates of one of its tasks: the identity of what is not a pure function."""

Element = tuple[Mapping[str, Any], str]
"""One element of a collected input: the record of the collected fields, and `KEY.OUTPUT` or `MISSING`."""

Input = tuple[str, str | Sequence[Element]]
"""A port and what it reads: `KEY.OUTPUT` of the producer's task (or `MISSING`), elements when collected."""


def canonical(value: Any) -> bytes:
    """The one spelling of a JSON value: keys sorted, no blanks, UTF-8 as given, floats by `repr`.

    `1`, `1.0` and `True` are three values, `-0.0` and `0.0` are two, and NaN and the infinities, for which JSON has no
    spelling, are written `NaN`, `Infinity` and `-Infinity`. Text is not normalised: what differs in code points is
    different. Tuples are lists.

    Raises:
        TypeError: a value that is not JSON, or a key of an object that is not text.
    """
    _check(value)
    return _ENCODER.encode(value).encode("utf-8", "surrogatepass")


def _check(value: Any) -> None:
    """JSON writes the keys `1` and `"1"` of an object alike, and subclasses of float as they please; refuse both."""
    if type(value) in _SCALARS:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if type(key) is not str:
                raise TypeError(f"a key of a JSON object is text, not {key!r}")
            if type(item) not in _SCALARS:
                _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            if type(item) not in _SCALARS:
                _check(item)
    else:
        raise TypeError(f"{type(value).__name__} is not a JSON value")


def digest(value: Any) -> str:
    """The digest of a JSON value, by its canonical spelling."""
    return digest_bytes(canonical(value))


def digest_bytes(data: bytes | memoryview) -> str:
    """The digest of bytes."""
    return hashlib.blake2b(data, digest_size=_SIZE).hexdigest()


def lacks(read: str | Sequence[Element]) -> bool:
    """Whether something of an input is not there: all of it or, where it is collected, an element."""
    return read == MISSING if isinstance(read, str) else any(key == MISSING for _, key in read)


def static_key(op: str, version: int, code: str = "") -> str:
    """The part of a key that compiling knows: the operation, the version of our code for it, the user's code.

    Args:
        op: the operation's name, such as `train`.
        version: an integer, raised when our code for the operation gives other results.
        code: the fingerprint of the user code that the step reaches, or an image's digest.
    """
    return digest(["static", op, version, code])


def task_key(
    static: str,
    params: str,
    facts: Mapping[str, str],
    inputs: Iterable[Input],
    place: Place | None = None,
    forgives: Mapping[str, float | bool] | None = None,
) -> str:
    """The key of one task.

    Args:
        static: what compiling knows, see `static_key`.
        params: the digest of the step's parameters with the fields' and the run's values filled in.
        facts: versions of what the step reaches, by name.
        inputs: each port with the producer's key and output, `MISSING`, or the elements that it collects.
        place: the step and its coordinates, where it has an effect or is not pure.
        forgives: by port, of the inputs of which something is not there and of no others: the share of elements that
            may be missing, or true where all may. An input that is not collected is here only where it is needed.
    """
    losses = [dict(forgives)] if forgives else []
    return digest(["task", static, params, dict(facts), _inputs(inputs), _place(place), *losses])


def shallow_key(
    static: str, params: str, facts: Mapping[str, str], inputs: Iterable[Input], place: Place | None = None
) -> str:
    """As `task_key`, of the digests of the inputs' contents in place of their keys: equal inputs, equal results."""
    return digest(["same", static, params, dict(facts), _inputs(inputs), _place(place)])


def object_name(key: str, part: Any = None) -> str:
    """The name under which the result of a task is kept: its key and, when only a part was made, which part."""
    return key if part is None else f"{key}+{digest(part)[:16]}"


def identity(value: Any) -> Any:
    """A hashable stand-in for a value of a field, equal only for values that are written alike."""
    if type(value) is str:
        return value
    if type(value) is float:
        return ("float", "NaN" if math.isnan(value) else repr(value))
    if value is None or type(value) in (int, bool):
        return (type(value).__name__, value)
    if isinstance(value, list | tuple | dict):
        found = _spelled.get(id(value))
        if found is None:
            if len(_spelled) > _SPELLED:
                _spelled.clear()
            found = _spelled[id(value)] = (value, ("json", canonical(value)))
        return found[1]
    return value


def _inputs(inputs: Iterable[Input]) -> list[Any]:
    return sorted([port, read if isinstance(read, str) else [[dict(r), k] for r, k in read]] for port, read in inputs)


def _place(place: Place | None) -> list[Any]:
    return [] if place is None else [place[0], dict(place[1])]
