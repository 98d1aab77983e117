"""What parses, into which tree; what does not, with which words at which characters."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_compiler.expression.parse import MAX_CHAIN, MAX_LENGTH, parse
from mlc_compiler.expression.render import Renderer, render
from mlc_compiler.expression.tokens import MAX_NESTING

if TYPE_CHECKING:
    import duckdb

    from mlc_compiler.expression.tree import Node


def tree(text: str) -> Node:
    expression, problems = parse(text)
    assert expression is not None, problems
    return expression.tree


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("a + b * c", '("a" + ("b" * "c"))'),
        ("a - b - c", '(("a" - "b") - "c")'),
        ("not a = b and c or d", '(((NOT ("a" = "b")) AND "c") OR "d")'),
        ("-a::int * 2", '((- CAST("a" AS BIGINT)) * CAST(2 AS BIGINT))'),
        ("a || b + c", '("a" || ("b" + "c"))'),
        ("a = b is null", '(("a" = "b") IS NULL)'),
        ("a == b or a != c", '(("a" = "b") OR ("a" <> "c"))'),
        ("a not in (1, 2)", '("a" NOT IN (1, 2))'),
        ("a between 1 and 2 and b", '(("a" BETWEEN 1 AND 2) AND "b")'),
        ("a like 'x%' escape '!'", "(\"a\" LIKE 'x%' ESCAPE '!')"),
        ("a is not true", '("a" IS NOT TRUE)'),
        ("a notnull", '("a" IS NOT NULL)'),
        ("a is not distinct from b", '("a" IS NOT DISTINCT FROM "b")'),
        ("case when a then 'x' else null end", "CASE WHEN \"a\" THEN 'x' ELSE NULL END"),
        ("COUNT(*)", "count(*)"),
        ("mean(a)", 'avg("a")'),
        ("count(distinct a) filter (where b)", 'count(DISTINCT "a") FILTER (WHERE "b")'),
        ("first(a order by b desc, c)", 'first("a" ORDER BY "b" DESC NULLS LAST, "c" ASC NULLS LAST)'),
        ("count_if(a)", 'CAST(count_if("a") AS BIGINT)'),
        ("a + interval 1 day", '(CAST("a" AS TIMESTAMPTZ) + to_microseconds(86400000000))'),
        ("a - interval '2 weeks'", '(CAST("a" AS TIMESTAMPTZ) - to_microseconds(1209600000000))'),
        ("a + interval '1' year", '(CAST("a" AS TIMESTAMPTZ) + to_months(12))'),
        ("a - interval -90 minutes", '(CAST("a" AS TIMESTAMPTZ) - to_microseconds(-5400000000))'),
        ("date '2024-02-29'", "CAST('2024-02-29' AS DATE)"),
        ("extract(hour from a)", "date_part('hour', CAST(\"a\" AS TIMESTAMPTZ))"),
        ("try_cast(a as decimal(10, 2))", 'TRY_CAST("a" AS DECIMAL(10,2))'),
        ("[a, 1]::list(float)", 'CAST(["a", CAST(1 AS BIGINT)] AS DOUBLE[])'),
        ("who.country = $at", '("who.country" = "$at")'),
        ("$cost * 1.50", "($cost * 1.50)"),
        ("1_000 + .5 + 5. + 1e3", "(((1000 + 0.5) + 5.0) + CAST(1000.0 AS DOUBLE))"),
        ('"odd ""name""" = \'it\'\'s\'', '("odd ""name""" = \'it\'\'s\')'),
        ("'; drop table t --'", "'; drop table t --'"),
        ("year + at", '("year" + "at")'),
        ("drop + call * only", '("drop" + ("call" * "only"))'),
        ("timestamp '2024-01-31'::date", "CAST(CAST('2024-01-31' AS TIMESTAMPTZ) AS DATE)"),
        ("true", "TRUE"),
    ],
)
def test_tree(text: str, sql: str) -> None:
    assert render(tree(text)) == sql


