"""Aggregates split from what is computed of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mlc_compiler.expression.aggregates import split_aggregates
from mlc_compiler.expression.parse import parse
from mlc_compiler.expression.render import render

if TYPE_CHECKING:
    import duckdb


@pytest.mark.parametrize(
    ("text", "value", "calls"),
    [
        ("avg((a > 15)::int)", '"a0"', ['avg(CAST(("a" > 15) AS BIGINT))']),
        ("count(*) = 0", '("a0" = 0)', ["count()"]),
        ("sum(a) / count(*) > sum( a )", '(("a0" / "a1") > "a0")', ['sum("a")', "count()"]),
        ("count_if(b) * 2", '(CAST("a0" AS BIGINT) * CAST(2 AS BIGINT))', ['count_if("b")']),
        ("coalesce(mean(a), $none)", 'coalesce("a0", $none)', ['avg("a")']),
        (
            "date_diff('day', max(t), $at)",
            'date_diff(\'day\', CAST("a0" AS TIMESTAMPTZ), CAST("$at" AS TIMESTAMPTZ))',
            ['max("t")'],
        ),
        ("quantile_cont(a, 0.9) filter (where b)", '"a0"', ['quantile_cont("a", 0.9) if "b"']),
        ("count(distinct a)", '"a0"', ['count(distinct "a")']),
        ("string_agg(s, ',' order by t desc, a)", '"a0"', ['string_agg("s", \',\' by "t" desc, "a" asc)']),
    ],
)
def test_split(text: str, value: str, calls: list[str]) -> None:
    expression, _ = parse(text)
    assert expression is not None
    found, aggregates = split_aggregates(expression)
    shown = []
    for index, call in enumerate(aggregates):
        assert call["as"] == f"a{index}"
        order = ", ".join(f"{sql} {direction}" for sql, direction in call["order"])
        inside = f"{'distinct ' * call['distinct']}{', '.join(call['args'])}{' by ' * bool(order)}{order}"
        shown.append(f"{call['function']}({inside})" + (f" if {call['filter']}" if call["filter"] else ""))
    assert (found, shown) == (value, calls)
    assert json.loads(json.dumps(aggregates)) == aggregates


def test_value_of_the_split_is_that_of_the_whole(connection: duckdb.DuckDBPyConnection) -> None:
    text = "sum(i) / nullif(count(distinct s), 0) + count_if(b) - coalesce(max(f) filter (where b), 7)"
    expression, _ = parse(text)
    assert expression is not None
    value, aggregates = split_aggregates(expression)
    columns = []
    for call in aggregates:
        args = ", ".join(call["args"]) or "*"
        condition = f" FILTER (WHERE {call['filter']})" if call["filter"] else ""
        columns.append(f"{call['function']}({'DISTINCT ' * call['distinct']}{args}){condition} AS {call['as']}")
    rows = "(VALUES (1, 'x', true, 2.5::DOUBLE), (5, 'y', false, 9.0), (NULL, 'x', true, 3.0)) AS rows(i, s, b, f)"
    split = connection.execute(f"SELECT {value} FROM (SELECT {', '.join(columns)} FROM {rows})").fetchone()
    assert split == connection.execute(f"SELECT {render(expression)} FROM {rows}").fetchone() == (2.0,)
