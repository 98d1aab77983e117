"""Literals of time: `date '2024-01-31'`, `timestamp '2024-01-31 12:00'`, `interval 6 hour`."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING

from mlc_compiler.expression.problem import Problem, SyntaxProblem, did_you_mean
from mlc_compiler.expression.tree import Cast, Constant, Interval
from mlc_compiler.expression.types import DATE, TIMESTAMP

if TYPE_CHECKING:
    from mlc_compiler.expression.lexer import Token

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


def typed_literal(kind: str, word: Token, text: Token) -> Cast:
    """`date '...'` or `timestamp '...'`: the same as a cast of its text.

    Raises:
        SyntaxProblem: the text is no such time.
    """
    good = is_date(text.text) if kind == "date" else is_timestamp(text.text)
    if not good:
        example = "2024-01-31" if kind == "date" else "2024-01-31 12:00:00"
        message = f"`{text.text}` is no {kind}"
        raise SyntaxProblem(Problem(text.start, text.end, "MLC304", message, help=f"write it as `{kind} '{example}'`"))
    constant = Constant(text.text, start=text.start, end=text.end)
    return Cast(constant, DATE if kind == "date" else TIMESTAMP, start=word.start, end=text.end)


def interval(word: Token, amount: Token, unit: Token | None, *, negative: bool = False) -> Interval:
    """`interval 6 hour` or `interval '6 hours'`. Days and weeks are exact: 24 hours each.

    Raises:
        SyntaxProblem: it has no whole amount, or no unit that we know.
    """
    last = unit or amount
    match = _AMOUNT.fullmatch(f"{amount.text} {unit.text if unit else ''}")
    if match is None or not match[2]:
        help_ = "write a whole number and a unit, as in `interval 6 hour`"
        raise SyntaxProblem(Problem(word.start, last.end, "MLC304", "this is no interval", help=help_))
    name = match[2].lower().removesuffix("s")
    count = -int(match[1]) if negative else int(match[1])
    if name in _EXACT:
        return Interval(count * _EXACT[name], "microsecond", start=word.start, end=last.end)
    if name in _MONTHS:
        return Interval(count * _MONTHS[name], "month", start=word.start, end=last.end)
    near = did_you_mean(name, (*_EXACT, *_MONTHS)) or "the units are " + ", ".join(
        f"`{u}`" for u in (*_EXACT, *_MONTHS)
    )
    raise SyntaxProblem(Problem(last.start, last.end, "MLC304", f"unknown unit `{match[2]}`", help=near))
