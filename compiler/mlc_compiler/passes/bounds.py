"""What a condition says of single columns, in the form in which a file's statistics can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

Bounds = tuple[tuple[tuple[str, str, Any], ...], ...]

_COMPARABLE = {"string": str, "int": int, "bool": bool}
"""Types whose values compare in files as they do in SQL. Floats do not: SQL takes NaN for the greatest of them."""
_MOST = 16
_TURNED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def bounds(sql: str, types: Mapping[str, str]) -> Bounds:
    """What every row meets for which a condition is true: all comparisons of at least one of the lists.

    What cannot be said so is left out, which leaves more rows and never fewer.

    Args:
        sql: the condition, over quoted columns.
        types: the columns' types, as the spec declares them.

    >>> bounds('("kind" = \\'a\\') AND (("n" > 3) OR ("n" < 0)) AND ("x" > 0.5)', {"kind": "string", "n": "int"})
    ((('kind', '=', 'a'), ('n', '>', 3)), (('kind', '=', 'a'), ('n', '<', 0)))
    """
    from sqlglot import parse_one

    return _bounds(parse_one(sql, dialect="duckdb"), types) or ()


def _bounds(node: Any, types: Mapping[str, str]) -> Bounds | None:
    """The lists for a part of a condition; None where nothing is known of it."""
    from sqlglot import exp

    match node:
        case exp.Paren():
            return _bounds(node.this, types)
        case exp.And():
            left, right = _bounds(node.left, types), _bounds(node.right, types)
            if left is None or right is None:
                return left or right
            return (
                tuple((*one, *other) for one, other in product(left, right))
                if len(left) * len(right) <= _MOST
                else left
            )
        case exp.Or():
            left, right = _bounds(node.left, types), _bounds(node.right, types)
            return None if left is None or right is None or len(left) + len(right) > _MOST else (*left, *right)
        case exp.In() if node.expressions and len(node.expressions) <= _MOST:
            each = [_comparison(node.this, "=", item, types) for item in node.expressions]
            return None if None in each else tuple(one for found in each for one in found or ())
        case exp.Between():
            low = _comparison(node.this, ">=", node.args["low"], types)
            high = _comparison(node.this, "<=", node.args["high"], types)
            return None if low is None or high is None else ((*low[0], *high[0]),)
        case exp.EQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
            operator = {exp.EQ: "=", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}[type(node)]
            turned = _comparison(node.right, _TURNED[operator], node.left, types)
            return _comparison(node.left, operator, node.right, types) or turned
        case exp.Column():
            return _comparison(node, "=", exp.true(), types)
        case exp.Not():
            return _comparison(node.this, "=", exp.false(), types)
    return None


def _comparison(column: Any, operator: str, literal: Any, types: Mapping[str, str]) -> Bounds | None:
    from sqlglot import exp

    while isinstance(column, exp.Paren):
        column = column.this
    kind = _COMPARABLE.get(types.get(column.name, "")) if isinstance(column, exp.Column) else None
    value = _value(literal)
    if kind is None or type(value) is not kind:
        return None
    return (((column.name, operator, value),),)


def _value(literal: Any) -> str | int | bool | None:
    """The value of a literal of text, an integer or a truth value; None for anything else."""
    from sqlglot import exp

    match literal:
        case exp.Paren():
            return _value(literal.this)
        case exp.Literal() if literal.is_string:
            return str(literal.this)
        case exp.Literal() if str(literal.this).isdecimal():
            return int(literal.this)
        case exp.Boolean():
            return bool(literal.this)
        case exp.Neg():
            value = _value(literal.this)
            return -value if type(value) is int else None
    return None
