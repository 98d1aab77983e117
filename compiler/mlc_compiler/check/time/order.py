"""Which of two times comes first in every row of a source: by constants, and by what its checks guarantee."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from mlc_compiler.check.time.meaning import there
from mlc_compiler.check.time.terms import Point, Term, Terms
from mlc_compiler.expression.duration import MICROS
from mlc_compiler.expression.tree import Name, Node, walk

CLOCK_CHANGE = MICROS["d"]
"""The most, in microseconds, that a day may be longer or shorter than 24 hours: zones have crossed the date line."""


@dataclass(frozen=True, slots=True)
class Bound:
    """In every row where neither is null, `earlier <= later + micros`."""

    earlier: Point
    later: Point
    micros: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a time is at most another.

    Attributes:
        kind: proved in every row; violated in every row, by `late` microseconds or more; or neither.
        term: of the first time's terms, the one that decides.
        late: how much later it is at least; for `unknown`, how much later it may be, None where unlimited.
    """

    kind: Literal["proved", "violated", "unknown"]
    term: Term | None = None
    late: int | None = None


PROVED = Verdict("proved")


@dataclass(frozen=True)
class Order:
    """The order of the times in a source's rows.

    Attributes:
        bounds: what checks and the meaning of functions guarantee.
        solid: columns that are null in no row. A chain of bounds leads only through values that are there.
        utc: every day has 24 hours.
    """

    bounds: tuple[Bound, ...] = ()
    solid: frozenset[str] = frozenset()
    utc: bool = False

    def at_most(self, a: Terms, b: Terms) -> Verdict:
        """Whether `a <= b` in every row where neither is null.

        A null known time is never reached, and a row whose moment is null is no example: neither betrays anything.
        """
        return max((self._at_most(term, b) for term in a), key=_badness, default=PROVED)

    def most(self, a: Term, b: Term) -> float:
        """What `a - b` is at most, in microseconds, in every row where neither is null; infinite where unknown."""
        given = self.solid | _columns(a.point.base) | _columns(b.point.base)
        return self._way(a.point, b.point, given) + a.micros - b.micros

    def _at_most(self, term: Term, b: Terms) -> Verdict:
        if term.never:
            return Verdict("violated", term)
        # The greatest of several passes over nulls, so it is at least one of them only where that one is there.
        given = self.solid | _columns(term.point.base)
        safe = [other for other in b if len(b) == 1 or there(other.point.base, given)]
        most = min((self.most(term, other) for other in safe), default=math.inf)
        if most <= 0:
            return PROVED
        least = min((-self.most(other, term) for other in b), default=-math.inf)
        if least > 0:
            return Verdict("violated", term, int(least))
        return Verdict("unknown", term, None if math.isinf(most) else int(most))

    def _way(self, start: Point, end: Point, given: frozenset[str]) -> float:
        """The shortest way from `start` to `end` along the bounds: what `start - end` is at most."""
        ends = {start, end}
        points = ends | {p for bound in self.bounds for p in (bound.earlier, bound.later) if there(p.base, given)}
        edges = [bound for bound in self.bounds if bound.earlier in points and bound.later in points]
        edges += [
            Bound(p, q, self._length(p.days - q.days)) for p in points for q in points if p.base == q.base and p != q
        ]
        best: dict[Point, float] = {start: 0}
        for _ in points:
            for edge in edges:
                length = best.get(edge.earlier, math.inf) + edge.micros
                best[edge.later] = min(length, best.get(edge.later, math.inf))
        return best.get(end, math.inf)

    def _length(self, days: int) -> int:
        """The most that so many local days last."""
        return days * MICROS["d"] + (0 if self.utc else CLOCK_CHANGE)


def _columns(base: Node) -> frozenset[str]:
    """The columns that are there where the value is."""
    columns = frozenset(node.parts[0] for node in walk(base) if isinstance(node, Name))
    return columns if there(base, columns) else frozenset()


def _badness(verdict: Verdict) -> tuple[int, float]:
    kinds = ("proved", "unknown", "violated")
    return kinds.index(verdict.kind), math.inf if verdict.late is None else verdict.late
