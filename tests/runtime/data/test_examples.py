"""Examples from rows and from spines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlc_runtime.errors import StepError
from mlc_runtime.ops import examples
from mlc_runtime.ops import filter as population

START = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = 3_600_000_000


def instants(values):
    return pa.array(values, pa.timestamp("us", tz="UTC"))


def params(at, columns, **more):
    plain = {"key": ["id"], "time": "t", "row_known": ["t"], "as_of": None}
    return {"at": at, "columns": [{"name": name} for name in columns], **plain, **more}


def every(step, start, until, by=(), **more):
    return {"every": step, "from": start, "until": until, "by": list(by), **more}


def test_rows_keep_their_position_and_lose_what_has_no_moment(context, lines):
    source = pa.table({"id": [7, 8, 9], "t": instants([START, None, START])})
    found = examples.run({"source": source}, params({"sql": "t - interval 1 hour"}, ["id"]), context)["table"]
    assert found.to_pylist() == [{"$row": row, "$at": START - timedelta(hours=1), "id": 7 + row} for row in (0, 2)]
    assert lines == ["1 rows left out: their `$at` is null"]


def test_without_time_there_is_no_moment(context):
    found = examples.run({"source": pa.table({"id": [7, 8]})}, params(None, ["id"]), context)["table"]
    assert found.to_pylist() == [{"$row": 0, "id": 7}, {"$row": 1, "id": 8}]


def test_a_population_keeps_true_rows_by_their_own_columns_and_those_of_groups(context):
    rows = pa.table({"$row": [0, 2, 5], "x": [1, 1, 0]})
    group = pa.table({"$row": [0, 2, 5], "n": [3, None, 3]})
    where = {"where": 'x = 1 and "g.n" > 2'}
    found = population.run({"rows": rows, "g": group}, where, context)["table"]
    assert found.to_pylist() == [{"$row": 0, "x": 1}]


def test_months_keep_the_local_time_and_the_day_where_there_is_one(make_context):
    source = pa.table({"id": [1], "t": instants([START - timedelta(days=1)])})
    at = every("month", "2024-01-31 09:00", "2024-05-01")
    found = examples.run({"source": source}, params(at, []), make_context("America/New_York"))["table"]
    assert found["$at"].to_pylist() == [
        datetime(2024, 1, 31, 14, tzinfo=UTC),
        datetime(2024, 2, 29, 14, tzinfo=UTC),
        datetime(2024, 3, 31, 13, tzinfo=UTC),
        datetime(2024, 4, 30, 13, tzinfo=UTC),
    ]


def test_a_day_of_a_spine_is_24_hours(make_context):
    source = pa.table({"id": [1], "t": instants([datetime(2013, 1, 1, tzinfo=UTC)])})
    at = every(24 * HOUR, "2013-03-09", "2013-03-11 12:00")
    found = examples.run({"source": source}, params(at, []), make_context("America/New_York"))["table"]
    assert [moment.hour for moment in found["$at"].to_pylist()] == [5, 5, 5]


def test_a_spine_ends_at_as_of_and_can_be_read_there_alone(make_context, micros):
    source = pa.table({"id": [1], "t": instants([START])})
    as_of = micros("2024-01-03T12:00")
    context = make_context(as_of=as_of)
    at = every(24 * HOUR, "2024-01-01", "$as_of")
    found = examples.run({"source": source}, params(at, ["id"]), context)["table"]
    assert [moment.day for moment in found["$at"].to_pylist()] == [2, 3]
    now = examples.run({"source": source}, params({**at, "now": True}, ["id"], as_of=as_of), context)["table"]
    assert now.to_pylist() == [{"$row": 0, "$at": datetime(2024, 1, 3, 12, tzinfo=UTC), "id": 1}]


def test_a_spine_without_an_end_says_so(context):
    source = pa.table({"id": [1], "t": instants([START])})
    with pytest.raises(StepError, match="`until`") as error:
        examples.run({"source": source}, params(every(HOUR, "2024-01-01", "$as_of"), []), context)
    assert error.value.code == "MLC970"


def test_hostile_names_in_a_spine(context):
    name = 'e0"; drop table dates; --'
    source = pa.table({"id": [1], name: ["it's"], "t": instants([START])})
    at = every(24 * HOUR, "2024-01-02", "2024-01-02", [name])
    found = examples.run({"source": source}, params(at, [name]), context)["table"]
    assert found[name].to_pylist() == ["it's"]


moments = st.none() | st.integers(0, 6)
rows = st.lists(st.tuples(st.sampled_from(["a", "b", None]), moments, moments), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows, step=st.integers(1, 3), first=st.integers(0, 3), last=st.integers(0, 8))
def test_a_spine_is_the_latest_row_before_and_known(context, rows, step, first, last):
    """Against the definition, row by row: ties in time, late rows, rows never known, unknown entities."""

    def hours(count):
        return None if count is None else START + timedelta(hours=count)

    source = pa.table(
        {
            "id": pa.array(range(len(rows)), pa.int64()),
            "who": pa.array([who for who, _, _ in rows], pa.string()),
            "t": instants([hours(time) for _, time, _ in rows]),
            "k": instants([hours(known) for _, _, known in rows]),
        }
    )
    wanted = []
    for hour in range(first, last + 1, step):
        for who in ("a", "b"):
            there = [
                (time, known, place)
                for place, (entity, time, known) in enumerate(rows)
                if entity == who and time is not None and known is not None and time < hour and known <= hour
            ]
            if there:
                wanted.append((hours(hour), who, max(there)[2]))
    at = every(step * HOUR, f"2024-01-01 {first:02}:00", f"2024-01-01 {last:02}:00", ["who"])
    found = examples.run({"source": source}, params(at, ["who", "id"], row_known=["k"]), context)["table"]
    assert found["$row"].to_pylist() == list(range(len(wanted)))
    assert list(zip(*(found[name].to_pylist() for name in ("$at", "who", "id")), strict=True)) == wanted
