"""Durations and windows: ranges of exact time, in whole microseconds."""

from __future__ import annotations

import re
from dataclasses import dataclass

MICROS = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}
"""Microseconds in each unit; a day is 24 hours, always."""

UNITS = ", ".join(f"`{unit}`" for unit in ("ms", "s", "m", "h", "d", "w"))
"""The units, as a message lists them."""

_MAX_MICROS = 1_000 * 366 * MICROS["d"]
_DURATION = re.compile(r"(-?)(\d{1,15})(ms|s|m|h|d|w)", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """An exact length of time, in microseconds; may be negative. `str` gives its shortest text, such as `14d`."""

    micros: int

    def __str__(self) -> str:
        for unit in ("d", "h", "m", "s", "ms"):
            if self.micros % MICROS[unit] == 0:
                return f"{self.micros // MICROS[unit]}{unit}"
        return f"{self.micros}us"

    def __neg__(self) -> Duration:
        return Duration(-self.micros)


@dataclass(frozen=True, slots=True)
class Window:
    """The times `$at + start <= time < $at + end`; a start of None reaches back through all the past."""

    start: Duration | None
    end: Duration

    def __str__(self) -> str:
        return f"..{self.end}" if self.start is None else f"{self.start}..{self.end}"


def parse_duration(text: str) -> Duration | None:
    """Read `14d`, `6h`, `30m`, `-1d`; `0` needs no unit. None where it is no duration, or beyond a thousand years."""
    text = text.strip()
    if text == "0":
        return Duration(0)
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    micros = int(match[2]) * MICROS[match[3]]
    if micros > _MAX_MICROS:
        return None
    return Duration(-micros if match[1] else micros)


def parse_window(text: str) -> Window | None:
    """Read `14d` (the same as `-14d..0d`) or `A..B`; None where it is no window, or ends before it starts."""
    start_text, dots, end_text = text.partition("..")
    if not dots:
        length = parse_duration(text)
        return Window(-length, Duration(0)) if length is not None and length.micros > 0 else None
    start, end = parse_duration(start_text), parse_duration(end_text)
    return Window(start, end) if start is not None and end is not None and start < end else None
