"""The order of times, against every row of a small world."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_compiler.check.facts import Check, Source, Typed
from mlc_compiler.check.time.guarantees import order_of
from mlc_compiler.check.time.order import Verdict
from mlc_compiler.check.time.terms import Point, Term, terms_of
from mlc_compiler.expression.parse import parse
from mlc_compiler.expression.tree import Name
from mlc_compiler.expression.types import BOOL, DATE, TIMESTAMP
from mlc_compiler.source.place import Place

HOUR = 3_600_000_000
HERE = Place("p.yaml")
COLUMNS = ("a", "b", "c")
Moved = tuple[str, int]
ROWS = [dict(zip(COLUMNS, values, strict=True)) for values in product((None, *range(9)), repeat=3)]

moved = st.tuples(st.sampled_from(COLUMNS), st.integers(-2, 2))
checks = st.lists(st.tuples(moved, st.sampled_from(["<=", "<", ">=", "="]), moved), max_size=3)


def text(term: Moved) -> str:
    column, hours = term
    return f"{column} {'-' if hours < 0 else '+'} interval {abs(hours)} hour"


def source(*expected: str, kind: object = TIMESTAMP, **check: object) -> Source:
    found = []
    for expect in expected:
        expression, problems = parse(expect)
        assert expression is not None, problems
        found.append(Check(HERE, Typed(expression, BOOL, HERE), **check))  # type: ignore[arg-type]
    return Source("s", HERE, "read", dict.fromkeys(COLUMNS, kind), checks=tuple(found))  # type: ignore[arg-type]


def judged(earlier: str, later: str, facts: Source, *, utc: bool = True) -> Verdict:
    sides = [parse(side)[0] for side in (earlier, later)]
    a, b = (terms_of(side.tree) for side in sides if side is not None)
    return order_of(facts, {}, utc=utc).at_most(a, b)


def value(term: Moved, row: dict[str, int | None]) -> int | None:
    start = row[term[0]]
    return None if start is None else start + term[1]


def holds(left: Moved, operator: str, right: Moved, row: dict[str, int | None]) -> bool:
    """A check lets a row pass unless it is false of it."""
    a, b = value(left, row), value(right, row)
    if a is None or b is None:
        return True
    return {"<=": a <= b, "<": a < b, ">=": a >= b, "=": a == b}[operator]


@settings(max_examples=100)
@given(checks=checks, filled=st.sets(st.sampled_from(COLUMNS)), known=moved, at=st.lists(moved, min_size=1, max_size=2))
def test_a_verdict_holds_in_every_row(
    checks: list[tuple[Moved, str, Moved]], filled: set[str], known: Moved, at: list[Moved]
) -> None:
    expected = [f"{text(left)} {operator} {text(right)}" for left, operator, right in checks]
    facts = source(*expected, *(f"{column} is not null" for column in sorted(filled)))
    moment = text(at[0]) if len(at) == 1 else f"greatest({', '.join(map(text, at))})"
    verdict = judged(text(known), moment, facts)
    late = []
    for row in ROWS:
        if any(row[column] is None for column in filled) or not all(holds(*check, row) for check in checks):
            continue
        when = value(known, row)
        moments = [there for term in at if (there := value(term, row)) is not None]
        if when is not None and moments:
            late.append((when - max(moments)) * HOUR)
    if verdict.kind == "proved":
        assert max(late, default=0) <= 0
    elif verdict.kind == "violated":
        assert verdict.late is not None
        assert min(late, default=verdict.late) >= verdict.late > 0
    elif late and len(at) == 1 and all(operator != "<" for _, operator, _ in checks):
        # Without strict checks, whose steps are finer than this world's, what is not proved can happen.
        assert max(late) > 0


@pytest.mark.parametrize(
    ("earlier", "later", "expected", "kind"),
    [
        ("a", "b", ["a <= b"], "proved"),
        ("a", "b", ["b >= a and c > a"], "proved"),
        ("a", "b", ["c between a and b"], "unknown"),
        ("a", "b", ["c between a and b", "c is not null"], "proved"),
        ("a", "b", ["not a > b"], "unknown"),
        ("a", "b", ["coalesce(a, c) <= b"], "unknown"),
        ("a + interval 1 hour", "b", ["a < b"], "unknown"),
        ("a + interval 1 hour", "b", ["b < a"], "violated"),
        ("greatest(a, b)", "c", ["a <= c", "b <= c"], "proved"),
        ("greatest(a, b)", "c", ["a <= c"], "unknown"),
        ("a", "greatest(b, a)", [], "proved"),
        ("a", "greatest(b, c)", ["a <= b"], "unknown"),
        ("a", "greatest(b, c)", ["a <= b", "b is not null"], "proved"),
        ("date_trunc('day', a)", "date_trunc('day', a) + interval 1 hour", [], "proved"),
        ("date_trunc('day', a)", "b", ["date_trunc('day', a) <= b"], "proved"),
        ("date_trunc('day', a)", "a", [], "unknown"),
        ("a + interval 1 month", "a + interval 2 month", [], "unknown"),
        ("null::timestamp", "a", [], "violated"),
        ("a", "$cutoff", ["a <= timestamp '2024-01-01'", "b <= $cutoff"], "unknown"),
        ("a", "b", ["a <= timestamp '2024-01-01'", "timestamp '2024-01-01' <= b"], "proved"),
        ("a::timestamp", "a", [], "proved"),
    ],
)
def test_instants(earlier: str, later: str, expected: list[str], kind: str) -> None:
    assert judged(earlier, later, source(*expected)).kind == kind


@pytest.mark.parametrize(
    ("earlier", "later", "expected", "utc", "kind"),
    [
        ("(a + 1)::timestamp", "a + 1", [], False, "proved"),
        ("(a + 1)::timestamp", "a + 2", [], False, "proved"),
        ("(a + 1)::timestamp", "a", [], True, "violated"),
        ("(a + 1)::timestamp", "a", [], False, "unknown"),
        ("(a + 1)::timestamp", "a + interval 24 hour", [], True, "proved"),
        ("(a + 1)::timestamp", "a + interval 24 hour", [], False, "unknown"),
        ("(a + 1)::timestamp", "a + interval 48 hour", [], False, "proved"),
        ("(a + 1)::timestamp", "b", ["a < b"], False, "proved"),
        ("(a + 1)::timestamp", "b", ["a <= b"], False, "unknown"),
        ("(a + 1)::timestamp", "b + 1", ["a <= b"], False, "proved"),
        ("(a + 1)::timestamp", "b", ["a + 1 <= b"], False, "proved"),
    ],
)
def test_dates(earlier: str, later: str, expected: list[str], utc: bool, kind: str) -> None:
    assert judged(earlier, later, source(*expected, kind=DATE), utc=utc).kind == kind


@pytest.mark.parametrize("check", [{"warn": True}, {"at_most": 0.01}, {"aggregate": True}])
def test_a_check_that_lets_rows_pass_proves_nothing(check: dict[str, object]) -> None:
    assert judged("a", "b", source("a <= b", **check)).kind == "unknown"


def test_a_verdict_says_by_how_much() -> None:
    facts = source("b + interval 2 hour <= a")
    term = Term(Point(Name(("a",))))
    assert judged("a", "b + interval 1 hour", facts) == Verdict("violated", term, HOUR)
    assert judged("a", "b", source("a <= b + interval 3 hour")) == Verdict("unknown", term, 3 * HOUR)
    assert judged("a", "b", source()) == Verdict("unknown", term, None)


def test_of_several_terms_the_worst_decides() -> None:
    verdict = judged("greatest(a - interval 2 hour, a + interval 1 hour, b)", "a", source())
    assert verdict == Verdict("violated", Term(Point(Name(("a",))), HOUR), HOUR)
