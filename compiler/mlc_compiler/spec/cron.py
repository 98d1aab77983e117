"""Cron lines: five fields, as in crontab(5)."""

from __future__ import annotations

import re

from pydantic_core import PydanticCustomError

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    ("day of the week", 0, 7, {name: number for number, name in enumerate(_DAYS)}),
)
_PART = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d{1,4}))?", re.ASCII)


def check_cron(text: str) -> str:
    """Return a cron line as it is.

    Raises:
        PydanticCustomError: `MLC107` naming the field that is wrong.
    """
    fields = text.split()
    if len(fields) != len(_FIELDS):
        why = f"its number of fields is {len(fields)}, and five are needed: minute, hour, day, month, day of the week"
        raise PydanticCustomError("MLC107", "`{text}` is no cron line", {"text": text[:40], "why": why})
    for value, (name, low, high, names) in zip(fields, _FIELDS, strict=True):
        if not all(_is_part(part.lower(), low, high, names) for part in value.split(",")):
            words = f" or `{'`, `'.join(names)}`" if names else ""
            why = f"its {name} is `{value[:40]}`, and {low} to {high}{words} is possible"
            raise PydanticCustomError("MLC107", "`{text}` is no cron line", {"text": text[:40], "why": why})
    return text


def _is_part(part: str, low: int, high: int, names: dict[str, int]) -> bool:
    match = _PART.fullmatch(part)
    if match is None:
        return False
    first, last, step = match.groups()
    numbers = [_number(end, names) for end in (first, last) if end is not None]
    inside = all(low <= number <= high for number in numbers)
    return inside and numbers == sorted(numbers) and (step is None or int(step) > 0)


def _number(text: str, names: dict[str, int]) -> int:
    return int(text) if text.isdigit() and len(text) <= 4 else names.get(text, -1)
