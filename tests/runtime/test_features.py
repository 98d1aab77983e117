"""What a lookup means, case by case; `test_point_in_time.py` compares random tables with an oracle."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from mlc_runtime.context import Context
from mlc_runtime.errors import StepError
from mlc_runtime.ops import features, outcome
from mlc_runtime.sql import open_session

INSTANT = pa.timestamp("us", tz="UTC")
START = datetime(2024, 3, 1, tzinfo=UTC)
HOUR = 3_600_000_000
DAY = 24 * HOUR


def hour(hours: float | None) -> datetime | None:
    """So many hours after the start."""
    return None if hours is None else START + timedelta(hours=hours)


def orders(*rows: tuple[Any, ...]) -> pa.Table:
    """Rows of (customer, hour placed, hour known, amount)."""
    customer, placed, known, amount = zip(*rows, strict=True) if rows else ([], [], [], [])
    return pa.table(
        {
            "customer": pa.array(customer, pa.int64()),
            "placed": pa.array(map(hour, placed), INSTANT),
            "loaded": pa.array(map(hour, known), INSTANT),
            "amount": pa.array(amount, pa.int64()),
        }
    )


def examples(*rows: tuple[Any, ...]) -> pa.Table:
    """Rows of (customer, hour of prediction)."""
    customer, at = zip(*rows, strict=True) if rows else ([], [])
    return pa.table(
        {
            "$row": np.arange(len(rows)),
            "$at": pa.array(map(hour, at), INSTANT),
            "customer": pa.array(customer, pa.int64()),
        }
    )


def aggregate(function: str, *args: str, kind: str = "int", known: Sequence[str] = ('"loaded"',), **call: Any) -> Any:
    """A column that is one aggregate."""
    entry = {"as": "a0", "function": function, "args": list(args), "filter": None, "distinct": False, "order": []}
    return {"name": "value", "type": kind, "known": list(known), "aggregates": [entry | call], "value": "a0"}


def latest(sql: str, kind: str = "int", known: Sequence[str] = ('"loaded"',)) -> Any:
    """A column that is an expression of the latest row."""
    return {"name": "value", "type": kind, "known": list(known), "latest": sql}


def lookup(column: Any, **params: Any) -> dict[str, Any]:
    """The plan's params, of orders over all the past by default."""
    standard = {
        "join": [["customer", "customer"]],
        "window": [None, 0],
        "time": "placed",
        "date_time": False,
        "refresh": None,
        "key": [],
        "where": None,
    }
    return {**standard, "columns": [column], **params}


def values(
    rows: pa.Table, source: pa.Table, params: Mapping[str, Any], zone: str = "UTC", **parameters: Any
) -> list[Any]:
    """The one column of a lookup."""
    result = features.run({"rows": rows, "source": source}, params, context(zone, **parameters))["table"]
    assert result.column_names == ["$row", "value"]
    assert result.column("$row").equals(rows.column("$row"))
    found: list[Any] = result.column("value").to_pylist()
    return found


def context(zone: str = "UTC", **parameters: Any) -> Context:
    return Context(parameters, zone, 0, Path(), Path(), None, "run")  # type: ignore[arg-type]


def test_an_example_never_sees_its_own_moment_and_sees_all_before() -> None:
    source = orders((1, 1, 1, 10), (1, 2, 2, 20), (2, 0, 0, 99))
    assert values(examples((1, 1), (1, 2), (1, 2.5), (3, 9)), source, lookup(aggregate("sum", '"amount"'))) == [
        None,
        10,
        30,
        None,
    ]


def test_a_window_holds_its_start_and_not_its_end() -> None:
    source = orders((1, 0, 0, 1), (1, 1, 1, 10), (1, 2, 2, 100))
    params = lookup(aggregate("sum", '"amount"'), window=[-2 * HOUR, -HOUR])
    assert values(examples((1, 2), (1, 3), (1, 2.5), (1, 5)), source, params) == [1, 10, 10, None]


