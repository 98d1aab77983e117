"""The shape that times are compared in: the later of some columns, each with a constant added."""

from __future__ import annotations

from dataclasses import dataclass

from mlc_compiler.expression.duration import Duration
from mlc_compiler.expression.tree import Binary, Call, Cast, Interval, Name, Node, Variable


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """`column + offset`.

    Attributes:
        column: a bare column, `group.column`, or `$at` and `$as_of` with their `$`.
        offset: microseconds added; negative for earlier.
    """

    column: str
    offset: int = 0

    def __str__(self) -> str:
        if self.offset == 0:
            return self.column
        return f"{self.column} {'+' if self.offset > 0 else '-'} {Duration(abs(self.offset))}"


def as_terms(node: Node) -> tuple[Term, ...] | None:
    """The terms whose greatest an expression is; None where it has another shape.

    `greatest(a, b + interval 1 hour)` gives two, `a - interval 1 day` one. An interval of months has no fixed
    length, so that a time with one added has no such shape. Of a nullable column, `greatest` passes over nulls: the
    terms then bound the expression from above.
    """
    match node:
        case Name():
            return (Term(node.text),)
        case Variable(name="at" | "as_of" as name):
            return (Term(f"${name}"),)
        case Cast(operand=operand, type=type_) if type_.kind == "timestamp":
            return as_terms(operand)
        case Binary(operator="+" | "-" as operator, left=left, right=Interval(count=count, unit="microsecond")):
            return _moved(as_terms(left), count if operator == "+" else -count)
        case Binary(operator="+", left=Interval(count=count, unit="microsecond"), right=right):
            return _moved(as_terms(right), count)
        case Call(name="greatest", args=args):
            return _together(args)
    return None


def _moved(terms: tuple[Term, ...] | None, micros: int) -> tuple[Term, ...] | None:
    return None if terms is None else tuple(Term(term.column, term.offset + micros) for term in terms)


def _together(nodes: tuple[Node, ...]) -> tuple[Term, ...] | None:
    """All terms of some expressions; of those on one column, the latest."""
    latest: dict[str, int] = {}
    for node in nodes:
        terms = as_terms(node)
        if terms is None:
            return None
        for term in terms:
            latest[term.column] = max(term.offset, latest.get(term.column, term.offset))
    return tuple(Term(column, offset) for column, offset in latest.items())
