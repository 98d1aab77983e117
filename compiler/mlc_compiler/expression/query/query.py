"""The `sql` of a source: one SELECT over named sources, checked, typed, and followed in time; never run here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mlc_compiler.expression.problem import Problem, SyntaxProblem, did_you_mean, nearest
from mlc_compiler.expression.query.bind import Binder
from mlc_compiler.expression.query.tree import Query as Statement
from mlc_compiler.expression.tree import Name, Variable, walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlc_compiler.expression.query.betrayal import Betrayal
    from mlc_compiler.expression.query.bound import BoundQuery, Branch
    from mlc_compiler.expression.query.read import QueryReader
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
    try:
        return _tables(*_read(text))
    except SyntaxProblem:
        return ()


def mentions_of(text: str) -> tuple[TableName, ...]:
    """The same, and besides where a source's own name stands before a column, as in `orders.amount`."""
    try:
        reader, statement = _read(text)
    except SyntaxProblem:
        return ()
    own = {table.name for table in reader.tables if table.alias == table.name}
    before = (
        TableName(node.parts[0], node.start, node.start + len(node.parts[0]))
        for node in walk(statement)
        if isinstance(node, Name) and len(node.parts) == 2 and node.parts[0] in own
    )
    return (*_tables(reader, statement), *before)


def parse_query(
    text: str, tables: Mapping[str, Mapping[str, Type]], variables: Mapping[str, Type]
) -> tuple[Query | None, list[Problem]]:
    """Read and check one query over `tables` (name -> column -> type) and parameters."""
    try:
        reader, statement = _read(text)
    except SyntaxProblem as stopped:
        return None, [stopped.problem]
    if reader.problems:
        return None, reader.problems
    named = _tables(reader, statement)
    unknown = [
        Problem(
            table.start,
            table.end,
            "MLC320",
            f"unknown source `{table.name}`",
            help=did_you_mean(nearest(table.name, tables)) or "a query reads the sources of this document",
            replacement=nearest(table.name, tables),
        )
        for table in named
        if table.name not in tables
    ]
    if unknown:
        return None, unknown
    binder = Binder(tables, variables)
    bound = binder.query(statement, {})
    if binder.problems:
        return None, sorted(dict.fromkeys(binder.problems), key=lambda problem: (problem.start, problem.end))
    names = tuple(dict.fromkeys(table.name for table in named))
    found = tuple(dict.fromkeys(node.name for node in walk(statement) if isinstance(node, Variable)))
    betrayals = tuple(sorted(reader.betrayals, key=lambda betrayal: (betrayal.start, betrayal.end)))
    return Query(text, names, bound.columns, found, bound.branches, betrayals, bound), []


def _read(text: str) -> tuple[QueryReader, Statement]:
    """The tree of a query, and what was met on the way.

    Raises:
        SyntaxProblem: the text is none, or uses what the language lacks.
    """
    # sqlglot takes a multiple of the interpreter's own start, which what reads no SQL need not pay.
    from mlc_compiler.expression.dialect import depth
    from mlc_compiler.expression.query.read import QueryReader
    from mlc_compiler.expression.sql import sql_query

    if len(text) > MAX_LENGTH:
        message = f"a query has at most {MAX_LENGTH:,} characters, this one has {len(text):,}"
        raise SyntaxProblem(Problem(0, len(text), "MLC303", message))
    found = sql_query(text.rstrip().removesuffix(";"))
    if depth(found) > MAX_DEPTH:
        raise SyntaxProblem(Problem(0, len(text), "MLC303", "the query is nested too deeply"))
    reader = QueryReader(text)
    return reader, reader.query(found)


def _tables(reader: QueryReader, statement: Statement) -> tuple[TableName, ...]:
    named = {name for node in walk(statement) if isinstance(node, Statement) for name, _ in node.named}
    tables = sorted(reader.tables, key=lambda table: table.start)
    return tuple(TableName(table.name, table.start, table.end) for table in tables if table.name not in named)
