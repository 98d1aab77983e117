"""Places resolve to the text that they mean, in YAML and in TOML."""

import textwrap

import pytest
from mlc_compiler.source.document import Document
from mlc_compiler.source.place import Path, Place, Position, Span
from mlc_compiler.source.read import read

YAML = """\
name: churn
sources:
  orders: &orders
    read: {connection: shop, table: "public.orders"}
    key: [order_id, 'line']
  old: *orders
  new:
    <<: *orders
    time: placed_at
schedule:
  - cron: "0 2 * * *"
    run: [churn]
description: >
  first
  second

  third
"""

TOML = """\
name = "churn"
schedule = [{cron = "0 2 * * *", run = ["churn"]}]

[sources.orders]
read.connection = "shop"
"read"."table" = 'public.orders'
key = ["order_id", "line"]

[[steps.list]]
use = 1979-05-27T07:32:00Z

[[steps.list]]
use = "b"
[steps.list.with]
x = 1
"""


def document(text: str, suffix: str) -> Document:
    read_ = read(text.encode(), f"spec.{suffix}")
    assert read_.problems == ()
    return read_


def shown(document: Document, path: Path, on: str = "value", inside: tuple[int, int] | None = None) -> str:
    place = Place(document.file, path, "key" if on == "key" else "value", inside)
    span = document.span(place)
    return document.text[span.start.offset : span.end.offset]


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("name",), "name", "churn"),
        (("sources", "orders", "read"), "read", '{connection: shop, table: "public.orders"}'),
        (("sources", "orders", "read", "table"), "table", '"public.orders"'),
        (("sources", "orders", "key", 1), "'line'", "'line'"),
        (("sources", "old", "key", 0), "order_id", "order_id"),
        (("sources", "new", "read", "connection"), "connection", "shop"),
        (("sources", "new", "time"), "time", "placed_at"),
        (("schedule", 0, "run"), "run", "[churn]"),
        (("schedule", 0), 'cron: "0 2 * * *"', 'cron: "0 2 * * *"\n    run: [churn]'),
        (("description",), "description", ">\n  first\n  second\n\n  third"),
    ],
)
def test_yaml(path: Path, key: str, value: str) -> None:
    spec = document(YAML, "yaml")
    assert shown(spec, path, "key") == key
    assert shown(spec, path) == value


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("name",), "name", '"churn"'),
        (("schedule", 0, "run", 0), '"churn"', '"churn"'),
        (("schedule", 0, "cron"), "cron", '"0 2 * * *"'),
        (("sources", "orders", "read", "table"), '"table"', "'public.orders'"),
        (("sources", "orders", "read", "connection"), "connection", '"shop"'),
        (("sources", "orders", "key"), "key", '["order_id", "line"]'),
        (("steps", "list", 0, "use"), "use", "1979-05-27T07:32:00Z"),
        (("steps", "list", 1, "with", "x"), "x", "1"),
    ],
)
def test_toml(path: Path, key: str, value: str) -> None:
    spec = document(TOML, "toml")
    assert shown(spec, path, "key") == key
    assert shown(spec, path) == value


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("sources", "orders", "known"), "orders"),
        (("sources", "orders", "read", "connection", "deeper"), "connection"),
        (("sources", "orders", "key", 7), "key"),
        (("schedule", 0, "name"), 'cron: "0 2 * * *"'),
        (("sources", 0), "sources"),
        (("nothing",), "name: churn"),
        ((), YAML.rstrip()),
    ],
)
def test_a_path_that_leads_nowhere_is_at_what_lacks_it(path: Path, expected: str) -> None:
    assert shown(document(YAML, "yaml"), path) == expected


def test_what_comes_through_an_alias_names_its_use() -> None:
    spec = document(YAML, "yaml")
    assert [span.start.line for span in spec.related(Place(spec.file, ("sources", "old", "key")))] == [6]
    assert [span.start.line for span in spec.related(Place(spec.file, ("sources", "new", "key")))] == [8]
    assert spec.related(Place(spec.file, ("sources", "orders", "key"))) == ()
    assert spec.related(Place(spec.file, ("sources", "new", "time"))) == ()


def test_lines_and_columns_count_code_points() -> None:
    spec = document('é: "日本"\r\n"👩": [1]\r\n', "yaml")
    assert spec.span(Place(spec.file, ("é",))) == Span(Position(1, 4, 3), Position(1, 8, 7))
    assert spec.span(Place(spec.file, ("👩",), "key")) == Span(Position(2, 1, 9), Position(2, 4, 12))
    assert spec.line(2) == '"👩": [1]'
    assert spec.line(9) == ""
    toml = document('"é" = "日本"\n"👩" = [1]\n', "toml")
    assert toml.span(Place(toml.file, ("👩", 0))) == Span(Position(2, 8, 18), Position(2, 9, 19))


@pytest.mark.parametrize(
    ("text", "inside", "expected"),
    [
        ("v: a + bad", (4, 7), "bad"),
        ("v: &x a + bad", (4, 7), "bad"),
        ("v: 'a + ''b'' + bad'", (10, 13), "bad"),
        ("v: 'it''s'", (2, 3), "''"),
        (r'v: "\u0061 \"b\" \\ bad"', (8, 11), "bad"),
        (r'v: "\x41bad"', (0, 1), r"\x41"),
        ('v: "a \\\n   bad"', (2, 5), "bad"),
        ("v: a +\n  bad", (4, 7), "bad"),
        ("v: |\n  a\n   + bad\n", (5, 8), "bad"),
        ("v: >-\n  a\n  bad\n\n  c\n", (2, 5), "bad"),
        ("v: |2\n    bad\n", (2, 5), "bad"),
        ("v: bad", (3, 3), ""),
        ("v: bad", (1, 99), "ad"),
        ("v: {x: f(a, bad)}", (0, 0), "{x: f(a, bad)}"),
        ("v: 12", (0, 1), "12"),
    ],
)
def test_inside_a_yaml_text(text: str, inside: tuple[int, int], expected: str) -> None:
    spec = read(f"{text}\n".encode(), "spec.yaml")
    assert shown(spec, ("v",), inside=inside) == expected


@pytest.mark.parametrize(
    ("text", "inside", "expected"),
    [
        ('v = "a + bad"', (4, 7), "bad"),
        ("v = 'a + bad'", (4, 7), "bad"),
        (r'v = "\u00e9\t\"bad"', (3, 6), "bad"),
        ('v = """\na\n+ bad"""', (4, 7), "bad"),
        ("v = '''\r\na\r\n+ bad'''", (4, 7), "bad"),
        ('v = """a \\\n   bad"""', (2, 5), "bad"),
    ],
)
def test_inside_a_toml_text(text: str, inside: tuple[int, int], expected: str) -> None:
    assert shown(document(f"{text}\n", "toml"), ("v",), inside=inside) == expected


def test_a_mended_value_is_a_value_like_any_other() -> None:
    spec = read(b"v: {x: f(a, bad)}\n", "spec.yaml")
    assert shown(spec, ("v", "x"), inside=(5, 8)) == "bad"


def test_broken_text_still_has_lines() -> None:
    spec = read(textwrap.dedent("a: 1\nb: [\n").encode(), "spec.yaml")
    assert spec.data is None
    assert spec.line(2) == "b: ["
    assert spec.span(Place(spec.file, ("a",))) == Span(Position(1, 1, 0), Position(1, 1, 0))
