"""What does not fit: each finding at its operand, all of them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlc_compiler.expression.infer import infer
from mlc_compiler.expression.parse import parse
from mlc_compiler.expression.scope import Scope
from mlc_compiler.expression.types import FLOAT, TIMESTAMP

if TYPE_CHECKING:
    from mlc_compiler.expression.types import Type


@pytest.fixture
def scope(columns: dict[str, Type]) -> Scope:
    return Scope(
        columns,
        {"last": {"at": TIMESTAMP, "spent": FLOAT}},
        {("drift", "psi"): FLOAT, ("late", "live", "test", "brier"): FLOAT},
        {"at": TIMESTAMP, "cost": FLOAT},
        aggregates=True,
        hidden={"late_delay": "it is known only afterwards", "$as_of": "a feature sees one moment, `$at`"},
        columns_of="source `t`",
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("foo", ["MLC307 foo: unknown column `foo` in source `t`"]),
        ("at", ["MLC307 at: unknown column `at` in source `t`"]),
        ("last.spend", ["MLC307 last.spend: feature group `last` has no column `spend`"]),
        ("lats.spent", ["MLC307 lats.spent: unknown name `lats.spent`"]),
        ("$cots > 1", ["MLC307 $cots: unknown parameter `$cots`"]),
        ("late_delay > 1", ["MLC308 late_delay: `late_delay` cannot be read here"]),
        ("ts < $as_of", ["MLC308 $as_of: `$as_of` cannot be read here"]),
        ("i = null", ["MLC309 null: `=` with null is null, always"]),
        ("i + null", ["MLC309 null: `+` with null is null, always"]),
        ("s = 1", ["MLC310 1: `=` cannot compare `string` with `int`"]),
        ("s in ('a', 1)", ["MLC310 1: `in` cannot compare `string` with `int`"]),
        ("b + 1", ["MLC310 b + 1: `+` is not defined between `bool` and `int`"]),
        ("ts - ts", ["MLC310 ts - ts: `-` is not defined between `timestamp` and `timestamp`"]),
        ("d + i", ["MLC310 d + i: `+` is not defined between `date` and `int`"]),
        ("-s", ["MLC310 s: `-` takes a number, this is `string`"]),
        ("i and b", ["MLC310 i: `and` takes a boolean, this is `int`"]),
        ("i like 'x'", ["MLC310 i: `like` takes a string, this is `int`"]),
        ("lower(i)", ["MLC310 i: argument 1 of `lower` is a string, this is `int`"]),
        ("date_trunc('dya', ts)", [
            "MLC310 'dya': argument 1 of `date_trunc` is a constant unit of time, such as `'day'`, this is not one"
        ]),
        ("coalesce(i, s)", ["MLC310 s: argument 2 of `coalesce` is what meets `int`, this is `string`"]),
        ("case when b then i else s end", ["MLC310 s: `int` and `string` do not meet in one `case`"]),
        ("ts::int", ["MLC305 ts::int: `timestamp` cannot be cast to `int`"]),
        ("d > '2024-13-01'", ["MLC304 '2024-13-01': `2024-13-01` is no date"]),
        ("lower(s, s)", ["MLC314 lower(s, s): `lower` does not take 2 arguments"]),
        ("sum(avg(f))", ["MLC312 avg(f): aggregate `avg` inside another aggregate"]),
        ("sum(i) + f", ["MLC312 f: `f` is mixed with an aggregate"]),
        ("list(i)", ["MLC313 list(i): `list` needs an order"]),
        ("lower(distinct s)", ["MLC311 lower(distinct s): `distinct` belongs to aggregates, and `lower` is none"]),
        ("foo + lower(i) = bar", [
            "MLC307 foo: unknown column `foo` in source `t`",
            "MLC310 i: argument 1 of `lower` is a string, this is `int`",
            "MLC307 bar: unknown column `bar` in source `t`",
        ]),
        ("drift.psi < late.live.test.brier", []),
        ("sum(f) / $cost < last.spent", []),
    ],
)  # fmt: skip
def test_findings(text: str, found: list[str], scope: Scope) -> None:
    expression, problems = parse(text)
    assert expression is not None, problems
    _, problems = infer(expression, scope)
    assert [f"{p.code} {text[p.start : p.end]}: {p.message}" for p in problems] == found


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        ("at", "a bare word is a column; the moment is written `$at`"),
        ("cost", "a bare word is a column; the parameter is written `$cost`"),
        ("last", "`last` is a feature group; its columns are written `last.at`"),
        ("$i", "a column is written without the `$`: `i`"),
        ("last.spend", "did you mean `spent`?"),
        ("$cots", "did you mean `$cost`?"),
    ],
)
def test_help(text: str, help_: str, scope: Scope) -> None:
    expression, _ = parse(text)
    assert expression is not None
    _, (problem,) = infer(expression, scope)
    assert problem.help == help_


def test_aggregates_only_where_they_may_stand(columns: dict[str, Type]) -> None:
    expression, _ = parse("sum(i) > 1")
    assert expression is not None
    _, (problem,) = infer(expression, Scope(columns))
    assert (problem.code, problem.message) == ("MLC311", "aggregate `sum` cannot stand here")
