"""Tree to DuckDB SQL, canonically: two equal trees give the same text.

The text differs from what the user wrote where DuckDB's types differ from the language's:

- days are 24 hours: `interval 1 day` becomes so many microseconds, which DuckDB adds exactly;
- a `date` used as a time becomes TIMESTAMPTZ (DuckDB would fall back to one without a zone);
- whole numbers are 64 bits wide: a constant that meets another only is cast (DuckDB would compute in 32).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlc_compiler.expression.functions import functions
from mlc_compiler.expression.tree import (
    Between,
    Binary,
    Call,
    Case,
    Cast,
    Constant,
    In,
    Interval,
    Is,
    Like,
    ListOf,
    Name,
    Node,
    Unary,
    Variable,
)
from mlc_compiler.expression.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlc_compiler.expression.expression import Expression

_SQL_TYPES = {
    "int": "BIGINT",
    "float": "DOUBLE",
    "string": "VARCHAR",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
    "file": "VARCHAR",
    "interval": "INTERVAL",
    "null": "INTEGER",
}

_BARE_LIMIT = 2**22
"""Whole constants below this stay uncast in sums: so many of them as an expression can hold fit 32 bits."""


def quote(name: str) -> str:
    """A name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def quote_string(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"


def sql_type(type_: Type) -> str:
    """DuckDB's name for a type."""
    if type_.kind == "decimal":
        return f"DECIMAL({type_.precision},{type_.scale})"
    if type_.item is not None:
        return f"{sql_type(type_.item)}[]"
    return _SQL_TYPES[type_.kind]


def default_name(name: Name) -> str:
    """A column by its name, `group.column` as the one column of that name."""
    return quote(name.text)


def render(
    expression: Expression | Node, *, name: Callable[[Name], str] = default_name, type_: Type | None = None
) -> str:
    """The SQL of an expression.

    Args:
        expression: the expression, or a part of its tree.
        name: gives the SQL of a column or dotted name.
        type_: what the result is cast to, such as the type that `infer` found; not cast where None.
    """
    node = expression if isinstance(expression, Node) else expression.tree
    sql = Renderer(name).sql(node)
    return sql if type_ is None else f"CAST({sql} AS {sql_type(type_)})"


class Renderer:
    """Renders trees whose names `name` gives the SQL of."""

    def __init__(self, name: Callable[[Name], str]) -> None:
        self.name = name

    def sql(self, node: Node) -> str:
        """The SQL of a tree, with parentheses where it could be read in two ways."""
        match node:
            case Constant():
                return constant(node)
            case Interval(count=count, unit=unit):
                return f"to_microseconds({count})" if unit == "microsecond" else f"to_months({count})"
            case Name():
                return self.name(node)
            case Variable(name=name):
                return quote("$at") if name == "at" else f"${name}"
            case ListOf(items=items):
                return f"[{', '.join(self.wide(item) for item in items)}]"
            case Unary(operator="not", operand=operand):
                return f"(NOT {self.sql(operand)})"
            case Unary(operator=operator, operand=operand):
                return f"({operator} {self.sql(operand)})"
            case Binary():
                return self._binary(node)
            case Is(operand=operand, value=value, negated=negated):
                test = "NULL" if value is None else str(value).upper()
                return f"({self.sql(operand)} IS {'NOT ' if negated else ''}{test})"
            case In(operand=operand, items=items, negated=negated):
                listed = ", ".join(self.sql(item) for item in items)
                return f"({self.sql(operand)} {'NOT ' if negated else ''}IN ({listed}))"
            case Between(operand=operand, low=low, high=high, negated=negated):
                between = "NOT BETWEEN" if negated else "BETWEEN"
                return f"({self.sql(operand)} {between} {self.sql(low)} AND {self.sql(high)})"
            case Like():
                return self._like(node)
            case Case():
                return self._case(node)
            case Cast(operand=operand, type=type_, safe=safe):
                return f"{'TRY_CAST' if safe else 'CAST'}({self.sql(operand)} AS {sql_type(type_)})"
            case Call():
                return self._call(node)
        raise AssertionError(f"no SQL for {type(node).__name__}")

    def _binary(self, node: Binary) -> str:
        operator, left, right = node.operator, node.left, node.right
        if isinstance(right, Interval) and operator in {"+", "-"}:
            return f"({self.instant(left)} {operator} {self.sql(right)})"
        if isinstance(left, Interval) and operator == "+":
            return f"({self.instant(right)} + {self.sql(left)})"
        operand = self.wide if operator in {"*", "//", "%"} else self.sql
        return f"({operand(left)} {operator.upper()} {operand(right)})"

    def _like(self, node: Like) -> str:
        operator = f"{'NOT ' if node.negated else ''}{node.operator.upper()}"
        escape = "" if node.escape is None else f" ESCAPE {quote_string(node.escape)}"
        return f"({self.sql(node.operand)} {operator} {self.sql(node.pattern)}{escape})"

    def _case(self, node: Case) -> str:
        operand = "" if node.operand is None else f" {self.sql(node.operand)}"
        branches = "".join(f" WHEN {self.sql(when)} THEN {self.wide(then)}" for when, then in node.branches)
        otherwise = "" if node.otherwise is None else f" ELSE {self.wide(node.otherwise)}"
        return f"CASE{operand}{branches}{otherwise} END"

    def _call(self, node: Call) -> str:
        sql = self.bare_call(node)
        return f"CAST({sql} AS BIGINT)" if functions()[node.name].narrow else sql

    def bare_call(self, node: Call) -> str:
        """A call in DuckDB's type."""
        if node.name == "count" and not node.args:
            inside = "*"
        else:
            inside = ", ".join(self.argument(node, index) for index in range(len(node.args)))
        distinct = "DISTINCT " if node.distinct else ""
        keys = ", ".join(f"{self.sql(k.key)} {'DESC' if k.descending else 'ASC'} NULLS LAST" for k in node.order)
        order = f" ORDER BY {keys}" if keys else ""
        condition = "" if node.filter is None else f" FILTER (WHERE {self.sql(node.filter)})"
        return f"{node.name}({distinct}{inside}{order}){condition}"

    def argument(self, node: Call, index: int) -> str:
        """One argument, as the catalogue wants it."""
        argument = node.args[index]
        patterns = {s.pattern(index) for s in functions()[node.name].signatures if s.takes(len(node.args))}
        if patterns == {"timestamp"}:
            return self.instant(argument)
        return self.wide(argument) if "T" in patterns else self.sql(argument)

    def instant(self, node: Node) -> str:
        """A date or timestamp as a timestamp."""
        return f"CAST({self.sql(node)} AS TIMESTAMPTZ)"

    def wide(self, node: Node) -> str:
        """With 64 bits, where the whole would else be computed with 32."""
        sql = self.sql(node)
        return f"CAST({sql} AS BIGINT)" if _narrow(node) else sql


def constant(node: Constant) -> str:
    """A constant's SQL."""
    match node.value:
        case None:
            return "NULL"
        case bool(value):
            return "TRUE" if value else "FALSE"
        case str(text):
            return quote_string(text)
        case int(value):
            return str(value) if value < _BARE_LIMIT else f"CAST({value} AS BIGINT)"
        case float(value):
            return f"CAST({value!r} AS DOUBLE)"
    return f"{node.value:f}"


def _narrow(node: Node) -> bool:
    """Whether it is a whole number made of small constants only."""
    match node:
        case Constant(value=int(value)):
            return not isinstance(value, bool) and value < _BARE_LIMIT
        case Unary(operator="-" | "+", operand=operand):
            return _narrow(operand)
        case Binary(operator="+" | "-", left=left, right=right):
            return _narrow(left) and _narrow(right)
    return False
