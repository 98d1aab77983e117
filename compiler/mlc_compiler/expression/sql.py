"""Text to sqlglot's tree, and sqlglot's errors to findings in our words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot.tokenizer_core import TokenType

from mlc_compiler.expression.dialect import Parser, parser
from mlc_compiler.expression.problem import Problem, SyntaxProblem
from mlc_compiler.expression.tokens import tokens, too_deep, unexpected

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlglot import exp
    from sqlglot.tokenizer_core import Token

_MISSING = re.compile(r"Required keyword: '(\w+)' missing")
_EXPECTED = re.compile(r"Expect(?:ed|ing) ([^\s.]+)(?: after (\w+))?")

_KINDS = {"type": "a type", "table": "a source"}
_ARITHMETIC = frozenset(("+", "-", "*", "/", "//", "%", "||"))


def sql_expression(text: str) -> exp.Expr:
    """One expression.

    Raises:
        SyntaxProblem: the text is none.
    """
    found = tokens(text)
    if not found:
        raise SyntaxProblem(Problem(0, len(text), "MLC301", "an expression is missing"))
    return _tree(text, found, Parser._parse_disjunction)


def sql_query(text: str) -> exp.Expr:
    """One query: a SELECT, or several under a set operator; or another statement that starts like one.

    Raises:
        SyntaxProblem: the text is none.
    """
    found = tokens(text)
    if not found:
        raise SyntaxProblem(Problem(0, len(text), "MLC301", "a query is missing"))
    if found[0].token_type not in {TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN}:
        problem = unexpected("expected `select` or `with`", found[0])
        help_ = "a source's `sql` is one SELECT over named sources"
        raise SyntaxProblem(problem._replace(code="MLC302", help=help_))
    return _tree(text, found, Parser._parse_statement)


def _tree(text: str, found: list[Token], rule: Callable[[Parser], exp.Expr | None]) -> exp.Expr:
    """What a rule of the grammar makes of all the tokens.

    Raises:
        SyntaxProblem: nothing.
    """
    reading = parser()
    try:
        tree = reading.read(rule, found, text)
    except RecursionError:
        raise SyntaxProblem(too_deep(found[0])) from None
    except Exception as error:  # noqa: BLE001 - on text that is no SQL, sqlglot raises whatever its builders do
        raise SyntaxProblem(_problem(error, reading.here, found, text)) from None
    if tree is None:
        raise SyntaxProblem(unexpected("expected a value", found[0]))
    return tree


def _problem(error: Exception, token: Token | None, found: list[Token], text: str) -> Problem:
    if token is not None and token is found[0] and token.token_type in {TokenType.SELECT, TokenType.WITH}:
        help_ = "queries belong into a source's `sql`"
        return Problem(token.start, token.end + 1, "MLC302", "an expression holds no query", help=help_)
    return unexpected(_wanted(str(error), token, found), token, len(text.rstrip()))


def _wanted(description: str, token: Token | None, found: list[Token]) -> str:
    if match := _MISSING.search(description):
        return "expected `when`" if match[1] == "ifs" else "expected a value"
    if match := _EXPECTED.search(description):
        what = _KINDS.get(match[1].lower(), f"`{match[1].lower()}`")
        return f"expected {what}{f' after `{match[2].lower()}`' if match[2] else ''}"
    if token is found[0]:
        return "expected a value"
    if token is not None and token.token_type == TokenType.COMMA:
        return "an expression gives one value"
    if token is not None and token.text in _ARITHMETIC:
        return "put parentheses around what stands before this operator"
    return "expected an operator"
