"""The moment of prediction, as a time in each row of a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from mlc_compiler.check.facts import Source, Spine, Typed
from mlc_compiler.check.time.guarantees import order_of
from mlc_compiler.check.time.known import row_terms, say_time
from mlc_compiler.check.time.order import Order
from mlc_compiler.check.time.terms import Point, Term, Terms, terms_of
from mlc_compiler.expression.tree import Name
from mlc_compiler.source.place import Place


class Moment(NamedTuple):
    """`$at` in the rows of a source.

    Attributes:
        terms: the greatest of these; of a spine, times that it is never before.
        order: the order of times in the rows.
        place: where the spec says it.
        text: what it is, as a message says it.
        regular: whether it is a spine's.
    """

    terms: Terms
    order: Order
    place: Place
    text: str
    regular: bool


def moment_of(source: Source, at: Typed | Spine, place: Place, sources: Mapping[str, Source], *, utc: bool) -> Moment:
    """The moment of the examples at `place`, whose rows are the source's.

    A spine takes the latest row before its date that is known by then: it is never before either, and both are there.
    """
    order, here = order_of(source, sources, utc=utc), place.child("at")
    if isinstance(at, Typed):
        return Moment(terms_of(at.expression.tree), order, here, f"`$at` is {say_time(at.expression)}", regular=False)
    time = [Term(Point(Name((source.time,))))] if source.time is not None else []
    order = replace(order, solid=order.solid | {term.column for term in time if term.column is not None})
    return Moment((*time, *row_terms(source)), order, here, "`$at` is a date after the row was known", regular=True)