@pytest.mark.parametrize(
    ("text", "where", "code", "message"),
    [
        ("", "", "MLC301", "an expression is missing"),
        ("a +", "+", "MLC301", "expected a value, found the end"),
        ("a b", "b", "MLC301", "expected an operator, found `b`"),
        ("(a", "a", "MLC301", "expected `)`, found the end"),
        ("a < b < c", "<", "MLC301", "comparisons do not chain: join two with `and`"),
        ("a is null + 1", "+", "MLC301", "put parentheses around what stands before this operator, found `+`"),
        ("a, b", ",", "MLC301", "an expression gives one value, found `,`"),
        ("1a", "a", "MLC301", "expected an operator, found `a`"),
        ("'open", "'open", "MLC301", "this string does not end"),
        ("a\x00", "\x00", "MLC301", "unexpected character `\\x00`"),
        ("a; b", ";", "MLC302", "`;` is not an operator of the language"),
        ("a -- b", "--", "MLC302", "an expression holds no comment"),
        ("a ** 2", "**", "MLC302", "`**` is not an operator of the language"),
        ("x -> x + 1", "->", "MLC302", "`->` is not an operator of the language"),
        ("select 1", "select", "MLC302", "an expression holds no query"),
        ("a in (select b from c)", "select b from c", "MLC302", "an expression holds no query"),
        ("(select 1)", "(select 1)", "MLC302", "an expression holds no query"),
        ("exists (select 1)", "exists (select 1)", "MLC302", "an expression holds no query"),
        (
            "sum(a) over (partition by b)",
            "sum(a) over (partition by b)",
            "MLC302",
            "window functions are not in the language",
        ),
        ("sum(*)", "*", "MLC302", "`*` stands for no value"),
        ("a.*", "*", "MLC302", "`*` stands for no value"),
        ("now() > a", "now", "MLC302", "`now` is not in the language"),
        ("current_date", "current_date", "MLC302", "`current_date` is not in the language"),
        ("random() < 0.1", "random", "MLC302", "`random` is not in the language"),
        ("read_csv('x')", "read_csv", "MLC302", "`read_csv` is not in the language"),
        ("a[1]", "a[1]", "MLC302", "`[...]` after a value is not in the language"),
        ("E'x'", "E'x'", "MLC302", "strings are written with plain quotes, not as `E'`"),
        ("uper(a)", "uper", "MLC306", "unknown function `uper`"),
        ("a::bigint", "bigint", "MLC305", "nothing can be cast to `bigint`"),
        ("a::decimal(99,2)", "decimal(99,2)", "MLC305", "nothing can be cast to `decimal(99,2)`"),
        ("date '2024-02-30'", "'2024-02-30'", "MLC304", "`2024-02-30` is no date"),
        ("interval 1 fortnight", "interval 1 fortnight", "MLC304", "unknown unit `fortnight`"),
        ("f(a,)", ")", "MLC301", "expected a value, found `)`"),
        ("a between 1 2", "2", "MLC301", "expected `and` before this"),
        ("case when a 1 end", "1", "MLC301", "expected `then` before this"),
        ("not a is null + 1", "+", "MLC301", "put parentheses around what stands before this operator"),
        ("a.lower()", "(", "MLC302", "functions are written `f(x)`, not `x.f()`"),
        ("'a' 'b'", "'a' 'b'", "MLC302", "two strings stand beside one another"),
        ("a collate b", "a collate b", "MLC302", "`collate` as it is used here is not in the language"),
        (
            "first(a ignore nulls)",
            "a ignore nulls",
            "MLC302",
            "`ignore nulls` as it is used here is not in the language",
        ),
        ("$ a", "$ a", "MLC301", "expected a parameter's name after `$`"),
        ("interval 'soon'", "interval 'soon'", "MLC304", "this is no interval"),
        ("99999999999999999999", "99999999999999999999", "MLC304", "`99999999999999999999` is out of range"),
    ],
)
def test_problem(text: str, where: str, code: str, message: str) -> None:
    expression, problems = parse(text)
    assert expression is None
    (problem,) = problems
    assert (problem.code, problem.message) == (code, message)
    assert text[problem.start : problem.end] == where


def test_all_unknown_functions_are_reported_with_the_nearest() -> None:
    _, problems = parse("foor(a) + uper(b) + today()")
    assert [p.message for p in problems] == [
        "unknown function `foor`",
        "unknown function `uper`",
        "`today` is not in the language",
    ]
    assert [p.help for p in problems[:2]] == ["did you mean `floor`?", "did you mean `upper`?"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(" * 10_000, f"more than {MAX_NESTING} levels are nested"),
        ("- " * 4_000 + "a", f"more than {MAX_NESTING} levels are nested"),
        ("not " * 2_400 + "a", f"more than {MAX_NESTING} levels are nested"),
        ("[" * 9_000, f"more than {MAX_NESTING} levels are nested"),
        ("case " * 1_500, f"more than {MAX_NESTING} levels are nested"),
        ("a" + " + a" * 2_000, f"more than {MAX_CHAIN} operators build on one another"),
        ("a" + "::int" * 1_900, f"more than {MAX_CHAIN} operators build on one another"),
        (
            "a" * (MAX_LENGTH + 1),
            f"an expression has at most {MAX_LENGTH:,} characters, this one has {MAX_LENGTH + 1:,}",
        ),
    ],
)
def test_bounds(text: str, message: str) -> None:
    expression, (problem,) = parse(text)
    assert (expression, problem.code, problem.message) == (None, "MLC303", message)


