"""What a YAML text means, and what is wrong with it, construct by construct."""

import math
from typing import Any

import pytest

from mlc_compiler.source.limits import MAX_BYTES, MAX_VALUES
from mlc_compiler.source.read import read


def value(text: str) -> Any:
    document = read(f"v: {text}\n".encode(), "spec.yaml")
    assert document.problems == ()
    assert document.data is not None
    return document.data["v"]


def codes(text: str | bytes) -> list[str]:
    raw = text if isinstance(text, bytes) else text.encode()
    return [problem.code for problem in read(raw, "spec.yaml").problems]


TEXT = """
NO no on off yes y 12:30 1_000 0b1 0x 0o9 -0x1F 1e . e3 nUll tRUE + = 1.2.3 1d -14d..0d infinity .infinity
2024-01-01 2024-01-01T00:00:00Z
"""


@pytest.mark.parametrize("text", TEXT.split())
def test_text_that_other_readers_take_for_something_else(text: str) -> None:
    assert value(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("true", True),
        ("TRUE", True),
        ("False", False),
        ("7", 7),
        ("+7", 7),
        ("-7", -7),
        ("0777", 777),
        ("0o17", 15),
        ("0x1F", 31),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("1.", 1.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("9223372036854775807", 2**63 - 1),
    ],
)
def test_core_schema(text: str, expected: object) -> None:
    assert value(text) == expected
    assert type(value(text)) is type(expected)


def test_not_a_number() -> None:
    assert math.isnan(value(".nan"))


def test_norway_is_a_country() -> None:
    assert value("[SE, NO, DK]") == ["SE", "NO", "DK"]


def test_a_quoted_scalar_is_text() -> None:
    assert value("['1', \"true\", '', \"~\"]") == ["1", "true", "", "~"]


def test_merge_keys() -> None:
    document = read(b"a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {z: 5, <<: [*a, *b]}\n", "spec.yaml")
    assert document.problems == ()
    assert document.data is not None
    assert document.data["c"] == {"x": 1, "y": 2, "z": 5}


def test_a_quoted_merge_key_is_a_key() -> None:
    assert value('{"<<": 1}') == {"<<": 1}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "MLC002"),
        ("# only a comment\n", "MLC002"),
        ("---\n", "MLC002"),
        (b"a: caf\xe9", "MLC003"),
        ("a: 1".encode("utf-16"), "MLC003"),
        ("a: 1".encode("utf-16-le"), "MLC003"),
        ("a: 1".encode("utf-32"), "MLC003"),
        ("a: \x1b[31m", "MLC004"),
        ("a: \x00", "MLC004"),
        ("a: x\u2028y", "MLC004"),
        ("a: x\x85y", "MLC004"),
        ("[" * 300_000, "MLC005"),
        ("a: " + "{a: " * 300_000, "MLC005"),
        ("- " * 100_000, "MLC005"),
        ("a: [" + "a," * (MAX_VALUES + 10), "MLC005"),
        (b"#" * (MAX_BYTES + 1), "MLC005"),
        ("a: [1", "MLC006"),
        ("a:\n\tb: 1", "MLC006"),
        ("a: 1\na: 2", "MLC007"),
        ("1: a", "MLC008"),
        ("true: a", "MLC008"),
        ("? [a]\n: b", "MLC008"),
        ("a: {x: coalesce(a, b)}", "MLC009"),
        ("a: !!python/object/apply:os.system [true]", "MLC010"),
        ("a: !mine 1", "MLC010"),
        ("%YAML 1.1\n---\na: 1", "MLC010"),
        ("a: 1\n---\nb: 1", "MLC011"),
        ("a: *b", "MLC012"),
        ("a: &a [*a]", "MLC012"),
        ("a: {<<: 1}", "MLC012"),
        ("- a", "MLC013"),
        ("text", "MLC013"),
        ("a: 9223372036854775808", "MLC014"),
        ("a: 1e999", "MLC014"),
        ("a: " + "9" * 100_000, "MLC014"),
    ],
)
def test_one_cause_one_problem(text: str | bytes, code: str) -> None:
    assert codes(text) == [code]


def test_an_alias_bomb_ends_soon() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    assert codes("\n".join(levels)) == ["MLC005"]


def test_a_bomb_of_merges_ends_soon() -> None:
    lines = ["a0: &a0 {" + ", ".join(f"k{i}: 1" for i in range(1000)) + "}"]
    lines += [f"b{i}: {{<<: *a0}}" for i in range(1000)]
    assert codes("\n".join(lines)) == ["MLC005"]


def test_byte_order_mark_and_line_breaks_change_nothing() -> None:
    plain = read(b"a: 1\nb:\n  - x\n", "spec.yaml")
    assert read(b"\xef\xbb\xbfa: 1\nb:\n  - x\n", "spec.yaml").data == plain.data
    assert read(b"a: 1\r\nb:\r\n  - x\r\n", "spec.yaml").data == plain.data


def test_all_that_can_be_read_past_is_reported_at_once() -> None:
    text = "a: 1\na: 2\nb: !t x\n1: c\nd: {e: f(g, h), i: 1}\n"
    document = read(text.encode(), "spec.yaml")
    assert [problem.code for problem in document.problems] == ["MLC007", "MLC010", "MLC008", "MLC009"]
    assert document.data == {"a": 1, "b": "x", "1": "c", "d": {"e": "f(g, h)", "i": 1}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{x: coalesce(a, b), y: 1}", {"x": "coalesce(a, b)", "y": 1}),
        ("{x: f(g(a, b), c), y: h(i, j)}", {"x": "f(g(a, b), c)", "y": "h(i, j)"}),
        ("{x: decimal(10,2)}", {"x": "decimal(10,2)"}),
        ("[f(a, b) > 0, c]", ["f(a, b) > 0", "c"]),
        ("{x: date_diff('day', a, b)}", {"x": "date_diff('day', a, b)"}),
    ],
)
def test_a_comma_cut_value_is_put_together_again(text: str, value: object) -> None:
    document = read(f"v: {text}\n".encode(), "spec.yaml")
    assert {problem.code for problem in document.problems} == {"MLC009"}
    assert document.data == {"v": value}


def test_a_comma_cut_value_that_does_not_parse_says_so() -> None:
    (problem,) = read(b"v: {x: coalesce(a, 'b') > 0, y: 1}\n", "spec.yaml").problems
    assert problem.code == "MLC009"
    assert problem.extent == (7, 27)


@pytest.mark.parametrize("text", ["{x: (a}", "[f(a, b]", "{x: y, z}", "['f(a', b)]", "{x: f(a, b: c)}"])
def test_what_is_no_cut_value_is_left_alone(text: str) -> None:
    assert "MLC009" not in codes(f"v: {text}")
