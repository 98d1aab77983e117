"""The types of operators and casts: DuckDB's results, without its silent conversions of text and booleans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlc_compiler.expression.tree import Constant, Interval, Node, Unary
from mlc_compiler.expression.types import (
    DATE,
    FLOAT,
    INT,
    MAX_PRECISION,
    STRING,
    TIMESTAMP,
    UNKNOWN,
    Type,
    as_decimal,
    decimal,
    unify,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_DECIMAL_18 = 18
"""Digits that a 64-bit decimal holds: DuckDB keeps sums and products of such decimals there while they fit."""

_CASTS = {
    "int": {"int", "float", "decimal", "bool", "string"},
    "float": {"int", "float", "decimal", "bool", "string"},
    "decimal": {"int", "float", "decimal", "bool", "string"},
    "bool": {"int", "float", "decimal", "bool", "string"},
    "string": {"int", "float", "decimal", "bool", "string", "date", "timestamp"},
    "date": {"date", "timestamp", "string"},
    "timestamp": {"date", "timestamp", "string"},
    "file": {"string"},
}
"""From each kind, the kinds it can be cast to. Times become numbers with `epoch`, numbers times with
`to_timestamp`, so that the unit is written."""


def castable(from_: Type, to: Type) -> bool:
    """Whether `x::to` is defined; values that do not fit are a run's error, or null with `try_cast`."""
    if from_.kind in {"null", "unknown"} or from_ == to:
        return True
    if from_.item is not None and to.item is not None:
        return castable(from_.item, to.item)
    return to.kind in _CASTS.get(from_.kind, set())


def concatenate(a: Type, b: Type) -> Type | None:
    """The type of `a || b`: of two strings, or two lists."""
    if a.kind == b.kind == "list":
        return unify(a, b)
    kinds = {a.kind, b.kind} - {"unknown"}
    return STRING if kinds <= {"string"} else None


def operate(operator: str, nodes: Sequence[Node], types: Sequence[Type]) -> tuple[Type | None, str]:
    """The type of arithmetic, or None and a way round."""
    a, b = types
    if "unknown" in (a.kind, b.kind):
        return UNKNOWN, ""
    kinds = {a.kind, b.kind}
    if kinds & {"date", "timestamp", "interval"}:
        return _on_times(operator, nodes, a, b)
    if not kinds <= {"int", "float", "decimal"}:
        help_ = (
            "cast it with `::int`" if "bool" in kinds else "cast the string with `::float`" if "string" in kinds else ""
        )
        return None, help_
    if operator == "/":
        return FLOAT, ""
    if "float" in kinds:
        return FLOAT, ""
    if kinds == {"int"}:
        return INT, ""
    if operator == "//":
        return FLOAT, ""
    result = _decimal(operator, as_decimal(a), as_decimal(b))
    return result, "" if result is not None else "cast one of them with `::float`"


def _decimal(operator: str, a: Type, b: Type) -> Type | None:
    if operator == "*":
        scale = a.scale + b.scale
        precision = a.precision + b.precision
        if scale > MAX_PRECISION:
            return None
        if (
            precision > _DECIMAL_18
            and a.precision <= _DECIMAL_18
            and b.precision <= _DECIMAL_18
            and scale < _DECIMAL_18
        ):
            return decimal(_DECIMAL_18, scale)
        return decimal(min(precision, MAX_PRECISION), scale)
    scale = max(a.scale, b.scale)
    whole = max(a.precision - a.scale, b.precision - b.scale)
    precision = whole + scale + (operator != "%")
    if precision > _DECIMAL_18 and a.precision <= _DECIMAL_18 and b.precision <= _DECIMAL_18 and operator != "%":
        return decimal(_DECIMAL_18, scale)
    return decimal(min(precision, MAX_PRECISION), scale)


def _on_times(operator: str, nodes: Sequence[Node], a: Type, b: Type) -> tuple[Type | None, str]:
    times = {"date", "timestamp"}
    if operator in {"+", "-"} and a.kind in times and b.kind == "interval" and isinstance(nodes[1], Interval):
        return TIMESTAMP, ""
    if operator == "+" and b.kind in times and a.kind == "interval" and isinstance(nodes[0], Interval):
        return TIMESTAMP, ""
    if operator in {"+", "-"} and a.kind == "date" and b.kind == "int":
        if _whole_literal(nodes[1]):
            return DATE, ""
        return None, "add a constant number of days, or an interval"
    if operator == "-" and a.kind == b.kind == "date":
        return INT, ""
    if operator == "-" and a.kind in times and b.kind in times:
        return None, "use `date_diff('hour', earlier, later)`, or `epoch(later) - epoch(earlier)` for seconds"
    if "interval" in {a.kind, b.kind}:
        return None, "an interval can only be added to or subtracted from a time"
    return None, "a time takes an interval, as in `time + interval 1 hour`"


def _whole_literal(node: Node) -> bool:
    inner = node.operand if isinstance(node, Unary) else node
    return isinstance(inner, Constant) and isinstance(inner.value, int) and not isinstance(inner.value, bool)
