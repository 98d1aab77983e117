"""The `sql` of a source: one SELECT over named sources, checked, typed, and followed in time; never run here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mlc_compiler.expression.lexer import tokens
from mlc_compiler.expression.parse import depth
from mlc_compiler.expression.problem import Problem, SyntaxProblem, did_you_mean
from mlc_compiler.expression.query.bind import Binder
from mlc_compiler.expression.query.parser import QueryParser
from mlc_compiler.expression.tree import Variable, walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlc_compiler.expression.query.betrayal import Betrayal
    from mlc_compiler.expression.query.bound import BoundQuery, Branch
    from mlc_compiler.expression.query.tree import Query as Statement
    from mlc_compiler.expression.types import Type

MAX_LENGTH = 20_000
"""Characters that one query may have."""

MAX_DEPTH = 300
"""Levels of the tree of one query."""


class TableName(NamedTuple):
    """A source that a query names, at `start <= i < end` of its text."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Query:
    """A checked query.

    Attributes:
        text: as written.
        tables: the sources that it reads, each once.
        columns: its output columns and their types, in order.
        variables: the parameters that it reads.
        branches: for each way a row comes about, what it and its columns are read from.
        betrayals: the constructs that betray the future, in the order of the text; where there are none, known times
            follow from `branches` by themselves.
        bound: what `render_query` writes.
    """

    text: str
    tables: tuple[str, ...]
    columns: Mapping[str, Type]
    variables: tuple[str, ...]
    branches: tuple[Branch, ...]
    betrayals: tuple[Betrayal, ...]
    bound: BoundQuery


def tables_of(text: str) -> tuple[TableName, ...]:
    """The sources that a query names, without those that its `with` defines; none where the text is no query."""
    parser, statement, _ = _read(text)
    if parser is None or statement is None:
        return ()
    named = {name for node in walk(statement) if hasattr(node, "named") for name, _ in node.named}
    return tuple(TableName(t.name, t.start, t.end) for t in parser.tables if t.name not in named)


def parse_query(
    text: str, tables: Mapping[str, Mapping[str, Type]], variables: Mapping[str, Type]
) -> tuple[Query | None, list[Problem]]:
    """Read and check one query over `tables` (name -> column -> type) and parameters."""
    parser, statement, problems = _read(text)
    if parser is None or statement is None:
        return None, problems
    names = tuple(dict.fromkeys(table.name for table in tables_of(text)))
    unknown = [table for table in tables_of(text) if table.name not in tables]
    if unknown:
        return None, [
            Problem(
                table.start,
                table.end,
                "MLC320",
                f"unknown source `{table.name}`",
                help=did_you_mean(table.name, tables) or "a query reads the sources of this document",
            )
            for table in unknown
        ]
    binder = Binder(tables, variables)
    bound = binder.query(statement, {})
    if binder.problems:
        return None, sorted(dict.fromkeys(binder.problems), key=lambda problem: (problem.start, problem.end))
    found = tuple(dict.fromkeys(node.name for node in walk(statement) if isinstance(node, Variable)))
    betrayals = tuple(sorted(parser.betrayals, key=lambda betrayal: (betrayal.start, betrayal.end)))
    return Query(text, names, bound.columns, found, bound.branches, betrayals, bound), []


def _read(text: str) -> tuple[QueryParser | None, Statement | None, list[Problem]]:
    if len(text) > MAX_LENGTH:
        message = f"a query has at most {MAX_LENGTH:,} characters, this one has {len(text):,}"
        return None, None, [Problem(0, len(text), "MLC303", message)]
    try:
        parser = QueryParser(list(tokens(text.rstrip().removesuffix(";"))))
        statement = parser.statement()
    except SyntaxProblem as stopped:
        return None, None, [stopped.problem]
    if parser.problems:
        return None, None, parser.problems
    if depth(statement) > MAX_DEPTH:
        return None, None, [Problem(0, len(text), "MLC303", "the query is nested too deeply")]
    return parser, statement, []
