"""Times as terms: something that is compared with nothing but itself, and a constant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlc_compiler.expression.tree import Binary, Call, Cast, Constant, Interval, Name, Node

if TYPE_CHECKING:
    from mlc_compiler.expression.expression import Expression


@dataclass(frozen=True, slots=True)
class Point:
    """An instant: a column's value or another expression's; of a date, the local midnight at which it starts.

    Attributes:
        base: the expression; equal ones are the same instant in one row.
        days: local days added to a date. They are no constant: a day on which the clocks change has another length.
    """

    base: Node
    days: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """`point + micros`. One whose point is null is never reached."""

    point: Point
    micros: int = 0

    @property
    def never(self) -> bool:
        """Whether it is a null in every row."""
        return self.point.base == Constant(None)

    @property
    def column(self) -> str | None:
        """The column that it is measured from, where it is one."""
        base = self.point.base
        return base.parts[0] if isinstance(base, Name) and len(base.parts) == 1 else None


Terms = tuple[Term, ...]
"""The greatest of some terms; none means from the beginning of time."""


def terms_of(node: Node) -> Terms:
    """An expression of type date or timestamp as the greatest of some terms.

    What is not a column, a constant distance from something, or a `greatest` is a point of its own.
    """
    match node:
        case Binary(operator="+", left=left, right=Interval(count=count, unit="microsecond")):
            return _later(left, count)
        case Binary(operator="+", left=Interval(count=count, unit="microsecond"), right=right):
            return _later(right, count)
        case Binary(operator="-", left=left, right=Interval(count=count, unit="microsecond")):
            return _later(left, -count)
        case Binary(operator="+", left=left, right=Constant(value=int(days))):
            return _days_later(node, left, days)
        case Binary(operator="-", left=left, right=Constant(value=int(days))):
            return _days_later(node, left, -days)
        case Call(name="greatest", args=args):
            return tuple(dict.fromkeys(term for arg in args for term in terms_of(arg)))
        case Cast(operand=Constant(value=None)):
            return (Term(Point(Constant(None))),)
        case Cast(operand=operand, type=kind, safe=False) if kind.kind == "timestamp" and not _literal(operand):
            return terms_of(operand)
    return (Term(Point(node)),)


def known_terms(known: Iterable[Expression]) -> Terms:
    """The greatest of some expressions as terms, each once."""
    return tuple(dict.fromkeys(term for expression in known for term in terms_of(expression.tree)))


def _later(node: Node, micros: int) -> Terms:
    return tuple(replace(term, micros=term.micros + micros) for term in terms_of(node))


def _days_later(whole: Node, node: Node, days: int) -> Terms:
    """A date and some days; where the date itself is no single point, the sum is one."""
    found = terms_of(node)
    if len(found) != 1 or found[0].micros or found[0].never:
        return (Term(Point(whole)),)
    point = found[0].point
    return (Term(Point(point.base, point.days + days)),)


def _literal(node: Node) -> bool:
    return isinstance(node, Constant)
