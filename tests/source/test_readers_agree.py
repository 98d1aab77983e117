"""Our readers and the reference ones read the same document alike."""

import datetime
import math
import tomllib
from typing import Any

import pytest
import tomlkit
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mlc_compiler.source.read import read
from ruamel.yaml import YAML
from ruamel.yaml.error import ReusedAnchorWarning, YAMLError

# What our reader refuses in any text, tomlkit writes as it is.
CHARACTERS = st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co"), exclude_characters="\u2028\u2029\ufeff")
WORDS = "~ null true NO on off y 12:30 0777 0o17 0x1F 1e3 - .inf .nan # a: : [ {a} @a `a` %a !a &a *a << --- | >"
AWKWARD = ["", " ", "- a", "a #b", "a: b", "'", '"', "''", "\\", "\\n", "\n", "a\n", "\na", "a\n\nb\n\n", " a", "a "]
AWKWARD += ["a\n  b\n", "  a\nb", "\ta", "é", "日本", "\U0001f469\u200d\U0001f52c", "coalesce(a, b)", "f(a", "b)"]
AWKWARD += ["...", "a\r\nb", "\x1b[m", "\x7f", "a" * 200]
NASTY = st.sampled_from([*WORDS.split(), *AWKWARD])
TEXT = NASTY | st.text(CHARACTERS, max_size=20) | st.text("ab:#-'\" \n,[]{}()", max_size=12)
SCALAR = TEXT | st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
# The writer of YAML 1.1 leaves `0o17` bare, which is a number in 1.2, and a number is no key.
KEY = TEXT.filter(lambda text: not text[:1].isdigit())
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY, inner, max_size=4), max_leaves=12
)
DOCUMENT = st.dictionaries(KEY, VALUE, min_size=1, max_size=4)


def ours(text: str, suffix: str) -> Any:
    document = read(text.encode(), f"spec.{suffix}")
    assert document.problems == ()
    return document.data


def reference_yaml(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def same(left: Any, right: Any) -> bool:
    if isinstance(left, dict):
        return isinstance(right, dict) and list(left) == list(right) and all(same(left[k], right[k]) for k in left)
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) and math.isnan(left):
        return isinstance(right, float) and math.isnan(right)
    return type(left) is type(right) and left == right


@settings(max_examples=100)
@given(
    DOCUMENT,
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.sampled_from([None, True, False]),
    st.booleans(),
    st.sampled_from([10, 80, 1000]),
)
def test_yaml_as_written_by_a_program(
    data: dict[str, Any], style: str | None, flow: bool | None, raw: bool, width: int
) -> None:
    text = yaml.safe_dump(
        data, default_style=style, default_flow_style=flow, allow_unicode=raw, width=width, sort_keys=False
    )
    # A style for every scalar writes numbers and null as tagged text, which specs do not have.
    assume("!!" not in text)
    assert same(ours(text, "yaml"), reference_yaml(text))


PIECES = ["a", "b: ", "- ", "\n", "\n  ", "\n    ", "{", "}", "[", "]", ", ", ": ", "'", '"', "#c\n", "&x ", "*x"]
PIECES += ["<<: ", "|\n", ">-\n", "1", "0x1", "NO", "é", " ", "\\", "? ", "~", "-1.5", "\r\n", "''", '"\\u00e9"', "1e3"]


@pytest.mark.filterwarnings(f"ignore::{ReusedAnchorWarning.__module__}.ReusedAnchorWarning")
@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_yaml_as_typed(text: str) -> None:
    document = read(f"k: {text}".encode(), "spec.yaml")
    assume(not document.problems)
    try:
        expected = reference_yaml(f"k: {text}")
    except (YAMLError, ValueError, TypeError, NotImplementedError):
        return
    assert same(document.data, expected)


TOML_SCALAR = TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
TOML_SCALAR |= st.datetimes() | st.dates() | st.times() | st.datetimes(timezones=st.just(datetime.UTC))
TOML_VALUE = st.recursive(
    TOML_SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


def isoformat(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: isoformat(item) for key, item in value.items()}
    if isinstance(value, list):
        return [isoformat(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else value


@settings(max_examples=100)
@given(st.dictionaries(TEXT, TOML_VALUE, min_size=1, max_size=4))
def test_toml_as_written_by_a_program(data: dict[str, Any]) -> None:
    text = tomlkit.dumps(data)
    assert same(ours(text, "toml"), isoformat(tomllib.loads(text)))


@pytest.mark.parametrize("suffix", ["yaml", "toml"])
@settings(max_examples=200)
@given(raw=st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
def test_no_bytes_end_in_a_traceback(suffix: str, raw: bytes) -> None:
    document = read(raw, f"spec.{suffix}")
    assert document.problems or document.data
    for problem in document.problems:
        assert 0 <= problem.extent[0] <= problem.extent[1] <= len(document.text)


SPEC = {
    "yaml": """# note
name: churn
features: &f {a: {columns: [x, 'y']}}
steps:
  one: {<<: *f, use: "p:q"}
  two: >
    text
""",
    "toml": """# note
name = "churn"
[features.a]
columns = ["x", 'y']
[[schedule]]
cron = "0 2 * * *"
at = 2024-01-01
""",
}


@pytest.mark.parametrize("suffix", ["yaml", "toml"])
@settings(max_examples=200)
@given(data=st.data())
def test_no_mutation_ends_in_a_traceback(suffix: str, data: st.DataObject) -> None:
    text = SPEC[suffix]
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 6)))
        text = text[:start] + data.draw(st.sampled_from(["", " ", "\n", *PIECES, "=", "[[", "\t", '"""'])) + text[end:]
    document = read(text.encode(), f"spec.{suffix}")
    assert document.problems or document.data
