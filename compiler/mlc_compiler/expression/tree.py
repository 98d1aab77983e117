"""The tree of an expression: frozen nodes that compare by meaning and remember where they stand in the text.

Parentheses leave no node, and neither do two spellings of one thing (`==` and `=`, `!=` and `<>`), so two trees
are equal when the expressions ask for the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from mlc_compiler.expression.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IntervalUnit = Literal["microsecond", "month"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node. `start <= i < end` are its characters in the text, parentheses around it included."""

    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A value written in the text. A number with a point is a `Decimal`, one with an exponent a `float`."""

    value: bool | int | float | Decimal | str | None

    def __eq__(self, other: object) -> bool:
        # 1, 1.0 and true are equal to Python and different to SQL, as are 1.0 and 1.00.
        return isinstance(other, Constant) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[str, str]:
        return type(self.value).__name__, repr(self.value)


@dataclass(frozen=True, slots=True)
class Interval(Node):
    """A length of time: exact (`count` microseconds) or by the calendar (`count` months)."""

    count: int
    unit: IntervalUnit


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A bare word or dotted words: a column, `group.column`, or `training.part.metric`."""

    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """The dotted name."""
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """`$name`: a parameter or a built-in."""

    name: str


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`-a`, `+a`, `not a`."""

    operator: Literal["-", "+", "not"]
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Two operands: arithmetic, comparison, `and`, `or`, `||`, `is [not] distinct from`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Is(Node):
    """`a is [not] null`, `is [not] true`, `is [not] false`."""

    operand: Node
    value: bool | None
    negated: bool


@dataclass(frozen=True, slots=True)
class In(Node):
    """`a [not] in (b, c)`."""

    operand: Node
    items: tuple[Node, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`a [not] between low and high`."""

    operand: Node
    low: Node
    high: Node
    negated: bool


@dataclass(frozen=True, slots=True)
class Like(Node):
    """`a [not] like pattern`, `a [not] ilike pattern`, with an optional `escape`."""

    operator: Literal["like", "ilike"]
    operand: Node
    pattern: Node
    escape: str | None
    negated: bool


@dataclass(frozen=True, slots=True)
class Case(Node):
    """`case [operand] when ... then ... else ... end`."""

    operand: Node | None
    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node | None


@dataclass(frozen=True, slots=True)
class Cast(Node):
    """`a::type`, `cast(a as type)`; `try_cast` gives null where the value does not fit."""

    operand: Node
    type: Type
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Order(Node):
    """One key of an `order by` inside an aggregate; nulls stand last in both directions."""

    key: Node
    descending: bool


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function or an aggregate of the catalogue, by its canonical name.

    Attributes:
        name: the name in the catalogue, aliases resolved.
        args: the arguments; for `count(*)` none.
        distinct: `f(distinct a)`.
        order: `f(a order by b)`.
        filter: `f(a) filter (where b)`.
        name_span: where the name stands in the text.
    """

    name: str
    args: tuple[Node, ...]
    distinct: bool = False
    order: tuple[Order, ...] = ()
    filter: Node | None = None
    name_span: tuple[int, int] = field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Over(Node):
    """A window function, in a source's SQL.

    Attributes:
        name: its name in the catalogue of window functions or of aggregates.
        args: the arguments.
        partition: the keys of `partition by`.
        order: the keys of `order by`.
        frame: `rows between ... and ...`, canonical SQL; empty for the default.
        name_span: where the name stands in the text.
    """

    name: str
    args: tuple[Node, ...]
    partition: tuple[Node, ...]
    order: tuple[Order, ...]
    frame: str
    name_span: tuple[int, int] = field(default=(0, 0), compare=False)


def rewrite(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The tree with some nodes replaced: each for which `change` gives another; what lies below that stays."""
    changed = change(node)
    if changed is not None:
        return changed
    new = {each.name: _rewritten(getattr(node, each.name), change) for each in fields(node)}
    return replace(node, **new)


def _rewritten(value: Any, change: Callable[[Node], Node | None]) -> Any:
    if isinstance(value, Node):
        return rewrite(value, change)
    if isinstance(value, tuple):
        return tuple(_rewritten(item, change) for item in value)
    return value


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in the order of the text."""
    for each in fields(node):
        yield from _nodes(getattr(node, each.name))


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order of the text, without recursion."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(list(children(current))))


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)
