"""What a plain YAML scalar means: the core schema of YAML 1.2, in which `NO`, `on`, `12:30` and `1_000` are text."""

from __future__ import annotations

import math
import re
from typing import Final

from mlc_compiler.source.limits import MAX_DIGITS

Scalar = str | int | float | bool | None

_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_NUMERIC = frozenset("0123456789+-.")
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")


def resolve(text: str) -> Scalar:
    """The value of a plain scalar.

    Raises:
        OverflowError: it is a number that does not fit 64 bits.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    if _INT.fullmatch(text):
        return _integer(text, 10)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            raise OverflowError(text)
        return number
    if _OCTAL.fullmatch(text):
        return _integer(text[2:], 8)
    if _HEX.fullmatch(text):
        return _integer(text[2:], 16)
    return text


def fits(number: int) -> bool:
    """Whether a whole number fits 64 bits, as the engines downstream hold it."""
    return -(2**63) <= number < 2**63


def _integer(digits: str, base: int) -> int:
    number = int(digits, base) if len(digits) <= MAX_DIGITS else 2**64
    if not fits(number):
        raise OverflowError(digits)
    return number
