"""Text to expression, in bounded time and depth."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from mlc_compiler.expression.expression import Expression
from mlc_compiler.expression.problem import Problem, SyntaxProblem

if TYPE_CHECKING:
    from mlc_compiler.expression.tree import Node

MAX_LENGTH = 10_000
"""Characters that one expression may have."""

MAX_CHAIN = 200
"""Operators that may follow one another, as in `a + b + c`, in the whole expression's deepest branch."""


_KEPT = 4096
"""Expressions that are remembered: a spec reads some twice, and specs of one repository resemble each other."""


def parse(text: str) -> tuple[Expression | None, list[Problem]]:
    """Read one expression.

    Text that makes no sense gives no expression and the first problem; text that uses what the language lacks gives
    none either, and the first such construct or all such functions.
    """
    expression, problems = _parsed(text)
    return expression, list(problems)


@lru_cache(_KEPT)
def _parsed(text: str) -> tuple[Expression | None, tuple[Problem, ...]]:
    if len(text) > MAX_LENGTH:
        message = f"an expression has at most {MAX_LENGTH:,} characters, this one has {len(text):,}"
        return None, (Problem(0, len(text), "MLC303", message),)
    try:
        tree, problems = _read(text)
    except SyntaxProblem as stopped:
        return None, (stopped.problem,)
    return (None, tuple(problems)) if problems else (Expression(text, tree), ())


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
