"""The tokens of a text, in sqlglot's reading, when they are all of the language and not nested too deeply."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from mlc_compiler.expression.dialect import LANGUAGE
from mlc_compiler.expression.problem import Problem, SyntaxProblem

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NESTING = 24
"""Parentheses, calls, cases and signs that may stand inside one another."""

_OPERATORS = frozenset(("::", "<=", ">=", "<>", "!=", "==", "||", "//", *"+-*/%<>=(),.[]$"))
_WORD = re.compile(r"[^\W\d]\w*")
_COMMENT = re.compile(r"\s*(\S\S?)")
_OPENING = frozenset((TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.CASE))
_CLOSING = frozenset((TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.END))
_ENDING = _CLOSING | {TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.ORDER_BY, TokenType.LIMIT}
_PREFIXES = frozenset((TokenType.NOT, TokenType.DASH, TokenType.PLUS))

_HELP = {
    ";": "an expression is one value; leave the semicolon out",
    "**": "write `pow(a, b)`",
    "^": "write `pow(a, b)`",
    "~": "write `regexp_matches(text, pattern)`",
    "!": "write `not` or `!=`",
    "&&": "write `and`",
    "|": "write `or`",
    "`": 'a name with unusual characters is quoted with `"`',
    "?": "a parameter is written `$name`",
    ":": "a cast is written `::`",
}


def tokens(text: str) -> list[Token]:
    """The tokens of a text.

    Raises:
        SyntaxProblem: at the first that the language lacks, or where too many levels are nested.
    """
    tokenizer = LANGUAGE.tokenizer()
    try:
        found = tokenizer.tokenize(text)
    except TokenError:
        read = tokenizer.tokens
        raise SyntaxProblem(_no_token(text, read[-1].end + 1 if read else 0)) from None
    end = 0
    for token in found:
        _check_gap(text, end, token.start)
        _check(text, token)
        end = token.end + 1
    _check_gap(text, end, len(text))
    _check_neighbours(found)
    _check_nesting(found)
    return found


def unexpected(message: str, token: Token | None, length: int = 0) -> Problem:
    """A problem at a token, saying what was found there; without one, at the last character of `length`."""
    if token is None:
        return Problem(max(length - 1, 0), length, "MLC301", f"{message}, found the end")
    found = "a string" if token.token_type == TokenType.STRING else f"`{token.text}`"
    return Problem(token.start, token.end + 1, "MLC301", f"{message}, found {found}")


def _check(text: str, token: Token) -> None:
    start, end = token.start, token.end + 1
    if token.token_type.name.endswith("_STRING"):
        message = f"strings are written with plain quotes, not as `{text[start : start + 2]}`"
        raise SyntaxProblem(Problem(start, end, "MLC302", message, help="write `'it''s'` for a quote inside"))
    if token.token_type == TokenType.IDENTIFIER and not token.text:
        raise SyntaxProblem(Problem(start, end, "MLC301", "a quoted name is empty"))
    if token.token_type in {TokenType.STRING, TokenType.IDENTIFIER, TokenType.NUMBER}:
        return
    if token.token_type == TokenType.VAR and not _WORD.fullmatch(token.text):
        strange = next(i for i in range(len(token.text)) if not _WORD.fullmatch(token.text[: i + 1]))
        shown = ascii(token.text[strange])[1:-1]
        place = start + strange
        raise SyntaxProblem(Problem(place, place + 1, "MLC301", f"unexpected character `{shown}`"))
    if not (token.text[0].isalnum() or token.text[0] == "_" or token.text in _OPERATORS):
        message = f"`{token.text}` is not an operator of the language"
        raise SyntaxProblem(Problem(start, end, "MLC302", message, help=_HELP.get(token.text, "")))


def _check_neighbours(found: list[Token]) -> None:
    """What sqlglot takes and DuckDB does not: needless commas; and calls after a point, which take quadratic time."""
    kinds = [token.token_type for token in found]
    if kinds[-1:] == [TokenType.COMMA]:
        raise SyntaxProblem(unexpected("expected a value", None, found[-1].end + 1))
    for index, (kind, after) in enumerate(pairwise(kinds)):
        if (kind in _OPENING or kind == TokenType.COMMA) and after == TokenType.COMMA:
            raise SyntaxProblem(unexpected("expected a value", found[index + 1]))
        if kind == TokenType.COMMA and after in _ENDING:
            raise SyntaxProblem(unexpected("expected a value", found[index + 1]))
        if after == TokenType.L_PAREN and index and kinds[index - 1] == TokenType.DOT:
            token = found[index + 1]
            message = "functions are written `f(x)`, not `x.f()`"
            raise SyntaxProblem(Problem(token.start, token.end + 1, "MLC302", message))


def _check_gap(text: str, start: int, end: int) -> None:
    """What sqlglot passes over between two tokens is space or a comment."""
    comment = _COMMENT.match(text, start, end)
    if comment is not None:
        help_ = "comments belong into the document, after `#`"
        raise SyntaxProblem(Problem(*comment.span(1), "MLC302", "an expression holds no comment", help=help_))


def _check_nesting(found: Iterable[Token]) -> None:
    depth, signs = 0, 0
    for token in found:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        signs = signs + 1 if token.token_type in _PREFIXES else 0
        if depth + signs > MAX_NESTING:
            raise SyntaxProblem(too_deep(token))


def too_deep(token: Token) -> Problem:
    """The finding that too much is nested, at a token."""
    return Problem(token.start, token.end + 1, "MLC303", f"more than {MAX_NESTING} levels are nested")


def _no_token(text: str, position: int) -> Problem:
    start = position + len(text[position:]) - len(text[position:].lstrip())
    if text[start : start + 1] in {"'", '"'}:
        what = "string" if text[start] == "'" else "quoted name"
        return Problem(start, len(text), "MLC301", f"this {what} does not end", help="close its quote")
    return Problem(start, len(text), "MLC301", "this makes no sense")
