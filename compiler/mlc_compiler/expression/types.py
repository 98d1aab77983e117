"""The types of the language, and how two of them meet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "int",
    "float",
    "string",
    "bool",
    "date",
    "timestamp",
    "decimal",
    "list",
    "file",
    "interval",
    "null",
    "unknown",
]

MAX_PRECISION = 38
"""DuckDB's widest decimal, in digits."""

INT_DIGITS = 19
"""Digits that an `int` (64 bits) needs as a decimal."""


@dataclass(frozen=True, slots=True)
class Type:
    """A type.

    Attributes:
        kind: which family.
        precision: digits in all, of a decimal.
        scale: digits after the point, of a decimal.
        item: what a list holds.
    """

    kind: Kind
    precision: int = 0
    scale: int = 0
    item: Type | None = None

    def __str__(self) -> str:
        if self.kind == "decimal":
            return f"decimal({self.precision},{self.scale})"
        if self.kind == "list":
            return f"list({self.item})"
        return self.kind


INT = Type("int")
FLOAT = Type("float")
STRING = Type("string")
BOOL = Type("bool")
DATE = Type("date")
TIMESTAMP = Type("timestamp")
FILE = Type("file")
INTERVAL = Type("interval")
NULL = Type("null")
UNKNOWN = Type("unknown")
"""What has been reported already, or cannot be known: it fits everywhere, so that one cause gives one finding."""

_SIMPLE = {str(t): t for t in (INT, FLOAT, STRING, BOOL, DATE, TIMESTAMP, FILE)}
SIMPLE_NAMES = tuple(_SIMPLE)
_DECIMAL = re.compile(r"decimal\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", re.ASCII)
_LIST = re.compile(r"list\((.*)\)", re.ASCII)
_MAX_LIST_DEPTH = 8


def decimal(precision: int, scale: int) -> Type:
    """The decimal type of `precision` digits, `scale` of them after the point."""
    return Type("decimal", precision, scale)


def list_of(item: Type) -> Type:
    """The type of lists of `item`."""
    return Type("list", item=item)


def parse_type(text: str) -> Type | None:
    """Read a type as a spec writes it (`int`, `decimal(10,2)`, `list(string)`); None where it is none."""
    text = text.strip()
    if text in _SIMPLE:
        return _SIMPLE[text]
    if match := _DECIMAL.fullmatch(text):
        precision, scale = int(match[1]), int(match[2])
        return decimal(precision, scale) if 1 <= precision <= MAX_PRECISION and scale <= precision else None
    if text.count("list(") <= _MAX_LIST_DEPTH and (match := _LIST.fullmatch(text)):
        item = parse_type(match[1])
        return list_of(item) if item is not None else None
    return None


def numeric(type_: Type) -> bool:
    """Whether arithmetic takes it: int, float, decimal (and null and unknown, which fit everywhere)."""
    return type_.kind in {"int", "float", "decimal", "null", "unknown"}


def temporal(type_: Type) -> bool:
    """Whether it lies on the time line: date or timestamp (and null and unknown, which fit everywhere)."""
    return type_.kind in {"date", "timestamp", "null", "unknown"}


def as_decimal(type_: Type) -> Type:
    """The decimal that holds every value of an int or decimal."""
    return type_ if type_.kind == "decimal" else decimal(INT_DIGITS, 0)


def unify(a: Type, b: Type) -> Type | None:
    """The one type that values of both can have without a cast in the text; None where there is none.

    Ints meet floats as floats, ints meet decimals as decimals, dates meet timestamps as timestamps (a date is the
    local midnight at which it starts). Nothing else is converted silently; DuckDB's conversions between
    booleans, numbers and text must be written as casts.
    """
    if "unknown" in (a.kind, b.kind):
        return UNKNOWN
    if a.kind == "null" or a == b:
        return b
    if b.kind == "null":
        return a
    kinds = {a.kind, b.kind}
    if kinds == {"date", "timestamp"}:
        return TIMESTAMP
    if kinds <= {"int", "float", "decimal"}:
        return FLOAT if "float" in kinds else _wider(as_decimal(a), as_decimal(b))
    if kinds == {"list"} and a.item is not None and b.item is not None:
        item = unify(a.item, b.item)
        return list_of(item) if item is not None else None
    return None


def comparable(a: Type, b: Type) -> bool:
    """Whether `a = b` and `a < b` are defined."""
    return unify(a, b) is not None and "file" not in (a.kind, b.kind)


def _wider(a: Type, b: Type) -> Type:
    scale = max(a.scale, b.scale)
    whole = max(a.precision - a.scale, b.precision - b.scale)
    return decimal(min(whole + scale, MAX_PRECISION), scale)