@pytest.mark.parametrize("opened", ["(", "f(", "date(", "list(", "[", "case when a then ", "cast(", "a in (", "(a, "])
def test_what_is_nested_takes_no_exponential_time(opened: str) -> None:
    """sqlglot tries some constructs in two ways; at this depth, two ways at each level would not end."""
    closed = {"[": "]", "case when a then ": " end", "cast(": " as int)"}.get(opened, ")")
    started = time.perf_counter()
    for text in (opened * MAX_NESTING + "a" + closed * MAX_NESTING, opened * MAX_NESTING):
        parse(text)
    assert time.perf_counter() - started < 5


def test_what_an_expression_reads() -> None:
    expression, _ = parse("sum(a + b) / count(a) > $limit + churn.test.brier - who.age - $limit")
    assert expression is not None
    assert expression.columns == ("a", "b")
    assert expression.features == (("who", "age"),)
    assert expression.dotted == (("churn", "test", "brier"), ("who", "age"))
    assert expression.variables == ("limit",)
    assert [call.name for call in expression.aggregates] == ["sum", "count"]


def test_spans_cover_the_operands() -> None:
    text = " lower( a ) = ( b + 1 ) "
    expression, _ = parse(text)
    assert expression is not None
    spans = [text[n.start : n.end] for n in (expression.tree.left, expression.tree.right, expression.tree)]
    assert spans == ["lower( a )", "( b + 1 )", "lower( a ) = ( b + 1 )"]


FRAGMENTS = """
a b.c $at 1 1.5 'x' date '2024-01-01' interval 1 hour + - * / // % || = <> < ( ) [ ] , . and or not is null in between
like case when then else end ::int cast( as sum( count(*) first( order by desc filter( where distinct over ; -- " ' $
select from
"""


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(FRAGMENTS.split()), max_size=25).map(" ".join)))
def test_any_text_ends_in_a_tree_or_in_problems_inside_the_text(text: str) -> None:
    expression, problems = parse(text)
    assert (expression is None) == bool(problems)
    for problem in problems:
        assert 0 <= problem.start <= problem.end <= len(text)
    if expression is not None:
        assert render(expression.tree)


NAMES = st.sampled_from(["a", "b", "1", "'x'", "null"])
POSTFIX = st.sampled_from(["", " is null", " in (1, b)", " between a and b", "::DATE", " like 'x'", " is not true"])
OPERATORS = st.sampled_from(["+", "-", "*", "/", "//", "%", "||", "=", "<>", "and", "or", "is distinct from"])
PREFIX = st.sampled_from(["", "", "not ", "- "])


@given(st.lists(st.tuples(PREFIX, NAMES, POSTFIX, OPERATORS), min_size=1, max_size=6))
def test_precedence_is_duckdbs(connection: duckdb.DuckDBPyConnection, parts: list[tuple[str, str, str, str]]) -> None:
    """What DuckDB reads at all, it reads as what we made of it, where every operator has its parentheses."""
    written = " ".join(f"{prefix}{name}{postfix} {operator}" for prefix, name, postfix, operator in parts)
    text = written.removesuffix(parts[-1][3]).strip()
    expression, _ = parse(text)
    theirs = duckdb_tree(connection, text)
    if expression is not None and not theirs["error"]:
        assert theirs == duckdb_tree(connection, bare(expression.tree))


def bare(node: Node) -> str:
    """SQL with parentheses but without the casts that rendering adds."""
    renderer = Renderer(lambda name: name.text)
    renderer.wide = renderer.sql  # type: ignore[method-assign]
    return renderer.sql(node)


def duckdb_tree(connection: duckdb.DuckDBPyConnection, text: str) -> dict[str, object]:
    row = connection.execute("SELECT json_serialize_sql(?)", [f"SELECT {text}"]).fetchone()
    assert row is not None
    return without_places(json.loads(row[0]))


def without_places(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_places(v) for k, v in value.items() if not k.startswith("query_location")}
    if isinstance(value, list):
        return [without_places(v) for v in value]
    return value
