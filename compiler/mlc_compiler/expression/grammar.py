"""The operators and their precedence, which is DuckDB's.

From loose to tight: `or`, `and`, `not`, `is`, comparison (which does not chain), `in` / `between` / `like`, `||`,
`+ -`, `* / // %`, a sign, `::`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mlc_compiler.expression.primaries import PrimaryParser
from mlc_compiler.expression.problem import Problem, SyntaxProblem
from mlc_compiler.expression.tree import Between, Binary, Cast, In, Is, Like, Node, Unary

if TYPE_CHECKING:
    from mlc_compiler.expression.lexer import Token

MAX_NESTING = 64
"""Parentheses, calls and signs that may stand inside one another."""

_COMPARISONS = {"=": "=", "==": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_OR, _AND, _NOT, _IS, _COMPARE, _MATCH, _OTHER, _ADD, _MULTIPLY, _SIGN, _CAST = range(1, 12)
_BINARY = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(_COMPARISONS, _COMPARE),
    "||": _OTHER,
    "+": _ADD,
    "-": _ADD,
    "*": _MULTIPLY,
    "/": _MULTIPLY,
    "//": _MULTIPLY,
    "%": _MULTIPLY,
}


class ExpressionParser(PrimaryParser):
    """Reads expressions by precedence climbing, in bounded depth."""

    def __init__(self, found: list[Token]) -> None:
        super().__init__(found)
        self.nesting = 0

    def whole(self) -> Node:
        """The one expression that the text is."""
        if self.at_end:
            raise SyntaxProblem(Problem(0, self.token.end, "MLC301", "an expression is missing"))
        self.no_query()
        tree = self.expression()
        if self.at(","):
            raise self.unexpected("an expression gives one value")
        if not self.at_end:
            raise self.unexpected("expected an operator")
        return tree

    def expression(self, binding: int = 0) -> Node:
        """An expression of operators that bind more tightly than `binding`."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            message = f"more than {MAX_NESTING} levels are nested"
            raise SyntaxProblem(Problem(self.token.start, self.token.end, "MLC303", message))
        node = self.prefix()
        while (power := self.power()) > binding:
            node = self.infix(node, power)
            if self.power() > power:
                raise self.unexpected("put parentheses around what stands before this operator")
        self.nesting -= 1
        return node

    def power(self) -> int:
        """How tightly the operator that comes next binds; 0 where none does."""
        spelling = self.token.spelling
        if spelling in _BINARY:
            return _BINARY[spelling]
        if spelling == "not":
            return _MATCH if self.peek().spelling in {"in", "between", "like", "ilike"} else 0
        if spelling in {"in", "between", "like", "ilike"}:
            return _MATCH
        return {"is": _IS, "isnull": _IS, "notnull": _IS, "::": _CAST}.get(spelling, 0)

    def infix(self, left: Node, power: int) -> Node:
        """What an operator makes of `left`."""
        token = self.advance()
        spelling = token.spelling
        if spelling in _BINARY:
            right = self.expression(power)
            operator = _COMPARISONS.get(spelling, spelling)
            if power == _COMPARE and self.token.spelling in _COMPARISONS:
                raise self.unexpected("comparisons do not chain: join two with `and`")
            return Binary(operator, left, right, start=left.start, end=right.end)
        if spelling == "::":
            type_ = self.type()
            return Cast(left, type_, start=left.start, end=self.previous_end)
        if spelling in {"is", "isnull", "notnull"}:
            return self.is_(left, spelling)
        negated = spelling == "not"
        return self.match(left, self.advance().spelling if negated else spelling, negated)

    def is_(self, left: Node, spelling: str) -> Node:
        """What follows `is`, or the one word `isnull` or `notnull`."""
        if spelling != "is":
            return Is(left, None, spelling == "notnull", start=left.start, end=self.previous_end)
        negated = self.accept("not")
        if self.accept("distinct"):
            self.expect("from", "after `distinct`")
            right = self.expression(_IS)
            operator = "is not distinct from" if negated else "is distinct from"
            return Binary(operator, left, right, start=left.start, end=right.end)
        values = {"null": None, "true": True, "false": False}
        word = self.token.keyword
        if word not in values:
            raise self.unexpected("expected `null`, `true`, `false` or `distinct from` after `is`")
        self.advance()
        return Is(left, values[word], negated, start=left.start, end=self.previous_end)

    def match(self, left: Node, spelling: str, negated: bool) -> Node:
        """`in`, `between`, `like` or `ilike`."""
        if spelling == "in":
            self.expect("(", "after `in`")
            self.no_query()
            items = self.list_until(")")
            if not items:
                raise self.unexpected("`in ()` lists nothing")
            return In(left, items, negated, start=left.start, end=self.previous_end)
        if spelling == "between":
            low = self.expression(_MATCH)
            self.expect("and", "between the two ends")
            high = self.expression(_MATCH)
            return Between(left, low, high, negated, start=left.start, end=high.end)
        pattern = self.expression(_MATCH)
        escape = None
        if self.accept("escape"):
            token = self.advance()
            if token.kind != "string" or len(token.text) != 1:
                raise self.refused(token, "`escape` takes one character in quotes")
            escape = token.text
        operator: Literal["like", "ilike"] = "like" if spelling == "like" else "ilike"
        return Like(operator, left, pattern, escape, negated, start=left.start, end=self.previous_end)

    def prefix(self) -> Node:
        """An operand, with the signs and `not` before it."""
        token = self.token
        if self.at("not"):
            self.advance()
            operand = self.expression(_NOT - 1)
            return Unary("not", operand, start=token.start, end=operand.end)
        if self.at("-", "+"):
            self.advance()
            operand = self.expression(_SIGN - 1)
            return Unary("-" if token.text == "-" else "+", operand, start=token.start, end=operand.end)
        return self.primary()
