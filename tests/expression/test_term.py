"""Times as columns with constants added."""

from __future__ import annotations

import pytest

from mlc_compiler.expression.parse import parse
from mlc_compiler.expression.term import as_terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("a", "a"),
        ("$at", "$at"),
        ("a - interval 30 day", "a - 30d"),
        ("interval 1 hour + (a + interval '30 minutes')", "a + 90m"),
        ("$as_of + interval 1 week - interval 7 days", "$as_of"),
        ("who.seen::timestamp", "who.seen"),
        ("greatest(a, b + interval 1 hour)", "a, b + 1h"),
        ("greatest(a, a + interval 1 hour, b) - interval 1 hour", "a, b - 1h"),
        ("a + interval 1 month", None),
        ("least(a, b)", None),
        ("greatest(a, coalesce(b, a))", None),
        ("$cost", None),
        ("a + 1", None),
    ],
)
def test_terms(text: str, terms: str | None) -> None:
    expression, _ = parse(text)
    assert expression is not None
    found = as_terms(expression.tree)
    assert (None if found is None else ", ".join(map(str, found))) == terms
