"""Text to expression, in bounded time and depth."""

from __future__ import annotations

from mlc_compiler.expression.expression import Expression
from mlc_compiler.expression.grammar import ExpressionParser
from mlc_compiler.expression.lexer import tokens
from mlc_compiler.expression.problem import Problem, SyntaxProblem
from mlc_compiler.expression.tree import Node, children

MAX_LENGTH = 10_000
"""Characters that one expression may have."""

MAX_CHAIN = 200
"""Operators that may follow one another, as in `a + b + c`, in the whole expression's deepest branch."""


def parse(text: str) -> tuple[Expression | None, list[Problem]]:
    """Read one expression.

    Text that makes no sense gives no expression and the first problem; text that uses what the language lacks gives
    none either, and all such problems.
    """
    if len(text) > MAX_LENGTH:
        message = f"an expression has at most {MAX_LENGTH:,} characters, this one has {len(text):,}"
        return None, [Problem(0, len(text), "MLC303", message)]
    try:
        parser = ExpressionParser(list(tokens(text)))
        tree = parser.whole()
    except SyntaxProblem as stopped:
        return None, [stopped.problem]
    if parser.problems:
        return None, parser.problems
    if depth(tree) > MAX_CHAIN:
        message = f"more than {MAX_CHAIN} operators build on one another"
        return None, [Problem(0, len(text), "MLC303", message, help="compute a part of it in a column of its own")]
    return Expression(text, tree), []


def depth(tree: Node) -> int:
    """How many nodes lie above one another."""
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        level = [child for node in level for child in children(node)]
    return deepest
