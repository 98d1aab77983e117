"""The small values of the language: names, expressions, durations, shares, sizes, dates, calls' paths.

Each is a plain Python value with its rule attached; what does not keep the rule raises a `PydanticCustomError`
whose type is the code of the diagnostic.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, JsonValue, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from mlc_compiler.expression.duration import Duration, Window, parse_duration, parse_window
from mlc_compiler.expression.types import Type, parse_type
from mlc_compiler.source.place import Path

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
REFERENCE_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$"
PIPELINE_PATTERN = r"^[a-z][a-z0-9_-]*$"
USE_PATTERN = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*[.:][A-Za-z_]\w*(\.[A-Za-z_]\w*)*$"
METRIC_PATTERN = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*)?$"
DURATION_PATTERN = r"^(0|\d+(ms|s|m|h|d|w))$"
WINDOW_PATTERN = r"^(\d+(ms|s|m|h|d|w)|(0|-?\d+(ms|s|m|h|d|w))\.\.(0|-?\d+(ms|s|m|h|d|w)))$"
TYPE_PATTERN = r"^(int|float|string|bool|date|timestamp|file|decimal\( *\d+ *, *\d+ *\)|list\(.+\))$"
SHARE_PATTERN = r"^\d+(\.\d+)?%$"
MEMORY_PATTERN = r"^\d+(\.\d+)?(Ki|Mi|Gi|Ti)$"

_MEMORY_UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def _expression(value: object) -> object:
    """A number or truth value, written without quotes, is the expression of that constant."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    return value


def _type(value: object) -> object:
    if not isinstance(value, str):
        return value
    column_type = parse_type(value)
    if column_type is None:
        raise PydanticCustomError("MLC112", "`{text}` is no column type", {"text": value[:40]})
    return column_type


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    duration = parse_duration(value)
    if duration is None:
        raise PydanticCustomError("MLC106", "`{text}` is no duration", {"text": value[:40]})
    return duration


def _positive(duration: Duration) -> Duration:
    if duration.micros <= 0:
        raise PydanticCustomError("MLC106", "`{text}` is not longer than nothing", {"text": str(duration)})
    return duration


def _not_negative(duration: Duration) -> Duration:
    if duration.micros < 0:
        raise PydanticCustomError("MLC106", "`{text}` is negative", {"text": str(duration)})
    return duration


def _window(value: object) -> object:
    if not isinstance(value, str):
        return value
    window = parse_window(value)
    if window is None:
        raise PydanticCustomError("MLC106", "`{text}` is no window", {"text": value[:40]})
    return window


def _share(value: object) -> float:
    """A share as a fraction of one, from `20%` or `0.2`."""
    if isinstance(value, str) and re.match(SHARE_PATTERN, value.strip()):
        number = float(Decimal(value.strip()[:-1]) / 100)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value) if abs(value) <= 1 else math.nan
    else:
        raise PydanticCustomError("MLC111", "`{text}` is no share", {"text": str(value)[:40]})
    if not 0 <= number <= 1:
        raise PydanticCustomError("MLC111", "`{text}` is not a share between 0% and 100%", {"text": str(value)[:40]})
    return number


def _memory(value: object) -> int:
    """Bytes, from `4Gi` and the like."""
    if not isinstance(value, str) or not re.match(MEMORY_PATTERN, value):
        raise PydanticCustomError("MLC111", "`{text}` is no amount of memory", {"text": str(value)[:40]})
    try:
        return int(Decimal(value[:-2]) * _MEMORY_UNITS[value[-2:]])
    except InvalidOperation as error:
        raise PydanticCustomError("MLC111", "`{text}` is no amount of memory", {"text": value[:40]}) from error


def _moment(text: str) -> str:
    """A date, or a local or zoned time, in ISO 8601."""
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise PydanticCustomError("MLC116", "`{text}` is no date", {"text": text[:40], "why": str(error)}) from error
    return text


def _moment_or_as_of(text: str) -> str:
    return text if text == "$as_of" else _moment(text)


def _nothing_as_empty(value: object) -> object:
    """A section whose entries are all commented out is an empty section."""
    return {} if value is None else value


def _list_or_map(value: object) -> str:
    return "map" if isinstance(value, dict) else "list"


def _one_as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Reference = Annotated[str, Field(pattern=REFERENCE_PATTERN)]
Use = Annotated[str, Field(pattern=USE_PATTERN)]
TypeName = Annotated[Type, BeforeValidator(_type), WithJsonSchema({"type": "string", "pattern": TYPE_PATTERN})]
Expression = Annotated[Text, BeforeValidator(_expression, json_schema_input_type=str | float | bool)]
_AnyLength = Annotated[
    Duration, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN})
]
Length = Annotated[_AnyLength, AfterValidator(_positive)]
LengthOrZero = Annotated[_AnyLength, AfterValidator(_not_negative)]
TimeWindow = Annotated[Window, BeforeValidator(_window), WithJsonSchema({"type": "string", "pattern": WINDOW_PATTERN})]
Share = Annotated[
    float,
    BeforeValidator(_share),
    WithJsonSchema(
        {"oneOf": [{"type": "string", "pattern": SHARE_PATTERN}, {"type": "number", "minimum": 0, "maximum": 1}]}
    ),
]
Memory = Annotated[int, BeforeValidator(_memory), WithJsonSchema({"type": "string", "pattern": MEMORY_PATTERN})]
Moment = Annotated[str, AfterValidator(_moment)]
MomentOrAsOf = Annotated[str, AfterValidator(_moment_or_as_of)]
Values = Annotated[tuple[JsonValue, ...], Field(strict=False, min_length=1)]
Names = Annotated[tuple[Name, ...], Field(strict=False)]
Columns = Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
OneOrMoreColumns = Annotated[Columns, BeforeValidator(_one_as_list, json_schema_input_type=Text | Columns)]
AnyColumns = Annotated[
    tuple[Text, ...],
    Field(strict=False),
    BeforeValidator(_one_as_list, json_schema_input_type=Text | tuple[Text, ...]),
]
ColumnsOrMap = Annotated[
    Annotated[Columns, Tag("list")] | Annotated[dict[Text, Expression], Tag("map")], Discriminator(_list_or_map)
]
EMPTY_AS_NONE = BeforeValidator(_nothing_as_empty)
Arguments = dict[Text, JsonValue]
Inputs = dict[Text, Text]


class Piece(NamedTuple):
    """One named part of an entry, with the path, below the entry, at which its text stands."""

    name: str
    text: str
    path: Path


def pieces(columns: tuple[str, ...] | dict[str, str], key: str) -> Iterator[Piece]:
    """The parts of a list or map of columns; an element of a list stands for itself."""
    if isinstance(columns, dict):
        yield from (Piece(name, text, (key, name)) for name, text in columns.items())
    else:
        yield from (Piece(name, name, (key, position)) for position, name in enumerate(columns))
