"""A query whose names are resolved: what is rendered, and what its known times follow from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlc_compiler.expression.query.tree import JoinKind, SetOperator
    from mlc_compiler.expression.tree import Node, Order
    from mlc_compiler.expression.types import Type


@dataclass(frozen=True, slots=True, order=True)
class Read:
    """A column of a source's table as one occurrence of it in the query reads it.

    Attributes:
        alias: the occurrence; of a table inside a named or derived query, the aliases from the outside, with dots.
        table: the source, as the query names it.
        column: the column; empty for the row's existence.
    """

    alias: str
    table: str
    column: str = ""


@dataclass(frozen=True)
class Branch:
    """One way in which an output row comes about: one SELECT of a `union all`, through derived queries.

    Attributes:
        row: what decides that the row is there: its rows of the tables, the columns of joins and filters.
        columns: for each output column what it is computed from, beyond `row`.
        passed: the output columns that are a table's column unchanged.
    """

    row: tuple[Read, ...]
    columns: Mapping[str, tuple[Read, ...]]
    passed: Mapping[str, Read]


@dataclass(frozen=True)
class Relation:
    """A table of `from`: a source's, or a query's.

    Attributes:
        alias: what its columns are written with.
        name: the source or the query of `with`; empty for a derived query.
        columns: its columns and their types.
        branches: how its rows come about.
        derived: the query in parentheses.
        stored: whether it is a source's table, and not a query's result.
    """

    alias: str
    name: str
    columns: Mapping[str, Type]
    branches: tuple[Branch, ...]
    derived: BoundQuery | None = None
    stored: bool = False


@dataclass(frozen=True)
class BoundJoin:
    """A join with its names resolved."""

    kind: JoinKind
    relation: Relation
    on: Node | None
    using: tuple[str, ...]


@dataclass(frozen=True)
class Output:
    """One output column."""

    name: str
    value: Node
    type: Type


@dataclass(frozen=True)
class BoundSelect:
    """A SELECT with stars expanded; each name of two parts is a relation's alias and its column."""

    outputs: tuple[Output, ...]
    relations: tuple[Relation, ...]
    joins: tuple[BoundJoin, ...]
    where: Node | None = None
    group_by: tuple[Node, ...] = ()
    having: Node | None = None
    qualify: Node | None = None
    distinct: bool = False
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True)
class BoundQuery:
    """SELECTs with what joins them. `columns` are the outputs and their types."""

    named: tuple[tuple[str, BoundQuery], ...]
    parts: tuple[BoundSelect | BoundQuery, ...]
    operators: tuple[SetOperator, ...]
    columns: Mapping[str, Type]
    branches: tuple[Branch, ...]
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int | None = None
