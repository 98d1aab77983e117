"""The small values: what they take, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from mlc_compiler.spec.cron import check_cron
from mlc_compiler.spec.describe import describe, flow
from mlc_compiler.spec.parameter import Parameter
from mlc_compiler.spec.timezone import check_timezone


@pytest.mark.parametrize(
    "line",
    ["0 3 * * *", "*/15 0-6,22 1,15 JAN-MAR mon", "5 4 * * 0", "5 4 * * 7", "59 23 31 12 SUN", "0 0-23/2 * * 1-5"],
)
def test_cron_lines(line: str) -> None:
    assert check_cron(line) == line


@pytest.mark.parametrize(
    "line",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "5-1 * * * *",
        "*/0 * * * *",
        "@daily",
        "a * * * *",
        "1, * * * *",
        "* * * * mon#1",
        "1-2-3 * * * *",
        "-1 * * * *",
        "² * * * *",
    ],
)
def test_what_is_no_cron_line(line: str) -> None:
    with pytest.raises(PydanticCustomError):
        check_cron(line)


@pytest.mark.parametrize("name", ["UTC", "Europe/Zurich", "America/Argentina/Buenos_Aires"])
def test_time_zones(name: str) -> None:
    assert check_timezone(name) == name


@pytest.mark.parametrize("name", ["", "utc ", "localtime", "../../etc/passwd", "Europe", "Europe/zurich", "+01:00"])
def test_what_is_no_time_zone(name: str) -> None:
    with pytest.raises(PydanticCustomError):
        check_timezone(name)


@pytest.mark.parametrize(
    ("type_", "rules", "value", "reason"),
    [
        ("int", {}, 3, ""),
        ("int", {}, True, "is no int"),
        ("int", {}, 3.0, "is no int"),
        ("float", {}, 3, ""),
        ("float", {}, float("nan"), "is no float"),
        ("bool", {}, 1, "is no bool"),
        ("date", {}, "2024-02-30", "is no date"),
        ("date", {"min": "2024-01-01"}, "2023-12-31", "is less than `min`"),
        ("timestamp", {"max": "2024-01-01T00:00Z"}, "2024-01-01T00:00+01:00", ""),
        ("timestamp", {"max": "2024-01-01T00:00Z"}, "2024-01-01T02:00+01:00", "is greater than `max`"),
        ("timestamp", {"max": "2024-01-01T00:00Z"}, "2025-01-01T00:00", ""),
        ("string", {"one_of": ["a", "b"]}, "c", "is not in `one_of`"),
    ],
)
def test_parameters(type_: str, rules: dict[str, Any], value: Any, reason: str) -> None:
    fitting = {
        "int": 1,
        "float": 1.0,
        "bool": True,
        "date": "2024-06-01",
        "timestamp": "2023-01-01T00:00Z",
        "string": "a",
    }
    parameter = Parameter.model_validate({"type": type_, "default": fitting[type_], **rules})
    assert parameter.refuses(value) == reason


@pytest.mark.parametrize("rules", [{"min": "a"}, {"max": None}, {"one_of": [1, "2"]}, {"min": 5}, {"one_of": [2, 3]}])
def test_rules_fit_the_type(rules: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Parameter.model_validate({"type": "int", "default": 1, **rules})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "`true`"),
        (1.5, "the number `1.5`"),
        ("", "an empty text"),
        ("x" * 99, f"the text `{'x' * 40}`"),
        ([1], "a list"),
        ({}, "a mapping"),
    ],
)
def test_descriptions(value: object, text: str) -> None:
    assert describe(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("14d", "14d"),
        ("20%", "20%"),
        ("-1d..0d", '"-1d..0d"'),
        ("1.5", '"1.5"'),
        ("true", '"true"'),
        ("a, b", '"a, b"'),
        ("s3://b/p", "s3://b/p"),
        ({"a": [1, False]}, "{a: [1, false]}"),
        ('say "so"', '"say \\"so\\""'),
    ],
)
def test_values_on_one_line(value: object, text: str) -> None:
    assert flow(value) == text
