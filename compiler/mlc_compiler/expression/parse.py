"""Text to expression, in bounded time and depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlc_compiler.expression.expression import Expression
from mlc_compiler.expression.problem import Problem, SyntaxProblem

if TYPE_CHECKING:
    from mlc_compiler.expression.tree import Node

MAX_LENGTH = 10_000
"""Characters that one expression may have."""

MAX_CHAIN = 200
"""Operators that may follow one another, as in `a + b + c`, in the whole expression's deepest branch."""


def parse(text: str) -> tuple[Expression | None, list[Problem]]:
    """Read one expression.

    Text that makes no sense gives no expression and the first problem; text that uses what the language lacks gives
    none either, and the first such construct or all such functions.
    """
    if len(text) > MAX_LENGTH:
        message = f"an expression has at most {MAX_LENGTH:,} characters, this one has {len(text):,}"
        return None, [Problem(0, len(text), "MLC303", message)]
    try:
        tree, problems = _read(text)
    except SyntaxProblem as stopped:
        return None, [stopped.problem]
    return (None, problems) if problems else (Expression(text, tree), [])


def _read(text: str) -> tuple[Node, list[Problem]]:
    # sqlglot takes a multiple of the interpreter's own start, which what reads no expression need not pay.
    from mlc_compiler.expression.convert import Converter
    from mlc_compiler.expression.dialect import depth
    from mlc_compiler.expression.sql import sql_expression

    found = sql_expression(text)
    if depth(found) > MAX_CHAIN:
        message = f"more than {MAX_CHAIN} operators build on one another"
        help_ = "compute a part of it in a column of its own"
        raise SyntaxProblem(Problem(0, len(text), "MLC303", message, help=help_))
    converter = Converter(text)
    return converter.node(found), converter.problems
