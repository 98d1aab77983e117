"""The canonical form: what it looks like, and that it says what was said."""

from pathlib import Path
from typing import Any

import pytest
import tomlkit
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlc_compiler.source.comments import comments
from mlc_compiler.source.document import Document
from mlc_compiler.source.format import format_document
from mlc_compiler.source.read import read

CASES = Path(__file__).parent / "format"


def formatted(text: str, suffix: str) -> str:
    document = read(text.encode(), f"spec.{suffix}")
    assert document.problems == ()
    return format_document(document)


@pytest.mark.parametrize("path", sorted(CASES.glob("*.in.*")), ids=lambda path: path.name)
def test_before_and_after(path: Path, golden: Any) -> None:
    golden(path.with_name(path.name.replace(".in.", ".out.")), formatted(path.read_text(), path.suffix[1:]))


@pytest.mark.parametrize("path", sorted(CASES.glob("*.out.*")), ids=lambda path: path.name)
def test_the_canonical_form_is_its_own(path: Path) -> None:
    assert formatted(path.read_text(), path.suffix[1:]) == path.read_text()


def test_a_text_with_problems_is_not_formatted() -> None:
    with pytest.raises(ValueError, match=r"spec\.yaml was not read"):
        format_document(read(b"a: 1\na: 2\n", "spec.yaml"))


@pytest.mark.parametrize("word", ["NO", "on", "12:30", "1_000", "0777", "0o17", "1.50", "~", "null", "2024-01-01"])
def test_a_scalar_stays_as_it_is_written(word: str) -> None:
    assert formatted(f"a: {word}\nb: '{word}'\n", "yaml") == f'a: {word}\nb: "{word}"\n'


def test_order_in_prepare_and_grid_is_the_authors() -> None:
    text = "training:\n  t:\n    prepare: {z: {use: p.Z}, a: {use: p.A}}\n    grid: {z.c: [2, 1], a.b: [1]}\n"
    assert formatted(text, "yaml") == text


def test_an_alias_never_comes_before_its_anchor() -> None:
    text = "steps:\n  a: &a {use: p:q}\nsources: {b: *a}\n"
    assert formatted(text, "yaml") == text


def test_line_breaks_and_byte_order_mark_are_the_usual_ones() -> None:
    assert formatted("\ufeffname: x\r\nmlc: 1\r\n", "yaml") == "mlc: 1\nname: x\n"
    assert formatted('\ufeffname = "x"\r\nmlc = 1\r\n', "toml") == 'mlc = 1\nname = "x"\n'


NAMES = st.sampled_from(["mlc", "name", "sources", "steps", "a", "b c", "NO", "é", "#x", "12:30"])
SCALARS = st.sampled_from(
    ["x", "it's", 'a "b"', "a # b", "a: b", "", "NO", "two\nlines\n", "a\\b", "long " * 30, "f(a, b)"]
)
SCALARS |= st.integers(-9, 9) | st.booleans() | st.floats(-2, 2)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=10
)
DATA = st.dictionaries(NAMES, VALUES, min_size=1, max_size=5)


def commented(draw: st.DataObject, text: str, suffix: str) -> Document:
    """The document with comments and empty lines strewn in, where they leave the data alone."""
    plain = read(text.encode(), f"spec.{suffix}")
    assume(not plain.problems)
    for number in range(draw.draw(st.integers(0, 4))):
        lines = text.splitlines()
        at = draw.draw(st.integers(0, len(lines)))
        kind = draw.draw(st.sampled_from(["own", "beside", "empty"]))
        if kind == "beside" and at < len(lines):
            lines[at] += draw.draw(st.sampled_from(["  ", " ", "       "])) + f"# note {number}"
        elif kind == "own":
            lines.insert(at, " " * draw.draw(st.integers(0, 6)) + f"# note {number}")
        else:
            lines.insert(at, "")
        changed = "\n".join(lines) + "\n"
        if read(changed.encode(), f"spec.{suffix}").data == plain.data:
            text = changed
    return read(text.encode(), f"spec.{suffix}")


def check(document: Document) -> None:
    text = format_document(document)
    again = read(text.encode(), document.file)
    assert again.problems == ()
    assert again.data == document.data
    assert notes(again) == notes(document)
    assert format_document(again) == text


def notes(document: Document) -> list[str]:
    return sorted(document.text[start:end].strip() for start, end in comments(document))


@settings(max_examples=40)
@given(DATA, st.sampled_from([None, True, False]), st.sampled_from([2, 4, 8]), st.sampled_from([20, 100]), st.data())
def test_yaml_says_the_same(
    data: dict[str, Any], flow: bool | None, indent: int, width: int, draw: st.DataObject
) -> None:
    text = yaml.safe_dump(
        data, default_flow_style=flow, indent=indent, width=width, sort_keys=False, allow_unicode=True
    )
    check(commented(draw, text, "yaml"))


@settings(max_examples=40)
@given(DATA, st.data())
def test_toml_says_the_same(data: dict[str, Any], draw: st.DataObject) -> None:
    check(commented(draw, tomlkit.dumps(data), "toml"))
