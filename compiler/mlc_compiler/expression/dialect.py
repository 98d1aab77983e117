"""How sqlglot reads the language: as DuckDB's SQL, with every call as it stands and every node with its place.

sqlglot notes where names, literals and calls start. `extent` gives the same for what is made of them: each node that
the parser makes remembers its last character, each operand its first one too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, ParamSpec, TypeVar

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel
from sqlglot.parsers.duckdb import DuckDBParser
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer as BaseTokenizer

if TYPE_CHECKING:
    from collections.abc import Callable

E = TypeVar("E", bound=exp.Expr)
P = ParamSpec("P")
R = TypeVar("R", bound="exp.Expr | None")

_TYPES_OF_LITERALS = frozenset(("date", "timestamp", "timestamptz"))


def _placed(parse: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], R]:
    """A method of the parser whose result remembers the first and the last character of what it took."""

    def placed(self: Any, /, *args: P.args, **named: P.kwargs) -> R:
        first = self._curr
        found = parse(self, *args, **named)
        if found is not None and first and self._prev and not any(found is given for given in args):
            found.meta["first"] = first.start
            found.meta["last"] = self._prev.end
        return found

    return placed


class Parser(DuckDBParser):
    """DuckDB's grammar without knowledge of functions: a call keeps its name and the order of its arguments."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: parser
        for name, parser in DuckDBParser.FUNCTION_PARSERS.items()
        if name in {"CAST", "TRY_CAST", "EXTRACT"}
    }
    NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {"CASE": DuckDBParser.NO_PAREN_FUNCTION_PARSERS["CASE"]}

    _select: Token | None = None
    """The first token of the SELECT that is made next."""

    def read(self, rule: Callable[[Parser], exp.Expr | None], tokens: list[Token], text: str) -> exp.Expr | None:
        """What a rule of the grammar makes of all the tokens.

        Raises:
            Exception: nothing; it stopped `here`.
        """
        trees = self._parse(rule, tokens, text)  # type: ignore[arg-type]
        return trees[0] if len(trees) == 1 else None

    @property
    def here(self) -> Token | None:
        """The token that comes next; None at the end of the text."""
        return self._curr or None

    def expression(self, instance: E, token: Token | None = None, comments: list[str] | None = None) -> E:
        """A node that ends where the parser stands."""
        made = super().expression(instance, token, comments)
        if token is None and self._prev:
            made.meta["last"] = self._prev.end
            if isinstance(made, exp.Select) and self._select is not None:
                made.meta["start"] = self._select.start
            elif next(made.iter_expressions(), None) is None:
                made.meta["start"] = self._prev.start
        return made

    def _parse_projections(self) -> tuple[list[exp.Expr], list[exp.Expr] | None]:
        index = self._index - 1
        while index and self._tokens[index].token_type != TokenType.SELECT:
            index -= 1
        found = super()._parse_projections()
        self._select = self._tokens[index]
        return found

    _parse_unary = _placed(DuckDBParser._parse_unary)
    _parse_group = _placed(DuckDBParser._parse_group)
    _parse_limit = _placed(DuckDBParser._parse_limit)
    _parse_offset = _placed(DuckDBParser._parse_offset)
    _parse_join = _placed(DuckDBParser._parse_join)
    _parse_table = _placed(DuckDBParser._parse_table)
    _parse_table_sample = _placed(DuckDBParser._parse_table_sample)

    def _parse_in(self, this: exp.Expr | None, alias: bool = False) -> exp.In:
        found = super()._parse_in(this, alias)
        found.meta["last"] = self._prev.end
        return found

    def _parse_type(self, parse_interval: bool = True, fallback_to_identifier: bool = False) -> exp.Expr | None:
        if self._curr and self._curr.text.lower() in _TYPES_OF_LITERALS and self._next.token_type == TokenType.STRING:
            return self._parse_column_ops(self._parse_typed_literal())
        return super()._parse_type(parse_interval, fallback_to_identifier)

    @_placed
    def _parse_typed_literal(self) -> exp.Expr:
        type_ = self._parse_types()
        return self.expression(exp.Cast(this=self._parse_string(), to=type_))

    @_placed
    def _parse_types(
        self,
        check_func: bool = False,
        schema: bool = False,
        allow_identifiers: bool = True,
        with_collation: bool = False,
    ) -> exp.Expr | None:
        # A type where an operand stands is taken for a call or a column: sqlglot tries both ways at each level.
        return None if check_func else super()._parse_types(check_func, schema, allow_identifiers, with_collation)


