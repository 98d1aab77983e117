"""Durations and windows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_compiler.expression.duration import Duration, parse_duration, parse_window

HOUR = 3_600_000_000


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("14d", 14 * 24 * HOUR),
        ("1w", 168 * HOUR),
        ("6h", 6 * HOUR),
        ("30m", HOUR // 2),
        ("1s", 10**6),
        ("5ms", 5_000),
        ("-1d", -24 * HOUR),
        ("0d", 0),
        ("0", 0),
        (" 2h ", 2 * HOUR),
    ],
)
def test_durations(text: str, micros: int) -> None:
    assert parse_duration(text) == Duration(micros)


@pytest.mark.parametrize("text", ["", "d", "14", "1.5h", "1 d", "1y", "1month", "--1d", "1d2h", "9999999w", "١d"])
def test_no_durations(text: str) -> None:
    assert parse_duration(text) is None


@given(st.integers(-(10**13), 10**13).map(lambda ms: Duration(ms * 1000)))
def test_text_of_a_duration_reads_as_itself(duration: Duration) -> None:
    assert parse_duration(str(duration)) == duration


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("14d", "-14d..0d"),
        ("0d..30d", "0d..30d"),
        ("-1d..0", "-1d..0d"),
        ("-48h..-60m", "-2d..-1h"),
        ("0..1w", "0d..7d"),
    ],
)
def test_windows(text: str, canonical: str) -> None:
    assert str(parse_window(text)) == canonical


@pytest.mark.parametrize("text", ["", "0d", "-14d", "..", "1d..", "..1d", "1d..1d", "2d..1d", "1d...2d", "1d..2d..3d"])
def test_no_windows(text: str) -> None:
    assert parse_window(text) is None
