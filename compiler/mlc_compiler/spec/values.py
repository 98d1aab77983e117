"""The small values of the language: names, expressions, durations, shares, sizes, dates, calls' paths.

Each is a plain Python value with its rule attached; what does not keep the rule raises a `PydanticCustomError`
whose type is the code of the diagnostic.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Generic, Literal, LiteralString, NamedTuple, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    JsonValue,
    PlainValidator,
    Tag,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from mlc_compiler.expression.duration import UNITS, Duration, Window, parse_duration, parse_window
from mlc_compiler.expression.types import SIMPLE_NAMES, Type, parse_type
from mlc_compiler.source.place import Path
from mlc_compiler.spec.describe import describe

Parsed = TypeVar("Parsed")

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
REFERENCE_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$"
PIPELINE_PATTERN = r"^[a-z][a-z0-9_-]*$"
USE_PATTERN = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*[.:][A-Za-z_]\w*(\.[A-Za-z_]\w*)*$"
METRIC_PATTERN = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*)?$"
DURATION_PATTERN = r"^(0|\d+(ms|s|m|h|d|w))$"
WINDOW_PATTERN = r"^(\d+(ms|s|m|h|d|w)|(0|-?\d+(ms|s|m|h|d|w))\.\.(0|-?\d+(ms|s|m|h|d|w)))$"
NESTED_TYPE_PATTERN = r"^(decimal\( *\d+ *, *\d+ *\)|list\(.+\))$"
SHARE_PATTERN = r"^\d+(\.\d+)?%$"
MEMORY_PATTERN = r"^\d+(\.\d+)?(Ki|Mi|Gi|Ti)$"

_LONGEST_NUMBER = 24
_MEMORY_UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def _expression(value: object) -> object:
    """A number or truth value, written without quotes, is the expression of that constant."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    return value


@dataclass(frozen=True)
class _Notation(Generic[Parsed]):
    """How a kind of value is written: its parser, the code and the words for what is not written so."""

    parse: Callable[[str], Parsed | None]
    code: LiteralString
    noun: str
    help: str

    def read(self, value: object) -> Parsed:
        """What a text says.

        Raises:
            PydanticCustomError: `MLC103` where it is no text, the notation's code where it makes no sense.
        """
        if not isinstance(value, str):
            context = {"noun": self.noun, "found": describe(value), "help": self.help}
            raise PydanticCustomError("MLC103", "expected {noun}, found {found}", context)
        parsed = self.parse(value)
        if parsed is None:
            context = {"text": value[:40], "noun": self.noun, "help": self.help}
            raise PydanticCustomError(self.code, "`{text}` is not {noun}", context)
        return parsed


_TYPE = _Notation(
    parse_type,
    "MLC112",
    "a column type",
    f"a type is {', '.join(f'`{name}`' for name in SIMPLE_NAMES)}, `decimal(p,s)` or `list(T)`",
)
_DURATION = _Notation(
    parse_duration,
    "MLC106",
    "a duration",
    f"a duration is a whole number and a unit, as in `14d`; units are {UNITS}, and a day has 24 hours",
)
_WINDOW = _Notation(
    parse_window,
    "MLC106",
    "a window",
    "a window is `14d` (the same as `-14d..0d`) or `A..B` with A before B, as in `0d..30d`",
)


def _length(value: object) -> Duration:
    duration = _length_or_zero(value)
    if duration.micros == 0:
        raise PydanticCustomError("MLC106", "`{text}` is no time at all", {"text": str(value)[:40]})
    return duration


def _length_or_zero(value: object) -> Duration:
    duration = _DURATION.read(value)
    if duration.micros < 0:
        raise PydanticCustomError("MLC106", "`{text}` is negative", {"text": str(value)[:40]})
    return duration


def _share(value: object) -> float:
    """A share as a fraction of one, from `20%` or `0.2`."""
    number = math.nan
    if isinstance(value, str) and re.match(SHARE_PATTERN, value) and len(value) < _LONGEST_NUMBER:
        number = float(Decimal(value[:-1]) / 100)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = value
    if not 0 <= number <= 1:
        raise PydanticCustomError("MLC111", "expected a share, found {found}", {"found": describe(value)})
    return float(number)


