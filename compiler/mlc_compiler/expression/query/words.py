"""What the parts of a query's parser share: names, and the betrayals found."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from mlc_compiler.expression.grammar import ExpressionParser
from mlc_compiler.expression.query.betrayal import Betrayal
from mlc_compiler.expression.query.tree import Query, Table

if TYPE_CHECKING:
    from mlc_compiler.expression.lexer import Token

_CLAUSES = frozenset(
    (
        "from",
        "where",
        "group",
        "having",
        "qualify",
        "window",
        "order",
        "limit",
        "offset",
        "union",
        "except",
        "intersect",
    )
)
JOINS = frozenset(
    ("join", "inner", "cross", "left", "right", "full", "semi", "anti", "asof", "natural", "positional", "lateral")
)
_NO_ALIAS = _CLAUSES | JOINS | {"on", "using", "tablesample", "sample"}


class WordParser(ExpressionParser):
    """Reads names inside a query; remembers the tables and the betrayals that were read."""

    def __init__(self, found: list[Token]) -> None:
        super().__init__(found)
        self.tables: list[Table] = []
        self.betrayals: list[Betrayal] = []

    @abstractmethod
    def query(self) -> Query:
        """A query, `with` to `offset`."""

    def betray(self, token: Token, construct: str, why: str) -> None:
        """Note a construct from `token` to where we are."""
        self.betrayals.append(Betrayal(token.start, max(self.previous_end, token.end), construct, why))

    def alias(self) -> str:
        """The alias that follows, if any."""
        if self.accept("as"):
            return self.identifier("a name after `as`").text
        return self.advance().text if self.may_be_alias() else ""

    def may_be_alias(self) -> bool:
        """Whether the next token can be a name without `as`."""
        return self.token.kind == "quoted" or (self.token.kind == "word" and self.token.keyword not in _NO_ALIAS)

    def identifier(self, expected: str) -> Token:
        """A name.

        Raises:
            SyntaxProblem: something else stands there.
        """
        if self.token.kind not in {"word", "quoted"}:
            raise self.unexpected(f"expected {expected}")
        return self.advance()
