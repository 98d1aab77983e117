"""The tree of a query, around the trees of its expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlc_compiler.expression.tree import Node, Order

JoinKind = Literal["inner", "cross", "left", "right", "full", "semi", "anti"]
SetOperator = Literal["union all", "union", "except", "except all", "intersect", "intersect all"]


@dataclass(frozen=True, slots=True)
class Table(Node):
    """A source, or a query of `with`, by its name; `alias` is what its columns are written with."""

    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class Derived(Node):
    """A query in parentheses."""

    query: Query
    alias: str


@dataclass(frozen=True, slots=True)
class Join(Node):
    """What a further table is joined by. `using` names columns that both sides have."""

    kind: JoinKind
    relation: Table | Derived
    on: Node | None = None
    using: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Star(Node):
    """`*` or `table.*`, without some columns."""

    table: str | None
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item(Node):
    """One output column; `name` is empty where the text gives none."""

    value: Node
    name: str


@dataclass(frozen=True, slots=True)
class Select(Node):
    """One SELECT. `group_all` is `group by all`; `first` is None without `from`."""

    items: tuple[Item | Star, ...]
    first: Table | Derived | None
    joins: tuple[Join, ...] = ()
    where: Node | None = None
    group_by: tuple[Node, ...] = ()
    group_all: bool = False
    having: Node | None = None
    qualify: Node | None = None
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Query(Node):
    """SELECTs one after the other, each but the first with its set operator, under a `with` and over an order."""

    named: tuple[tuple[str, Query], ...]
    parts: tuple[Select | Query, ...]
    operators: tuple[SetOperator, ...]
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int | None = None
