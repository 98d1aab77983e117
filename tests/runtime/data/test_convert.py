from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from mlc_runtime.column_types import arrow_type
from mlc_runtime.data.convert import UnconvertibleError, convert

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


def column(values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


@pytest.mark.parametrize(
    ("values", "stored", "declared", "wanted"),
    [
        ([1, None], pa.int16(), "int", [1, None]),
        ([1.0, None], pa.float64(), "int", [1, None]),
        (["7", "-3"], pa.string(), "int", [7, -3]),
        ([Decimal("2.00")], pa.decimal128(10, 2), "int", [2]),
        ([2], pa.int64(), "float", [2.0]),
        (["1e3"], pa.large_string(), "float", [1000.0]),
        ([3], pa.int64(), "decimal(10,2)", [Decimal("3.00")]),
        ([12.1], pa.float64(), "decimal(10,2)", [Decimal("12.10")]),
        (["12.1"], pa.string(), "decimal(10,2)", [Decimal("12.10")]),
        (["true", "0"], pa.string(), "bool", [True, False]),
        ([10115], pa.int64(), "string", ["10115"]),
        (["a", None, "a"], pa.dictionary(pa.int8(), pa.string()), "string", ["a", None, "a"]),
        (["2024-02-29"], pa.string(), "date", [date(2024, 2, 29)]),
        ([datetime(2024, 2, 29)], pa.timestamp("ns"), "date", [date(2024, 2, 29)]),
        (["2024-01-01T13:00:00+01:00", "2024-01-01 13:00", None], pa.string(), "timestamp", [NOON, NOON, None]),
        (["2024-01-01T12:00:00.000000789Z", "2024-01-01 13:00:00.0000009"], pa.string(), "timestamp", [NOON, NOON]),
        ([datetime(2024, 1, 1, 13)], pa.timestamp("ms"), "timestamp", [NOON]),
        ([NOON], pa.timestamp("ns", tz="America/New_York"), "timestamp", [NOON]),
        ([[1, None], None, []], pa.large_list(pa.int32()), "list(int)", [[1, None], None, []]),
        ([["2024-01-01 13:00"], []], pa.list_(pa.string()), "list(timestamp)", [[NOON], []]),
        ([None, None], pa.null(), "timestamp", [None, None]),
        ([], pa.list_(pa.int32()), "list(int)", []),
        ([[[1], []], [[2, 3]]], pa.list_(pa.list_(pa.int32())), "list(list(float))", [[[1.0], []], [[2.0, 3.0]]]),
    ],
)
def test_values_keep_their_meaning(values, stored, declared, wanted):
    found = convert(column(values, stored), arrow_type(declared), "Europe/Zurich").column
    assert found.type == arrow_type(declared)
    assert found.to_pylist() == wanted


@pytest.mark.parametrize(
    ("values", "stored", "declared", "row"),
    [
        ([1.0, 2.0, 2.5, 3.5], pa.float64(), "int", 2),
        ([1, 2**60 + 1], pa.int64(), "float", 1),
        (["1", "", "x"], pa.string(), "int", 1),
        (["12.34", "12.345"], pa.string(), "decimal(10,2)", 1),
        ([12.1, 12.345], pa.float64(), "decimal(10,2)", 1),
        ([1, 10**9], pa.int64(), "decimal(10,2)", 1),
        ([datetime(2024, 1, 1), datetime(2024, 1, 1, 1)], pa.timestamp("us"), "date", 1),
        (["2024-01-01", "yesterday"], pa.string(), "timestamp", 1),
        (["2024-01-01", "2024-13-01Z"], pa.string(), "timestamp", 1),
        ([["1"], None, ["2", "x"]], pa.list_(pa.string()), "list(int)", 2),
    ],
)
def test_the_first_value_that_would_change_is_named(values, stored, declared, row):
    with pytest.raises(UnconvertibleError) as error:
        convert(column(values, stored), arrow_type(declared), "UTC")
    assert error.value.row == row


@pytest.mark.parametrize(
    ("values", "stored", "declared"),
    [
        ([1], pa.int64(), "timestamp"),
        ([1], pa.int64(), "bool"),
        ([1.5], pa.float64(), "string"),
        ([date(2024, 1, 1)], pa.date32(), "timestamp"),
        ([NOON], pa.timestamp("us", tz="UTC"), "date"),
        (["a"], pa.string(), "list(string)"),
        ([[datetime(2024, 1, 1)]], pa.list_(pa.timestamp("us")), "list(int)"),
        ([b"a"], pa.binary(), "string"),
    ],
)
def test_a_stored_type_that_does_not_fit_is_refused_whole(values, stored, declared):
    with pytest.raises(UnconvertibleError) as error:
        convert(column(values, stored), arrow_type(declared), "UTC")
    assert error.value.row is None