_LACKING = {
    *DuckDBParser.STATEMENT_PARSERS,
    *BaseTokenizer.COMMANDS,
    *(TokenType.DIV, TokenType.GLOB, TokenType.ONLY, TokenType.RLIKE, TokenType.XOR),
} - {TokenType.DESC, TokenType.END}
"""What starts a statement other than a query, and operators that are words: to the language these are names."""


class Language(Dialect):
    """DuckDB's SQL with fewer keywords, where `$` always starts a parameter.

    sqlglot's own class for DuckDB is not used, since importing it parses the templates of what it can write, which
    takes longer than checking a spec.
    """

    NULL_ORDERING = "nulls_are_last"
    INDEX_OFFSET = 1
    SUPPORTS_USER_DEFINED_TYPES = True
    SUPPORTS_ORDER_BY_ALL = True
    SUPPORTS_LIMIT_ALL = True
    NUMBERS_CAN_BE_UNDERSCORE_SEPARATED = True

    class Tokenizer(BaseTokenizer):
        """DuckDB's tokens, as far as the language has them."""

        COMMANDS: ClassVar[set[TokenType]] = set()
        BYTE_STRINGS: ClassVar[list[Any]] = [("e'", "'"), ("E'", "'")]
        BYTE_STRING_ESCAPES: ClassVar[list[str]] = ["'", "\\"]
        KEYWORDS: ClassVar[dict[str, TokenType]] = {
            **{
                word: kind
                for word, kind in BaseTokenizer.KEYWORDS.items()
                if word not in {"/*+", "SORT BY"} and not (word[0].isalpha() and kind in _LACKING)
            },
            "//": TokenType.DIV,
            "**": TokenType.DSTAR,
            "^@": TokenType.CARET_AT,
            "@>": TokenType.AT_GT,
            "<@": TokenType.LT_AT,
            "POSITIONAL": TokenType.POSITIONAL,
            "STRING": TokenType.TEXT,
            "VARCHAR": TokenType.TEXT,
            "TIMESTAMP": TokenType.TIMESTAMPNTZ,
        }
        SINGLE_TOKENS: ClassVar[dict[str, TokenType]] = {**BaseTokenizer.SINGLE_TOKENS, "$": TokenType.PARAMETER}
        VAR_SINGLE_TOKENS: ClassVar[set[str]] = {"$"}

    Parser = Parser


LANGUAGE = Language()


def parser() -> Parser:
    """A parser that stops at the first error."""
    return Parser(error_level=ErrorLevel.IMMEDIATE, dialect=LANGUAGE)


def extent(node: exp.Expr) -> tuple[int, int]:
    """Where a node stands: `start <= i < end`."""
    start, end = _start(node), _end(node)
    return (end if start is None else start), end


def _start(node: exp.Expr) -> int | None:
    """The first character that is noted at a node, or below it."""
    for noted in ("first", "start"):
        if noted in node.meta:
            return int(node.meta[noted])
    return min((start for child in node.iter_expressions() if (start := _start(child)) is not None), default=None)


def _end(node: exp.Expr) -> int:
    if "first" in node.meta:
        return int(node.meta["last"]) + 1
    noted = [int(node.meta[key]) + 1 for key in ("last", "end") if key in node.meta]
    return max([*noted, *map(_end, node.iter_expressions())], default=0)


def depth(node: exp.Expr) -> int:
    """How many nodes lie above one another."""
    deepest, level = 0, [node]
    while level:
        deepest += 1
        level = [child for each in level for child in each.iter_expressions()]
    return deepest