def test_a_late_row_takes_part_once_it_is_known() -> None:
    source = orders((1, 0, 5, 1), (1, 1, 1, 10), (1, 2, None, 100))
    params = lookup(aggregate("sum", '"amount"'))
    assert values(examples((1, 3), (1, 4.99), (1, 5), (1, 50)), source, params) == [10, 10, 11, 11]


def test_a_timetable_is_known_before_its_time() -> None:
    source = orders((1, 8, 0, 1), (1, 9, 7, 10))
    params = lookup(aggregate("count"), window=[0, DAY])
    assert values(examples((1, 6), (1, 7), (1, 9)), source, params) == [1, 2, 1]


def test_each_column_waits_for_what_it_reads() -> None:
    source = orders((1, 0, 5, 1))
    params = lookup(
        None, columns=[{**aggregate("count", known=[]), "name": "n"}, {**aggregate("sum", '"amount"'), "name": "s"}]
    )
    result = features.run({"rows": examples((1, 2), (1, 6)), "source": source}, params, context())["table"]
    assert result.to_pydict() == {"$row": [0, 1], "n": [1, 1], "s": [None, 1]}


def test_the_latest_row_is_by_time_then_known_time_then_key() -> None:
    source = orders((1, 1, 3, 10), (1, 1, 2, 20), (1, 0, 4, 30), (2, 1, 1, 8), (2, 1, 1, 7))
    assert values(examples((1, 9), (1, 2.5), (2, 9)), source, lookup(latest('"amount"'), key=["amount"])) == [10, 20, 8]


def test_the_latest_row_may_hold_a_null() -> None:
    source = orders((1, 0, 0, 10), (1, 1, 1, None))
    assert values(examples((1, 9), (2, 9)), source, lookup(latest('coalesce("amount", -1)'))) == [-1, None]


def test_refresh_rounds_the_moment_down_for_window_and_known_time_alike() -> None:
    source = orders((1, 1, 1, 1), (1, 5, 5, 10), (1, 2, 7, 100))
    params = lookup(aggregate("sum", '"amount"'), refresh=6 * HOUR)
    assert values(examples((1, 5.9), (1, 6), (1, 11.9), (1, 12)), source, params) == [None, 11, 11, 111]


def test_dates_are_instants_of_the_spec_time_zone() -> None:
    source = pa.table({"day": pa.array([date(2024, 3, 10), None]), "amount": [1, 2]})
    params = lookup(aggregate("count", known=[]), join=[], time="day", date_time=True)
    # Midnight in New York is 5:00 UTC.
    at = [
        datetime(2024, 3, 10, 4, 59, 59, tzinfo=UTC),
        datetime(2024, 3, 10, 5, tzinfo=UTC),
        datetime(2024, 3, 10, 5, 1, tzinfo=UTC),
    ]
    rows = pa.table({"$row": [0, 1, 2], "$at": pa.array(at, INSTANT)})
    assert values(rows, source, params, zone="America/New_York") == [0, 0, 1]


def test_a_day_has_24_hours_when_clocks_change() -> None:
    change = datetime(2024, 3, 10, 7, tzinfo=UTC)  # 2:00 becomes 3:00 in New York
    source = pa.table({"placed": pa.array([change - timedelta(hours=12)], INSTANT)})
    rows = pa.table(
        {
            "$row": [0, 1],
            "$at": pa.array([change + timedelta(hours=12), change + timedelta(hours=12, seconds=1)], INSTANT),
        }
    )
    params = lookup(aggregate("count", known=[]), join=[], window=[-DAY, 0])
    assert values(rows, source, params, zone="America/New_York") == [1, 0]


def test_no_time_means_all_rows_that_are_known() -> None:
    source = orders((1, None, 0, 1), (1, None, 5, 10), (1, None, None, 100))
    params = lookup(aggregate("sum", '"amount"'), time=None, window=[None, 0])
    assert values(examples((1, 1), (1, 6)), source, params) == [1, 11]


def test_tables_without_time_have_no_moment() -> None:
    rows = examples((1, 0), (2, 0)).drop_columns("$at")
    params = lookup(aggregate("sum", '"amount"', known=[]), time=None)
    assert values(rows, orders((1, 0, 0, 3), (1, 99, 99, 4)), params) == [7, None]


