"""What in a query betrays the future."""

from __future__ import annotations

from dataclasses import dataclass

_CHANGES = "rows change or go when others arrive"


@dataclass(frozen=True, slots=True)
class Betrayal:
    """A construct at `start <= i < end` whose rows change or go when others arrive: absence then tells the future."""

    start: int
    end: int
    construct: str
    why: str = _CHANGES
