"""Alignment gives each character of a value its place, for whatever scalars a program writes."""

import re
from typing import Any

import tomlkit
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from mlc_compiler.source.place import Place
from mlc_compiler.source.read import read

LETTERS = re.compile(r"[a-zA-Z]+")
TEXT = st.text("abcXYZ \n'\"\\é()[]{}:#,\t-", min_size=1, max_size=40)


def check(text: str, suffix: str) -> None:
    """Each run of plain letters is found where the same letters stand in the text."""
    document = read(text.encode(), f"spec.{suffix}")
    assert document.data is not None
    value: Any = document.data["v"]
    if not isinstance(value, str):
        return
    for run in LETTERS.finditer(value):
        span = document.span(Place(document.file, ("v",), inside=run.span()))
        found = document.text[span.start.offset : span.end.offset]
        # A line may be folded within a run only by an escaped break.
        assert re.sub(r"\\\n\s*\\?", "", found) == run.group()


@settings(max_examples=100)
@given(TEXT, st.sampled_from([None, "'", '"', "|", ">"]), st.sampled_from([8, 80]))
def test_yaml(value: str, style: str | None, width: int) -> None:
    check(yaml.safe_dump({"v": value}, default_style=style, width=width, allow_unicode=True), "yaml")


@settings(max_examples=60)
@given(TEXT, st.booleans(), st.booleans())
def test_toml(value: str, literal: bool, multiline: bool) -> None:
    try:
        item = tomlkit.string(value, literal=literal, multiline=multiline)
    except ValueError:
        item = tomlkit.string(value)
    check(tomlkit.dumps({"v": item}), "toml")
