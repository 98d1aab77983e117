"""The table of names is that of the language: every pattern leads somewhere, every expression is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mlc_compiler.check.references import REFERENCES
from mlc_compiler.editor import slots
from mlc_compiler.editor.slots import Condition, Counts, Formula, Metric, slot
from mlc_compiler.spec.schema import schemas

SPEC = json.loads(schemas()["mlc.v1.json"])
ENVIRONMENT = json.loads(schemas()["mlc-environment.v1.json"])
EXPRESSION = [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]


def _below(schema: Any, part: str, whole: Any) -> Iterator[Any]:
    """The schemas of what stands at a key, below any key (`*`), or in a list (`#`)."""
    while "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    for way in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from _below(way, part, whole)
    if part == "#":
        yield from filter(None, [schema.get("items")])
    elif part == "*":
        values = schema.get("additionalProperties")
        yield from [values] if isinstance(values, dict) else []
    else:
        yield from filter(None, [schema.get("properties", {}).get(part)])


def _leads(pattern: str, whole: Any) -> bool:
    found = [whole]
    for part in pattern.split("."):
        found = [below for schema in found for below in _below(schema, part, whole)]
    return bool(found)


@pytest.mark.parametrize("pattern", [*slots._SPEC, *slots._KEYS])
def test_patterns_of_a_spec_lead_somewhere(pattern: str) -> None:
    assert _leads(pattern, SPEC)


@pytest.mark.parametrize("pattern", [*slots._ENVIRONMENT, *slots._ENVIRONMENT_KEYS])
def test_patterns_of_an_environment_lead_somewhere(pattern: str) -> None:
    assert _leads(pattern, ENVIRONMENT)


def _expressions(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    while "$ref" in schema:
        schema = SPEC["$defs"][schema["$ref"].rpartition("/")[2]]
    if schema.get("anyOf") == EXPRESSION:
        yield path
        return
    for way in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from _expressions(way, path)
    for key, below in schema.get("properties", {}).items():
        yield from _expressions(below, (*path, key))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _expressions(schema["additionalProperties"], (*path, "*"))
    if "items" in schema:
        yield from _expressions(schema["items"], (*path, "#"))


def test_every_expression_of_the_language_is_in_the_table() -> None:
    found = set(_expressions(SPEC))
    assert len(found) > 15
    for pattern in found:
        path = tuple(0 if part == "#" else "x" if part == "*" else part for part in pattern)
        assert isinstance(slot(path, "value"), Formula | Condition | Counts | Metric), pattern


def test_every_name_of_an_entry_is_in_the_table() -> None:
    assert set(REFERENCES) <= set(slots._SPEC)