def test_nulls_never_match_and_a_null_moment_sees_nothing() -> None:
    source = orders((None, 0, 0, 1), (1, 0, 0, 10))
    assert values(examples((None, 5), (1, None)), source, lookup(aggregate("count"))) == [0, 0]
    assert values(examples((None, 5), (1, None)), source, lookup(latest('"amount"'))) == [None, None]


def test_several_keys_one_of_another_group() -> None:
    source = pa.table(
        {
            "origin": ["JFK", "JFK", "LGA"],
            "model": ["A", "B", "A"],
            "placed": pa.array(map(hour, (0, 0, 0)), INSTANT),
            "seats": [1, 2, 3],
        }
    )
    rows = pa.table(
        {
            "$row": [0, 1, 2],
            "$at": pa.array(map(hour, (9, 9, 9)), INSTANT),
            "origin": ["JFK", "LGA", "LGA"],
            "plane.model": ["B", "A", None],
        }
    )
    params = lookup(latest('"seats"', known=[]), join=[["origin", "origin"], ["plane.model", "model"]])
    assert values(rows, source, params) == [2, 3, None]


def test_conditions_and_expressions_may_read_the_moment_and_parameters() -> None:
    source = orders((1, 0, 0, 1), (1, 5, 5, 10))
    recent = {"sql": '"placed" >= "$at" - to_hours($hours)', "known": []}
    assert values(examples((1, 6), (1, 2)), source, lookup(aggregate("count"), where=recent), hours=3, other="x") == [
        1,
        1,
    ]
    decayed = aggregate("sum", '"amount" * date_diff(\'hour\', "placed", "$at")')
    assert values(examples((1, 6), (1, 2)), source, lookup(decayed)) == [16, 2]


def test_empty_tables() -> None:
    for column in (aggregate("count"), aggregate("list", '"amount"', kind="list(int)"), latest('"amount"')):
        assert values(examples(), orders((1, 0, 0, 1)), lookup(column)) == []
    assert values(examples((1, 5)), orders(), lookup(aggregate("median", '"amount"', kind="float"))) == [None]
    assert values(examples((1, 5)), orders(), lookup(aggregate("mode", '"amount"'))) == [None]


@pytest.mark.parametrize("passed", [1e16, 1e300, math.nan, math.inf])
def test_what_has_left_the_window_leaves_no_trace(passed: float) -> None:
    at = [hour(index) for index in range(6)]
    source = pa.table({"placed": pa.array(at, INSTANT), "x": [0.1, passed, 0.2, 0.3, 0.4, 0.5]})
    rows = pa.table({"$row": [0], "$at": pa.array([hour(6)], INSTANT)})

    def over_window(function: str) -> Any:
        params = lookup(aggregate(function, '"x"', kind="float", known=[]), join=[], window=[-4 * HOUR, 0])
        return values(rows, source, params)[0]

    inside = [0.2, 0.3, 0.4, 0.5]
    assert over_window("sum") == math.fsum(inside)
    assert over_window("avg") == math.fsum(inside) / 4
    assert over_window("stddev_pop") == pytest.approx(np.std(inside), rel=1e-15)


def test_a_mean_of_large_close_values_has_its_variance() -> None:
    source = pa.table({"placed": pa.array([hour(0)] * 3, INSTANT), "x": [1e9 + 4, 1e9 + 7, 1e9 + 13]})
    rows = pa.table({"$row": [0], "$at": pa.array([hour(6)], INSTANT)})
    assert values(rows, source, lookup(aggregate("var_samp", '"x"', kind="float", known=[]), join=[])) == [21.0]


def test_a_sum_beyond_64_bits_is_an_error_and_not_another_number() -> None:
    source = orders((1, 0, 0, 2**62), (1, 1, 1, 2**62), (1, 2, 2, -(2**62)))
    params = lookup(aggregate("sum", '"amount"'))
    assert values(examples((1, 3)), source, params) == [2**62]
    with pytest.raises(StepError, match="9223372036854775808"):
        values(examples((1, 2)), source, params)


