"""Parameters of a run: text from a command line becomes typed values, held to what the spec declares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mlc_runtime.errors import InvalidInputError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TRUTH = {"true": True, "false": False}


def parameters(declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, str], timezone: str) -> dict[str, Any]:
    """The value of every declared parameter: what is given, else its default.

    Dates and timestamps stay text, in ISO 8601; a timestamp is written in UTC, so that one instant has one spelling.

    Args:
        declared: `{"type", "default", "one_of"?, "min"?, "max"?}` by name.
        given: text by name.
        timezone: the zone of timestamps without one.

    Raises:
        InvalidInputError: `MLC965`, a name that is not declared, or a value that does not fit.
    """
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise InvalidInputError(
            "MLC965",
            f"the pipeline has no parameter `{unknown[0]}`",
            f"It has: {', '.join(declared) or 'none'}.",
        )
    return {name: _value(name, rule, given.get(name), timezone) for name, rule in sorted(declared.items())}


def instant(text: str, timezone: str) -> int:
    """A time in ISO 8601, in microseconds since the epoch; one without a zone is local to `timezone`.

    >>> instant("1970-01-02", "UTC"), instant("1970-01-01T01:00:00+01:00", "Asia/Tokyo")
    (86400000000, 0)

    Raises:
        ValueError: text that is no time.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(timezone))
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def unquoted(text: str) -> str:
    """A text as given, or what it says where it is a text in JSON: so engines that expand texts can be handed any.

    >>> unquoted("3.5"), unquoted('"\\u007b\\u007b"')
    ('3.5', '{{')
    """
    if text[:1] != '"':
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        return text


def _value(name: str, rule: Mapping[str, Any], text: str | None, timezone: str) -> Any:
    try:
        value = _typed(rule["type"], rule["default"] if text is None else text, timezone)
    except ValueError as error:
        raise InvalidInputError("MLC965", f"`{text}` is no {rule['type']}, which parameter `{name}` is") from error
    allowed = rule.get("one_of")
    if allowed is not None and value not in [_typed(rule["type"], one, timezone) for one in allowed]:
        raise InvalidInputError(
            "MLC965", f"`{text}` is not a value of parameter `{name}`", f"It may be {', '.join(map(str, allowed))}."
        )
    for bound in ("min", "max"):
        limit = rule.get(bound)
        if limit is not None and _beyond(value, _typed(rule["type"], limit, timezone), bound):
            raise InvalidInputError("MLC965", f"`{text}` is beyond `{bound}` of parameter `{name}`, {limit}")
    return value


def _beyond(value: Any, limit: Any, bound: str) -> bool:
    return bool(value < limit if bound == "min" else value > limit)


def _typed(type_: str, value: Any, timezone: str) -> Any:
    """A value, or the text of one, as a value of a type."""
    match type_:
        case "int":
            return int(value)
        case "float":
            return float(value)
        case "bool":
            if isinstance(value, str):
                if value not in _TRUTH:
                    raise ValueError(value)
                return _TRUTH[value]
            return bool(value)
        case "date":
            return date.fromisoformat(str(value)).isoformat()
        case "timestamp":
            moment = _EPOCH + timedelta(microseconds=instant(str(value), timezone))
            return moment.isoformat()
    return str(value)
