"""Which of two times comes first in every row of a source: by constants, and by what its checks guarantee."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from mlc_compiler.check.time.meaning import there
from mlc_compiler.check.time.terms import Point, Term, Terms
from mlc_compiler.expression.duration import MICROS
from mlc_compiler.expression.tree import Name, Node, walk

CLOCK_CHANGE = MICROS["d"]
"""The most, in microseconds, that a day may be longer or shorter than 24 hours: zones have crossed the date line."""


class Bound(NamedTuple):
    """In every row where neither is null, `earlier <= later + micros`."""

    earlier: Point
    later: Point
    micros: int = 0


class Verdict(NamedTuple):
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
        best: dict[Point, float] = {start: 0}
        reached = [start]
        # Contradictory checks make a circle of negative length: as many steps as there are bounds are enough.
        for _ in range(2 * len(self.bounds) + 2):
            further: dict[Point, None] = {}
            for point in reached:
                for other, micros in self._steps(point, end):
                    length = best[point] + micros
                    if (other == end or there(other.base, given)) and length < best.get(other, math.inf):
                        best[other] = length
                        further[other] = None
            reached = list(further)
        return best.get(end, math.inf)

    def _steps(self, point: Point, end: Point) -> Iterator[tuple[Point, int]]:
        """Points that a point is bounded by."""
        for bound in self._bounds.get(point, ()):
            yield bound.later, bound.micros
        for other in (*self._days.get(point.base, ()), end):
            if other.base == point.base and other != point:
                yield other, self._length(point.days - other.days)

    @cached_property
    def _bounds(self) -> Mapping[Point, list[Bound]]:
        found: dict[Point, list[Bound]] = {}
        for bound in self.bounds:
            found.setdefault(bound.earlier, []).append(bound)
        return found

    @cached_property
    def _days(self) -> Mapping[Node, dict[Point, None]]:
        """The points of each base."""
        found: dict[Node, dict[Point, None]] = {}
        for bound in self.bounds:
            for point in (bound.earlier, bound.later):
                found.setdefault(point.base, {})[point] = None
        return found

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
