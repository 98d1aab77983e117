"""The SQL of sources: what is accepted, with which types; what is refused; how known times follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_compiler.expression.query import KnownTimes, parse_query, render_query, tables_of
from mlc_compiler.expression.tree import Name
from mlc_compiler.expression.types import FLOAT, INT, STRING, TIMESTAMP, decimal

if TYPE_CHECKING:
    import duckdb

    from mlc_compiler.expression.problem import Problem
    from mlc_compiler.expression.query import Query

ORDERS = {"order_id": INT, "customer_id": INT, "amount": decimal(10, 2), "placed_at": TIMESTAMP, "loaded_at": TIMESTAMP}
CUSTOMERS = {"customer_id": INT, "country": STRING, "joined_at": TIMESTAMP}
TABLES = {"orders": ORDERS, "customers": CUSTOMERS, "crm.tickets": {"customer_id": INT, "opened_at": TIMESTAMP}}
SPEND = "select o.order_id, o.amount, o.placed_at, c.country from orders o join customers c using (customer_id)"


def query(text: str) -> Query:
    found, problems = parse_query(text, TABLES, {"rate": FLOAT})
    assert found is not None, problems
    return found


def problems_of(text: str) -> list[Problem]:
    found, problems = parse_query(text, TABLES, {"rate": FLOAT})
    assert (found is None) == bool(problems)
    return problems


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (SPEND, "order_id int, amount decimal(10,2), placed_at timestamp, country string"),
        ("select * from customers", "customer_id int, country string, joined_at timestamp"),
        ("select c.* exclude (joined_at), 1 as one from customers c", "customer_id int, country string, one int"),
        ("select * exclude country from customers", "customer_id int, joined_at timestamp"),
        (
            "select customer_id, opened_at as at from crm.tickets where tickets.customer_id > 3;",
            "customer_id int, at timestamp",
        ),
        ("select amount * $rate as cost from orders order by cost desc", "cost float"),
        ("select order_id x from orders union all select 1.5 from customers", "x decimal(20,1)"),
        ("with a as (select order_id n from orders), b as (select n from a) select n + 1 as m from b", "m int"),
        ("select x.n from (select order_id as n from orders) as x", "n int"),
        (
            "select country, count(*) n, sum(customer_id) s from customers group by country",
            "country string, n int, s int",
        ),
        (
            "select upper(country) as c, max(joined_at) as t from customers group by c having count(*) > 1",
            "c string, t timestamp",
        ),
        ("select upper(country) as c, 1 as k from customers group by 1, k", "c string, k int"),
        ("select country, avg(customer_id) m from customers group by all", "country string, m float"),
        ("select row_number() over (partition by customer_id order by placed_at desc) as n from orders", "n int"),
        ("select lag(amount, 1) over (order by placed_at) as before from orders", "before decimal(10,2)"),
        (
            "select sum(amount) over (order by placed_at rows between 3 preceding and current row) s from orders",
            "s decimal(38,2)",
        ),
        (
            "select order_id from orders qualify row_number() over (partition by customer_id order by placed_at) = 1",
            "order_id int",
        ),
        ("select distinct country from customers limit 3 offset 1", "country string"),
        (
            "select o.order_id, c.country from orders o left join customers c on o.customer_id = c.customer_id",
            "order_id int, country string",
        ),
        ("select customer_id from orders intersect select customer_id from customers", "customer_id int"),
        (
            "(select customer_id from orders) union all (select customer_id from customers order by 1 + customer_id)",
            "customer_id int",
        ),
        (
            "select a.order_id, b.order_id as other from orders a, orders b where a.order_id < b.order_id",
            "order_id int, other int",
        ),
        ("select 1 as one", "one int"),
    ],
)
def test_columns_are_those_of_duckdb(text: str, columns: str, tables: duckdb.DuckDBPyConnection) -> None:
    found = query(text)
    assert ", ".join(f"{name} {type_}" for name, type_ in found.columns.items()) == columns
    plain = render_query(found.bound, None)
    parameters = {"rate": 1.0} if found.variables else None
    assert [row[0] for row in tables.execute(f"DESCRIBE {plain}", parameters).fetchall()] == list(found.columns)
    written = text.removesuffix(";").replace("crm.tickets", '"crm.tickets" as tickets')
    rows = [
        tables.execute(f"SELECT COLUMNS(*)::VARCHAR FROM ({sql})", parameters).fetchall() for sql in (plain, written)
    ]
    if "limit" not in text:
        assert sorted(map(str, rows[0])) == sorted(map(str, rows[1]))


@pytest.fixture(scope="module")
def tables(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    cursor = connection.cursor()
    cursor.execute("SET TimeZone='UTC'")
    cursor.execute(
        "CREATE OR REPLACE TABLE orders (order_id BIGINT, customer_id BIGINT, amount DECIMAL(10,2),"
        " placed_at TIMESTAMPTZ, loaded_at TIMESTAMPTZ)"
    )
    cursor.execute("CREATE OR REPLACE TABLE customers (customer_id BIGINT, country VARCHAR, joined_at TIMESTAMPTZ)")
    cursor.execute('CREATE OR REPLACE TABLE "crm.tickets" (customer_id BIGINT, opened_at TIMESTAMPTZ)')
    cursor.execute(
        "INSERT INTO orders SELECT i, i % 3, i * 1.5, make_timestamptz(i * 3600000000),"
        " make_timestamptz(i * 7200000000) FROM range(9) t(i)"
    )
    cursor.execute(
        "INSERT INTO customers SELECT i, 'c' || (i % 2), make_timestamptz(i * 3600000000) FROM range(4) t(i)"
    )
    cursor.execute('INSERT INTO "crm.tickets" SELECT i, make_timestamptz(i * 3600000000) FROM range(5) t(i)')
    return cursor


@pytest.mark.parametrize(
    ("text", "where", "code", "message"),
    [
        ("", "", "MLC301", "a query is missing"),
        ("drop table orders", "drop", "MLC302", "expected `select` or `with`, found `drop`"),
        ("attach 'x' as y", "attach", "MLC302", "expected `select` or `with`, found `attach`"),
        ("select 1 as x; drop table orders", ";", "MLC302", "`;` is not an operator of the language"),
        ("select x from", "m", "MLC301", "expected a source, found the end"),
        ("select order_id from ordrs", "ordrs", "MLC320", "unknown source `ordrs`"),
        ("select * from 'data.parquet'", "'data.parquet'", "MLC302", "a query reads no files"),
        (
            "select * from read_csv('x.csv')",
            "read_csv",
            "MLC302",
            "table functions such as `read_csv` are not in the language",
        ),
        ("select * from orders tablesample 10", "tablesample 10", "MLC302", "sampling is not in the language"),
        ("select now() as t", "now", "MLC302", "`now` is not in the language"),
        ("select random() as r from orders", "random", "MLC302", "`random` is not in the language"),
        (
            "select 1 as x where 2 in (select 1)",
            "select 1",
            "MLC302",
            "a query inside an expression is not in the language",
        ),
        (
            "with recursive a as (select 1 as x) select x from a",
            "a as (select 1 as x)",
            "MLC302",
            "recursive queries are not in the language",
        ),
        ("select * from orders natural join customers", "natural", "MLC302", "`natural join` is not in the language"),
        ("select ammount from orders", "ammount", "MLC307", "unknown column `ammount`"),
        ("select o.ammount from orders o", "o.ammount", "MLC307", "table `o` has no column `ammount`"),
        ("select p.* from orders o", "p.*", "MLC320", "unknown table `p`"),
        (
            "select customer_id from orders o join customers c on true",
            "customer_id",
            "MLC308",
            "`customer_id` cannot be read here",
        ),
        (
            "select order_id from orders join customers using (order_id)",
            "join customers using (order_id)",
            "MLC307",
            "`using (order_id)`: `customers` has no column `order_id`",
        ),
        ("select * from orders o join customers c on true", "*", "MLC322", "two columns are called `customer_id`"),
        ("select amount + 1 from orders", "amount + 1", "MLC322", "this column has no name"),
        ("select 1 as x from orders, orders", "orders", "MLC322", "two tables are called `orders`"),
        (
            "select order_id from orders where amount",
            "amount",
            "MLC310",
            "`where` takes a boolean, this is `decimal(10,2)`",
        ),
        (
            "select country + 1 as x from customers",
            "country + 1",
            "MLC310",
            "`+` is not defined between `string` and `int`",
        ),
        (
            "select country, count(*) as n from customers",
            "country",
            "MLC312",
            "`customers.country` is neither grouped by nor aggregated",
        ),
        ("select order_id from orders where count(*) > 1", "count(*)", "MLC311", "aggregate `count` cannot stand here"),
        (
            "select row_number() over () as n from orders",
            "row_number() over ()",
            "MLC313",
            "`row_number` needs an order",
        ),
        ("select lower(country) over () as n from customers", "lower", "MLC306", "`lower` is no window function"),
        (
            "select order_id as a from orders union all select country from customers",
            "select country from customers",
            "MLC321",
            "column `a` is `string` here and `int` above",
        ),
        ("select 1 as a union all select 1 as a, 2 as b", "select 1 as a, 2 as b", "MLC321", "2 columns stand below 1"),
        (
            "select x from (select 1 as x)",
            "(select 1 as x)",
            "MLC301",
            "a query in `from` needs a name: write `(...) as name`",
        ),
        ("select order_id from orders,", ",", "MLC301", "expected a value, found the end"),
        ("select from orders", "select", "MLC301", "expected a column after `select`"),
        (
            "select order_id from orders join customers",
            "join customers",
            "MLC301",
            "expected `on` or `using` after a join",
        ),
        (
            "select order_id from orders union all by name select order_id from orders",
            "select order_id from orders union all by name select order_id from orders",
            "MLC302",
            "`by name` is not in the language",
        ),
        ("select order_id from orders limit 3%", "limit 3%", "MLC302", "`limit` takes a whole number"),
        (
            "select sum(amount) over w as s from orders window w as (order by placed_at)",
            "w as (order by placed_at)",
            "MLC302",
            "named windows are not in the language",
        ),
        ("with a as (drop table orders) select 1 as x", "orders", "MLC301", "expected `)`, found `orders`"),
        ("select $rat * 1 as x", "$rat", "MLC307", "unknown parameter `$rat`"),
        ("(" * 5_000, "(", "MLC303", "more than 24 levels are nested"),
    ],
)
def test_problem(text: str, where: str, code: str, message: str) -> None:
    (problem,) = problems_of(text)
    assert (problem.code, problem.message, text[problem.start : problem.end]) == (code, message, where)


@pytest.mark.parametrize(
    ("text", "constructs"),
    [
        (SPEND, []),
        ("select order_id from orders where amount > 3 union all select customer_id from customers", []),
        ("select order_id from orders order by order_id", []),
        ("select a.order_id from orders a cross join customers b", []),
        ("select country from customers group by country", ["group by country"]),
        ("select max(amount) as m from orders", ["max(amount)"]),
        ("select distinct country from customers", ["distinct"]),
        ("select o.order_id from orders o left join customers c on true", ["left join"]),
        ("select o.order_id from orders o full outer join customers c on true", ["full outer join"]),
        ("select o.order_id from orders o semi join customers c using (customer_id)", ["semi join"]),
        ("select o.order_id from orders o anti join customers c using (customer_id)", ["anti join"]),
        ("select order_id from orders limit 3", ["limit 3"]),
        ("select order_id from orders union select customer_id from customers", ["union"]),
        ("select customer_id from orders except select customer_id from customers", ["except"]),
        ("select rank() over (order by amount) as r from orders", ["rank() over (order by amount)"]),
        ("with a as (select distinct country from customers) select country from a", ["distinct"]),
        (
            "select n from (select count(*) as n from orders group by customer_id) as x limit 1",
            ["count(*)", "group by customer_id", "limit 1"],
        ),
    ],
)
def test_betrayals(text: str, constructs: list[str]) -> None:
    assert [text[b.start : b.end] for b in query(text).betrayals] == constructs


def test_tables_of() -> None:
    text = "with orders2 as (select * from orders) select * from orders2 join crm.tickets using (customer_id)"
    assert [(t.name, text[t.start : t.end]) for t in tables_of(text)] == [
        ("orders", "orders"),
        ("crm.tickets", "crm.tickets"),
    ]
    assert tables_of("nonsense") == ()


def test_reads_of_a_join() -> None:
    (branch,) = query(SPEND + " where o.amount > 0").branches
    row = [f"{read.alias}.{read.column or '*'}" for read in branch.row]
    assert row == ["o.*", "c.*", "o.customer_id", "c.customer_id", "o.amount"]
    assert [f"{read.table}.{read.column}" for read in branch.columns["country"]] == ["customers.country"]
    assert {name: read.column for name, read in branch.passed.items()} == {n: n for n in branch.columns}


def test_reads_through_a_union_inside_a_query() -> None:
    found = query(
        "with u as (select order_id as id, placed_at + interval 1 day as t from orders"
        " union all select customer_id, joined_at from customers)"
        " select u.id, u.t, greatest(u.t, o.loaded_at) as late from u join orders o on u.id = o.order_id"
    )
    first, second = found.branches
    assert [f"{r.alias} {r.table} {r.column}" for r in first.columns["late"]] == [
        "u.orders orders placed_at",
        "o orders loaded_at",
    ]
    assert [f"{r.alias} {r.table} {r.column}" for r in second.columns["t"]] == ["u.customers customers joined_at"]
    assert (list(first.passed), list(second.passed)) == (["id"], ["id", "t"])


PROPAGATING = [
    "select * from a where x > 1",
    "select a.k, a.x + b.y as z from a join b using (k)",
    "select a.k, b.y from a, b where a.x < b.y",
    "select k, x from a union all select k, y from b where y > 0",
    "with j as (select a.k, a.x, b.y from a join b on a.k = b.k) select j.k, j.x, c.y from j join b c on c.y = j.y",
    "select coalesce(u.x, 0) as v from (select x from a union all select y from b) as u where u.x is null or u.x > 0",
]
ROWS = st.lists(st.tuples(st.integers(0, 2), st.none() | st.integers(0, 3), st.none() | st.integers(0, 5)), max_size=6)


@given(st.sampled_from(PROPAGATING), ROWS, ROWS, st.integers(0, 6))
def test_what_is_known_is_what_the_query_gives_over_what_is_known(
    connection: duckdb.DuckDBPyConnection, text: str, a: list[tuple[int]], b: list[tuple[int]], day: int
) -> None:
    """Filtering the derived rows by their known times is deriving from the rows known by then."""
    moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=day)
    shapes = {"a": {"k": INT, "x": INT, "t": TIMESTAMP}, "b": {"k": INT, "y": INT, "t": TIMESTAMP}}
    found, problems = parse_query(text, shapes, {})
    assert found is not None, problems
    assert found.betrayals == ()
    at = (Name(("t",)),)
    known = {name: KnownTimes(at, dict.fromkeys(columns, at)) for name, columns in shapes.items()}
    cursor = connection.cursor()
    for name, value, rows in (("a", "x", a), ("b", "y", b)):
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name} (k BIGINT, {value} BIGINT, t TIMESTAMPTZ)")
        for row in rows:
            cursor.execute(
                f"INSERT INTO {name} VALUES ($1, $2, '2024-01-01 00:00:00+00'::TIMESTAMPTZ + to_days($3))", row
            )
    columns = ", ".join(f"{column}::VARCHAR" for column in found.columns)
    sql = render_query(found.bound, known)
    later = [f'"$known.{column}" IS NOT DISTINCT FROM "$known.*"' for column in found.columns]
    visible = f'SELECT {columns} FROM ({sql}) WHERE "$known.*" <= $1 AND {" AND ".join(later)}'
    derived = cursor.execute(visible, [moment]).fetchall()
    cursor.execute("CREATE OR REPLACE TEMP TABLE all_a AS FROM a; CREATE OR REPLACE TEMP TABLE all_b AS FROM b")
    for name in ("a", "b"):
        cursor.execute(f"DELETE FROM {name} WHERE t IS NULL OR t > $1", [moment])
    assert sorted(map(str, derived)) == sorted(map(str, cursor.execute(f"SELECT {columns} FROM ({text})").fetchall()))


def test_known_times_of_a_join_cover_both_rows() -> None:
    known = {
        "orders": KnownTimes((Name(("loaded_at",)),), {"amount": (Name(("placed_at",)),)}),
        "customers": KnownTimes((), {}),
    }
    sql = render_query(
        query("select o.amount, c.country from orders o join customers c on c.customer_id = 1").bound, known
    )
    placed, loaded = (f'CAST("o"."{name}" AS TIMESTAMPTZ)' for name in ("placed_at", "loaded_at"))
    both = f"CASE WHEN {loaded} IS NULL OR {placed} IS NULL THEN NULL ELSE greatest({loaded}, {placed}) END"
    assert f'{both} AS "$known.amount"' in sql
    assert f'{loaded} AS "$known.country"' in sql
    assert f'{loaded} AS "$known.*"' in sql


FRAGMENTS = """
select * from orders o join customers c using (customer_id) on where group by having union all with a as ( ) , 1 as x
order_id country count(*) over (partition by order limit left distinct case when then end qualify row_number() . = 'x'
"""


@given(st.lists(st.sampled_from(FRAGMENTS.split()), max_size=30).map(lambda words: "select " + " ".join(words)))
def test_any_text_ends_in_a_query_or_in_problems(text: str) -> None:
    found, problems = parse_query(text, TABLES, {})
    assert (found is None) == bool(problems)
    for problem in problems:
        assert 0 <= problem.start <= problem.end <= len(text)
    if found is not None:
        assert render_query(found.bound, None)
