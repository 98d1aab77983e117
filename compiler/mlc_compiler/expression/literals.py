"""Literals of time: `date '2024-01-31'`, `timestamp '2024-01-31 12:00'`, `interval 6 hour`."""

from __future__ import annotations

import re
from datetime import date, datetime

from mlc_compiler.expression.problem import Problem, SyntaxProblem, did_you_mean, nearest
from mlc_compiler.expression.tree import Cast, Constant, Interval
from mlc_compiler.expression.types import DATE, TIMESTAMP

_EXACT = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_AMOUNT = re.compile(r"\s*(-?\d{1,9})\s*([a-z]*)\s*", re.ASCII | re.IGNORECASE)
_TIMESTAMP = re.compile(
    r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII
)


def is_date(text: str) -> bool:
    """Whether the text is a day as `2024-01-31`."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2024-01-31")


def is_timestamp(text: str) -> bool:
    """Whether the text is a day, or an instant such as `2024-01-31 12:00` or `2024-01-31 12:00:05.25+01`."""
    if not _TIMESTAMP.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def typed_literal(kind: str, text: Constant, start: int) -> Cast:
    """`date '...'` or `timestamp '...'`: the same as a cast of its text.

    Raises:
        SyntaxProblem: the text is no such time.
    """
    type_ = DATE if kind == "date" else TIMESTAMP
    good = is_date(str(text.value)) if type_ == DATE else is_timestamp(str(text.value))
    if not good:
        example = "2024-01-31" if type_ == DATE else "2024-01-31 12:00:00"
        message = f"`{text.value}` is no {type_}"
        help_ = f"write it as `{type_} '{example}'`"
        raise SyntaxProblem(Problem(text.start, text.end, "MLC304", message, help=help_))
    return Cast(text, type_, start=start, end=text.end)


def interval(amount: str, unit: str, start: int, end: int) -> Interval:
    """`interval 6 hour` or `interval '6 hours'`. Days and weeks are exact: 24 hours each.

    Raises:
        SyntaxProblem: it has no whole amount, or no unit that we know.
    """
    match = _AMOUNT.fullmatch(f"{amount} {unit}")
    if match is None or not match[2]:
        help_ = "write a whole number and a unit, as in `interval 6 hour`"
        raise SyntaxProblem(Problem(start, end, "MLC304", "this is no interval", help=help_))
    name, count = match[2].lower().removesuffix("s"), int(match[1])
    if name in _EXACT:
        return Interval(count * _EXACT[name], "microsecond", start=start, end=end)
    if name in _MONTHS:
        return Interval(count * _MONTHS[name], "month", start=start, end=end)
    units = (*_EXACT, *_MONTHS)
    near = did_you_mean(nearest(name, units)) or f"the units are {', '.join(f'`{each}`' for each in units)}"
    raise SyntaxProblem(Problem(start, end, "MLC304", f"unknown unit `{match[2].lower()}`", help=near))