def test_an_expression_that_fails_on_the_data_is_the_steps_error() -> None:
    source = pa.table({"placed": pa.array([hour(0)], INSTANT), "word": ["x"]})
    rows = pa.table({"$row": [0], "$at": pa.array([hour(6)], INSTANT)})
    with pytest.raises(StepError, match="Could not convert string 'x'"):
        values(rows, source, lookup(latest('CAST("word" AS BIGINT)', known=[]), join=[]))


STATISTICS = ["var_samp", "stddev_pop", "skewness", "kurtosis", "median", "sum", "avg", "mad", "product", "entropy"]
PAIRS = ["corr", "covar_samp", "covar_pop", "regr_slope", "regr_intercept"]


@pytest.mark.parametrize("call", [*(f'{name}("x")' for name in STATISTICS), *(f'{name}("x", "y")' for name in PAIRS)])
def test_statistics_are_those_of_duckdb(call: str) -> None:
    random = np.random.default_rng(7)
    table = pa.table(
        {"placed": pa.array([hour(0)] * 200, INSTANT), "x": random.normal(3, 2, 200), "y": random.gamma(2, 3, 200)}
    )
    rows = pa.table({"$row": [0], "$at": pa.array([hour(6)], INSTANT)})
    name, _, args = call.rstrip(")").partition("(")
    with open_session({}, "UTC") as session:
        session.register("t", table)
        expected = session.query(f"SELECT {call} FROM t").column(0)[0].as_py()
    column = aggregate(name, *args.split(", "), kind="float", known=[])
    assert values(rows, table, lookup(column, join=[])) == [pytest.approx(expected, rel=1e-9)]


def outcomes(rows: pa.Table, source: pa.Table, label: Any, as_of: datetime | None) -> pa.Table:
    params = {**lookup(None, window=[0, 10 * HOUR]), "label": label, "type": label["type"]}
    micros = None if as_of is None else int(as_of.timestamp()) * 1_000_000
    return outcome.run({"rows": rows, "source": source}, params, context(as_of=micros))["table"]


def test_an_outcome_looks_forward_and_waits_for_its_window_and_its_rows() -> None:
    source = orders((1, 0, 0, 1), (1, 2, 3, 10), (1, 9, 15, 100), (1, 10, 10, 1000))
    table = outcomes(examples((1, 0), (1, 1), (2, 0), (1, None)), source, aggregate("sum", '"amount"'), hour(99))
    assert table.column("$label").to_pylist() == [111, 1110, None, None]
    assert table.column("$label_known").to_pylist() == [hour(15), hour(15), hour(10), None]


def test_an_outcome_sees_what_was_known_by_the_logical_time() -> None:
    source = orders((1, 2, 3, 10), (1, 9, 15, 100), (1, 5, None, 1000))
    table = outcomes(examples((1, 0)), source, aggregate("count"), hour(14))
    assert table.column("$label").to_pylist() == [1]
    assert table.column("$label_known").to_pylist() == [hour(10)]
    assert outcomes(examples((1, 0)), source, aggregate("count"), None).column("$label").to_pylist() == [2]


def test_examples_for_which_no_row_took_part_are_counted_by_column() -> None:
    source = orders((1, 0, 0, 5), (1, 1, 9, 6), (3, 1, None, 7))
    early = {**aggregate("count", known=[]), "name": "early"}
    late = {**aggregate("count"), "name": "late"}
    rows = examples((1, 2), (2, 2), (3, 2), (None, 2), (1, 10))
    params = {"join": [["customer", "customer"]], "window": [-2 * HOUR, 0], "time": "placed", "key": []}
    given = {**params, "refresh": None, "where": None, "columns": [early, late]}
    found = features.run({"rows": rows, "source": source}, given, context())
    assert found["table"]["early"].to_pylist() == [2, 0, 1, 0, 0]
    assert found["table"]["late"].to_pylist() == [1, 0, 0, 0, 0]
    assert found["report"] == {"rows": 5, "unmatched": {"early": 3, "late": 4}}
    still = {**given, "where": {"sql": '"placed" > "$at" - interval 90 minute'}}
    again = features.run({"rows": rows, "source": source}, still, context())
    assert again["report"]["unmatched"] == {"early": 3, "late": 5}
