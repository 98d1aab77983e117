"""Features without `from`: expressions and functions."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from mlc_runtime.errors import StepError
from mlc_runtime.ops import apply, compute

AT = pa.array([datetime(2024, 7, 1, 3, tzinfo=UTC)] * 3, pa.timestamp("us", tz="UTC"))
ROWS = pa.table({"$row": [0, 3, 5], "$at": AT, "x": [1, 2, 3]})
GROUP = pa.table({"$row": [0, 3, 5], "n": [10, 0, None], 'a"b.c': ["u", "v", "w"]})


def test_expressions_read_the_example_its_moment_and_groups(make_context):
    columns = [
        {"name": "hour", "type": "int", "sql": 'hour("$at")'},
        {"name": "ratio", "type": "float", "sql": 'x / nullif("g.n", 0)'},
        {"name": "odd", "type": "string", "sql": '"g.a""b.c"'},
        {"name": "p", "type": "decimal(4,1)", "sql": "$p"},
    ]
    context = make_context("America/New_York", p=1.5)
    found = compute.run({"rows": ROWS, "g": GROUP}, {"columns": columns}, context)["table"]
    assert found["$row"].to_pylist() == [0, 3, 5]
    assert found["hour"].to_pylist() == [23] * 3
    assert found["ratio"].to_pylist() == [0.1, None, None]
    assert found["odd"].to_pylist() == ["u", "v", "w"]
    assert found.schema.field("p").type == pa.decimal128(4, 1)


def test_a_group_of_more_rows_gives_its_own(context):
    more = pa.table({"$row": list(range(8)), "n": list(range(8))})
    columns = [{"name": "n", "type": "int", "sql": '"g.n"'}]
    assert compute.run({"rows": ROWS, "g": more}, {"columns": columns}, context)["table"]["n"].to_pylist() == [0, 3, 5]


@pytest.fixture
def applied(user_module, context):
    def run(body, columns=None, table=None, **with_):
        name = user_module(f"def f(table, **more):\n    {body}")
        types = [{"name": key, "type": kind} for key, kind in (columns or {"y": "float"}).items()]
        params = {"use": f"{name}.f", "with": with_, "arguments": {"a": "x", "b": "g.n"}, "columns": types}
        rows = ROWS if table is None else table
        return apply.run({"rows": rows, "g": GROUP}, params, context)["table"]

    return run


def test_a_function_gets_its_arguments_and_returns_a_row_for_each(applied):
    found = applied("return table.assign(y=table.a * more['by'], z=table.b)", {"y": "float", "z": "int"}, by=2)
    assert found.to_pylist() == [
        {"$row": 0, "y": 2.0, "z": 10},
        {"$row": 3, "y": 4.0, "z": 0},
        {"$row": 5, "y": 6.0, "z": None},
    ]


@pytest.mark.parametrize("body", ["return table.a", "return table.a.tolist()", "return np.array(table.a)"])
def test_one_column_needs_no_table(applied, body):
    assert applied(body)["y"].to_pylist() == [1.0, 2.0, 3.0]


def test_no_rows_are_no_trouble(applied):
    assert applied("return table.a * 1.0", table=ROWS.slice(0, 0)).num_rows == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("return table.head(1)", "MLC915"),
        ("return 'abc'", "MLC915"),
        ("return pd.DataFrame({'other': table.a})", "MLC911"),
        ("return ['x'] * len(table)", "MLC912"),
        ("return table.a - table.a.mean()", "MLC916"),
        ("return table.a.cumsum()", "MLC916"),
        ("return np.random.default_rng().random(len(table))", "MLC916"),
    ],
)
def test_a_function_that_does_not_keep_its_contract(applied, body, code):
    rows = pa.table({"$row": list(range(40)), "x": list(range(40))})
    with pytest.raises(StepError) as error:
        applied(body, table=rows)
    assert error.value.code == code
