"""Amounts as Kubernetes writes them."""

from __future__ import annotations

from math import ceil

_UNITS = (("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10))


def cores(amount: float) -> str:
    """CPUs, in thousandths where they are not whole.

    >>> cores(2.0), cores(0.25)
    ('2', '250m')
    """
    return str(int(amount)) if amount == int(amount) else f"{ceil(amount * 1000)}m"


def size(amount: float) -> str:
    """Bytes, in the largest unit of which they are a whole number.

    >>> size(2 << 30), size(1000)
    ('2Gi', '1000')
    """
    whole = ceil(amount)
    for unit, shift in _UNITS:
        if whole and whole % (1 << shift) == 0:
            return f"{whole >> shift}{unit}"
    return str(whole)


def whole_seconds(micros: int) -> int:
    """A length of time for fields that take whole seconds, none of which is none at all."""
    return ceil(micros / 1_000_000)


def seconds(micros: int) -> str:
    """A length of time for fields that take text such as `90s`."""
    return f"{whole_seconds(micros)}s"
