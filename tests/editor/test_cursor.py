"""Where the cursor stands, in text that is being typed."""

from __future__ import annotations

import pytest

from mlc_compiler.editor.cursor import legible, spot

HEAD = "mlc: 1\nname: x\n"


@pytest.mark.parametrize(
    ("text", "path", "on", "before", "after"),
    [
        pytest.param("a: fl‸\n", ("a",), "value", "fl", "", id="value"),
        pytest.param("a: fl‸ights\n", ("a",), "value", "fl", "ights", id="inside a word"),
        pytest.param("a: ‸\nb: 1\n", ("a",), "value", "", "", id="no value yet"),
        pytest.param("a:\n  b: 1\n  fr‸\nc: 1\n", ("a", "frzzcursorzz"), "key", "fr", "", id="half a key"),
        pytest.param("a:\n  b: 1\n  ‸\nc: 1\n", ("a", "zzcursorzz"), "key", "", "", id="no key yet"),
        pytest.param("a: [b, ‸]\n", ("a", 1), "value", "", "", id="in a list"),
        pytest.param("a: [b, c‸\nd: 1\n", ("a", 1), "value", "c", "", id="in a list that is open"),
        pytest.param("a: {b: [c, ‸\nd: 1\n", ("a", "b", 1), "value", "", "", id="in two brackets that are open"),
        pytest.param("a: {b: c,\n    d‸\n    e: 1}\n", ("a", "dzzcursorzz"), "key", "d", "", id="before the next line"),
        pytest.param("a: {b: c‸\n    e: 1}\n", ("a", "b"), "value", "c", "", id="value before the next line"),
        pytest.param("a: {b: c‸, d: 1}\n", ("a", "b"), "value", "c", "", id="in a flow mapping"),
        pytest.param("a: {b: 1, c‸\nd: 1\n", ("a", "czzcursorzz"), "key", "c", "", id="half a key in an open one"),
        pytest.param("a:\n  - b\n  - ‸\n", ("a", 1), "value", "", "", id="in a block list"),
        pytest.param('a: "sum(x‸\nb: 1\n', ("a",), "value", "sum(x", "", id="in an open quote"),
        pytest.param("a: 'it''s ‸'\n", ("a",), "value", "it's ", "", id="in a quote"),
        pytest.param("a: {x: coalesce(b, c‸)}\n", ("a", "x"), "value", "coalesce(b, c", ")", id="after a comma"),
        pytest.param("a: |\n  select ‸\n  from b\n", ("a",), "value", "select ", "\nfrom b\n", id="in a block"),
        pytest.param("a: x > 1 and\n  y‸\n", ("a",), "value", "x > 1 and y", "", id="on a second line"),
        pytest.param("a: ‸\nb: [1\nc: }\nd: 1\n", ("a",), "value", "", "", id="with broken lines below"),
        pytest.param("a: &x {b: 1}\nc: [*x, ‸]\n", ("c", 1), "value", "", "", id="beside an alias"),
        pytest.param("a: größer‸ # é\n", ("a",), "value", "größer", "", id="beyond ASCII"),
    ],
)
def test_yaml(text: str, path: tuple[str | int, ...], on: str, before: str, after: str) -> None:
    marked = HEAD + text
    found = spot(marked.replace("‸", ""), marked.index("‸"), "a.yaml")
    assert found is not None
    assert (found.path, found.on, found.before, found.after, found.bare) == (path, on, before, after, False)


@pytest.mark.parametrize(
    ("text", "path", "on", "before", "bare"),
    [
        pytest.param('a = "fl‸"\n', ("a",), "value", "fl", False, id="value"),
        pytest.param('a = "fl‸\nb = 1\n', ("a",), "value", "fl", False, id="open quote"),
        pytest.param("a = ‸\nb = 1\n", ("a",), "value", "", True, id="no value yet"),
        pytest.param("a = [‸\nb = 1\n", ("a", 0), "value", "", True, id="open list"),
        pytest.param('a = ["b", "c‸\nb = 1\n', ("a", 1), "value", "c", False, id="open list, open quote"),
        pytest.param('a = [\n  "b",\n  ‸\n  "c"]\n', ("a", 1), "value", "", True, id="list of several lines"),
        pytest.param('a = ["b", ‸]\n', ("a", 1), "value", "", True, id="in a list"),
        pytest.param("[t]\nb = 1\nfr‸\nc = 1\n", ("t", "frzzcursorzz"), "key", "fr", False, id="half a key"),
        pytest.param('[t]\nb = { c = "d‸\ne = 1\n', ("t", "b", "c"), "value", "d", False, id="open inline table"),
        pytest.param("[t]\nb = { c = ‸ }\n", ("t", "b", "c"), "value", "", True, id="no value in an inline table"),
        pytest.param('[[t]]\nb = "x"\n[[t]]\nb = "y‸"\n', ("t", 1, "b"), "value", "y", False, id="array of tables"),
        pytest.param('a = "x‸"\nb = = 1\nc = 1\n', ("a",), "value", "x", False, id="with a broken line below"),
    ],
)
def test_toml(text: str, path: tuple[str | int, ...], on: str, before: str, bare: bool) -> None:
    marked = 'mlc = 1\nname = "x"\n' + text
    found = spot(marked.replace("‸", ""), marked.index("‸"), "a.toml")
    assert found is not None
    assert (found.path, found.on, found.before, found.bare) == (path, on, before, bare)


@pytest.mark.parametrize("text", ["a: 1 # ‸\n", "# ‸\n", "a: 1\n--- ‸\n"])
def test_what_is_no_key_and_no_value_is_no_place(text: str) -> None:
    marked = HEAD + text
    assert spot(marked.replace("‸", ""), marked.index("‸"), "a.yaml") is None


def test_what_cannot_be_mended_is_no_place() -> None:
    text = "a: {‸\n" + "b: [1\n" * 20
    assert spot(text.replace("‸", ""), text.index("‸"), "a.yaml") is None


def test_lines_that_cannot_be_read_are_left_out_and_all_else_stays_where_it_is() -> None:
    text = "mlc: 1\nname: x\nsources: {\nfeatures: {a: 1}\n"
    document = legible(text, "a.yaml")
    assert document is not None
    assert document.data is not None
    assert document.data["features"] == {"a": 1}
    assert document.text.index("features") == text.index("features")


def test_a_text_that_can_be_read_is_left_as_it_is() -> None:
    document = legible(HEAD, "a.yaml")
    assert document is not None
    assert document.text == HEAD
