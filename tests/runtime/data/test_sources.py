"""Sources that are derived by SQL, made by a function, and checked."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from mlc_runtime.errors import StepError
from mlc_runtime.ops import check, make, query

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = datetime(2024, 1, 1, tzinfo=UTC)


def instants(*values):
    return pa.array(values, pa.timestamp("us", tz="UTC"))


def shape(columns, **more):
    types = [{"name": name, "type": kind} for name, kind in columns.items()]
    return {"columns": types, "key": ["id"], "row_known": [], "known": {}, "as_of": None, **more}


def test_sql_reads_tables_by_name_and_parameters(make_context):
    orders = pa.table({"id": [2, 1, 3], "amount": [5.0, 1.0, 9.0]})
    params = shape(
        {"id": "int", "double": "float"}, sql="select id, amount * 2 as double from orders where amount < $most"
    )
    found = query.run({"orders": orders}, params, make_context(most=6))["table"]
    assert found.to_pylist() == [{"id": 1, "double": 2.0}, {"id": 2, "double": 10.0}]


def test_hidden_known_times_stay_and_empty_cells(context, micros):
    orders = pa.table({"id": [1, 2], "late": [5, 6], "$known.late": instants(DAY, datetime(2024, 3, 1, tzinfo=UTC))})
    params = shape(
        {"id": "int", "late": "int"}, sql='select id, late, "$known.late" from orders', as_of=micros("2024-02-01")
    )
    found = query.run({"orders": orders}, params, context)
    assert found["table"].column_names == ["id", "late", "$known.late"]
    assert found["table"]["late"].to_pylist() == [5, None]
    assert found["report"]["cells"] == {"late": 1}


def test_integers_of_128_bits_become_the_declared_ones(context):
    found = query.run({"t": pa.table({"id": [1, 2]})}, shape({"id": "int"}, sql="select sum(id) as id from t"), context)
    assert found["table"] == pa.table({"id": [3]})


def test_sql_that_fails_on_the_data_says_so(context):
    params = shape({"id": "int"}, sql="select s::int as id from t")
    with pytest.raises(StepError) as error:
        query.run({"t": pa.table({"s": ["x"]})}, params, context)
    assert error.value.code == "MLC920"


def test_sql_cannot_reach_files(tmp_path, context):
    (tmp_path / "secret.csv").write_text("id\n1\n")
    params = shape({"id": "int"}, sql=f"select id from read_csv('{tmp_path}/secret.csv')")
    with pytest.raises(StepError):
        query.run({}, params, context)


def test_a_function_makes_a_source(user_module, context):
    use = user_module(
        "def made(orders, factor):\n    return orders.assign(id=orders.id * factor, when=pd.Timestamp('1970'))"
    )
    params = shape({"id": "int", "when": "timestamp"}, use=f"{use}:made")
    found = make.run({"orders": pa.table({"id": [3, 1]})}, {**params, "with": {"factor": 2}}, context)["table"]
    assert found.to_pylist() == [{"id": 2, "when": EPOCH}, {"id": 6, "when": EPOCH}]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("return 3", "MLC915"),
        ("return pd.DataFrame({'x': [1]})", "MLC911"),
        ("return pd.DataFrame({'id': [1.5]})", "MLC912"),
        ("return pd.DataFrame({'id': [1, 'x']})", "MLC915"),
    ],
)
def test_a_function_that_returns_something_else(user_module, context, body, code):
    use = user_module(f"def made():\n    {body}")
    with pytest.raises(StepError) as error:
        make.run({}, {**shape({"id": "int"}, use=f"{use}:made"), "with": {}}, context)
    assert (error.value.code, f"{use}:made" in error.value.message) == (code, True)


def rule(sql, **more):
    return {"expect": sql, "sql": sql, "aggregate": False, "at_most": 0.0, "warn": False, **more}


def checked(context, table, *checks, key=("id",), time=None, as_of=None):
    columns = [{"name": name} for name in table.column_names]
    params = {"checks": list(checks), "key": list(key), "time": time, "as_of": as_of, "columns": columns}
    return check.run({"table": table}, params, context)["report"]


def test_a_check_counts_the_rows_that_fail_and_shows_some(context):
    report = checked(context, pa.table({"id": list(range(10)), "x": [1, -1, None] * 3 + [-2]}), rule("x >= 0"))
    assert not report["ok"]
    assert report["results"][-1] == {
        "expect": "x >= 0", "ok": False, "failed": 4, "share": 0.4, "warn": False,
        "sample": [{"id": 1}, {"id": 4}, {"id": 7}, {"id": 9}],
    }  # fmt: skip
    assert report["nulls"] == {"x": 3}


def test_tolerance_warnings_and_aggregates(context):
    table = pa.table({"id": [1, 2, 3, 4], "x": [1, -1, 1, 1]})
    assert checked(context, table, rule("x > 0", at_most=0.25))["ok"]
    assert not checked(context, table, rule("x > 0", at_most=0.24))["ok"]
    assert checked(context, table, rule("x > 0", warn=True))["ok"]
    assert checked(context, table, rule("count(*) > 3", aggregate=True))["ok"]
    assert not checked(context, table, rule("count(*) > 4", aggregate=True))["ok"]
    assert checked(context, table.slice(0, 0), rule("max(x) > 4", aggregate=True), rule("x > 0"))["ok"]


def test_a_key_is_unique_and_there(context):
    report = checked(context, pa.table({"id": [1, 2, 2, None, None, 2], "k": [1, 1, 1, 1, 1, 1]}), key=("id", "k"))
    missing, repeated = report["results"]
    assert (missing["failed"], missing["sample"][0]) == (2, {"id": None, "k": 1})
    assert (repeated["failed"], repeated["sample"]) == (2, [{"id": 2, "k": 1}] * 2)


@pytest.mark.parametrize(
    ("time", "as_of", "ok"),
    [
        (instants(DAY, None), "2024-01-01T02:00", True),
        (instants(DAY, None), "2024-01-01T02:00:01", False),
        (pa.array([date(2024, 1, 1), None]), "2024-01-02T07:00", True),
        (pa.array([date(2024, 1, 1), None]), "2024-01-02T07:01", False),
        (instants(None, None), "2024-01-01", False),
    ],
)
def test_a_source_is_fresh(make_context, micros, time, as_of, ok):
    table = pa.table({"id": [1, 2], "t": time})
    fresh = {"fresh": 2 * 3_600_000_000, "warn": False}
    report = checked(make_context("America/New_York"), table, fresh, time="t", as_of=micros(as_of))
    assert report["ok"] is ok