def _memory(value: object) -> int:
    """Bytes, from `4Gi` and the like."""
    if not isinstance(value, str) or not re.match(MEMORY_PATTERN, value) or len(value) > _LONGEST_NUMBER:
        raise PydanticCustomError("MLC118", "expected an amount of memory, found {found}", {"found": describe(value)})
    return int(Decimal(value[:-2]) * _MEMORY_UNITS[value[-2:]])


def _secret_name(value: object) -> str:
    """The name of a secret. What stands here instead may be the secret itself, so a message never repeats it."""
    if not isinstance(value, str) or not re.match(NAME_PATTERN, value):
        raise PydanticCustomError("MLC702", "the name of a secret is expected here", {})
    return value


def _number(value: object) -> int | float:
    """A whole number stays one: a grid of tree sizes is not a grid of fractions."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise PydanticCustomError("MLC103", "expected a number, found {found}", {"found": describe(value)})
    return value


def _positive_number(value: object) -> int | float:
    number = _number(value)
    if number <= 0:
        raise PydanticCustomError(
            "MLC110", "expected a number greater than 0, found {found}", {"found": describe(value)}
        )
    return number


def _month_or_length(value: object) -> Duration | str:
    return "month" if value == "month" else _length(value)


def _all_or_length(value: object) -> Duration | str:
    return "all" if value == "all" else _length(value)


def _moment(text: str) -> str:
    """A date, or a local or zoned time, in ISO 8601."""
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise PydanticCustomError("MLC116", "`{text}` is no date", {"text": text[:40]}) from error
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
TypeName = Annotated[
    Type,
    PlainValidator(_TYPE.read),
    WithJsonSchema({"anyOf": [{"enum": list(SIMPLE_NAMES)}, {"type": "string", "pattern": NESTED_TYPE_PATTERN}]}),
]
Expression = Annotated[Text, BeforeValidator(_expression, json_schema_input_type=str | float | bool)]
_DURATION_SCHEMA = WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN})
Length = Annotated[Duration, PlainValidator(_length), _DURATION_SCHEMA]
LengthOrZero = Annotated[Duration, PlainValidator(_length_or_zero), _DURATION_SCHEMA]
MonthOrLength = Annotated[
    Literal["month"] | Duration,
    PlainValidator(_month_or_length),
    WithJsonSchema({"oneOf": [{"const": "month"}, {"type": "string", "pattern": DURATION_PATTERN}]}),
]
AllOrLength = Annotated[
    Literal["all"] | Duration,
    PlainValidator(_all_or_length),
    WithJsonSchema({"oneOf": [{"const": "all"}, {"type": "string", "pattern": DURATION_PATTERN}]}),
]
Number = Annotated[int | float, PlainValidator(_number), WithJsonSchema({"type": "number"})]
PositiveNumber = Annotated[
    int | float, PlainValidator(_positive_number), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})
]
SecretName = Annotated[str, PlainValidator(_secret_name), WithJsonSchema({"type": "string", "pattern": NAME_PATTERN})]
TimeWindow = Annotated[
    Window, PlainValidator(_WINDOW.read), WithJsonSchema({"type": "string", "pattern": WINDOW_PATTERN})
]
Share = Annotated[
    float,
    PlainValidator(_share),
    WithJsonSchema(
        {"oneOf": [{"type": "string", "pattern": SHARE_PATTERN}, {"type": "number", "minimum": 0, "maximum": 1}]}
    ),
]
Memory = Annotated[int, PlainValidator(_memory), WithJsonSchema({"type": "string", "pattern": MEMORY_PATTERN})]
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
JoinKeys = Annotated[
    Annotated[tuple[Text, ...], Field(strict=False), Tag("list")] | Annotated[dict[Text, Text], Tag("map")],
    Discriminator(_list_or_map),
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
    """The parts of a list or map of columns: an element of a list stands for itself, the keys of a map come by name."""
    if isinstance(columns, dict):
        yield from (Piece(name, text, (key, name)) for name, text in sorted(columns.items()))
    else:
        yield from (Piece(name, name, (key, position)) for position, name in enumerate(columns))
