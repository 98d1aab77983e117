from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_runtime.data.times import localize

NEW_YORK = "America/New_York"


def local(*texts):
    return pa.chunked_array([pa.array([text and datetime.fromisoformat(text) for text in texts], pa.timestamp("us"))])


def read(zone, *texts):
    return localize(local(*texts), zone)


def test_a_local_time_gets_the_offset_of_its_season():
    found = read(NEW_YORK, "2013-01-01 12:00", "2013-07-01 12:00", None)
    assert found.instants.to_pylist() == [
        datetime(2013, 1, 1, 17, tzinfo=UTC),
        datetime(2013, 7, 1, 16, tzinfo=UTC),
        None,
    ]
    assert (found.twice, found.skipped) == (0, 0)


def test_a_time_that_occurs_twice_is_the_later_one_and_counted():
    found = read(NEW_YORK, "2013-11-03 00:59:59", "2013-11-03 01:00", "2013-11-03 01:59:59", "2013-11-03 02:00")
    assert [moment.hour for moment in found.instants.to_pylist()] == [4, 6, 6, 7]
    assert (found.twice, found.skipped) == (2, 0)


def test_a_time_that_never_occurs_keeps_the_earlier_offset_and_is_counted():
    found = read(NEW_YORK, "2013-03-10 01:59:59", "2013-03-10 02:30", "2013-03-10 03:00")
    assert found.instants.to_pylist()[1] == datetime(2013, 3, 10, 7, 30, tzinfo=UTC)
    assert (found.twice, found.skipped) == (0, 1)


def test_half_an_hour_of_change_is_seen():
    found = read("Australia/Lord_Howe", "2024-04-07 01:45", "2024-04-07 01:15", "2024-10-06 02:15")
    assert (found.twice, found.skipped) == (1, 1)


def test_utc_needs_no_reading():
    assert read("UTC", "2013-03-10 02:30").instants.to_pylist() == [datetime(2013, 3, 10, 2, 30, tzinfo=UTC)]


@pytest.mark.parametrize("zone", [NEW_YORK, "Europe/Zurich", "Australia/Lord_Howe", "Asia/Kolkata"])
@settings(max_examples=25, deadline=None)
@given(minutes=st.lists(st.integers(0, 366 * 24 * 60), min_size=1, max_size=40))
def test_agrees_with_the_standard_library(zone, minutes):
    """`fold=1` is the later of two; in a gap, the standard library's `fold=0` is the offset before the change."""
    naive = [datetime(2024, 1, 1) + timedelta(minutes=each) for each in minutes]
    found = localize(pa.chunked_array([pa.array(naive, pa.timestamp("us"))]), zone)
    twice = skipped = 0
    for one, instant in zip(naive, found.instants.to_pylist(), strict=True):
        early = one.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        late = one.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
        gap = early.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != one
        skipped += gap
        twice += late > early and not gap
        assert instant == (early if gap else late)
    assert (found.twice, found.skipped) == (twice, skipped)
