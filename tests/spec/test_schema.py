"""The published schemas are those of the models, and agree with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mlc_compiler.spec.load import load_environment, load_spec
from mlc_compiler.spec.schema import schemas

ROOT = Path(__file__).parents[2]
SPEC = jsonschema.Draft202012Validator(json.loads(schemas()["mlc.v1.json"]))
ENVIRONMENT = jsonschema.Draft202012Validator(json.loads(schemas()["mlc-environment.v1.json"]))

SOURCE: dict[str, Any] = {"read": "a.csv", "columns": {"a": "int"}}
TRAINING: dict[str, Any] = {"examples": "e", "features": ["f"], "model": "a.b:C"}


@pytest.mark.parametrize("file", list(schemas()))
def test_published_schemas_are_fresh(file: str) -> None:
    assert (ROOT / "schemas" / file).read_text(encoding="utf-8") == schemas()[file], "run `mlc schema`"


@pytest.mark.parametrize("text", list(schemas().values()), ids=list(schemas()))
def test_they_are_schemas_without_titles_and_nulls(text: str) -> None:
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    for definition in schema["$defs"].values():
        assert "title" not in definition
    assert '"null"' not in text
    assert '"discriminator"' not in text


def test_files_without_mistakes_are_valid(ok_file: str, read_ok: Any) -> None:
    validator = ENVIRONMENT if ".environment" in ok_file else SPEC
    assert [error.message for error in validator.iter_errors(read_ok(ok_file))] == []


@pytest.mark.parametrize("text", list(schemas().values()), ids=list(schemas()))
def test_examples_of_fields_are_valid(text: str) -> None:
    schema = json.loads(text)
    found = 0
    for part in _parts(schema):
        for example in part.get("examples", ()) if isinstance(part.get("examples"), list) else ():
            validator = jsonschema.Draft202012Validator({"$defs": schema["$defs"], **part})
            assert [error.message for error in validator.iter_errors(example)] == [], part["description"]
            found += 1
    assert found > 20


@pytest.mark.parametrize(
    "sections",
    [
        {"foo": 1},
        {"timezone": 3},
        {"sources": {"S": SOURCE}},
        {"sources": {"s": {**SOURCE, "sql": "select 1"}}},
        {"sources": {"s": {"read": "a.csv"}}},
        {"sources": {"s": {**SOURCE, "columns": {"a": "integer"}}}},
        {"sources": {"s": {**SOURCE, "read": {"table": "t"}}}},
        {"features": {"g": {"columns": ["a"], "window": "1d"}}},
        {"features": {"g": {"from": "s", "columns": ["a"], "window": "1 day"}}},
        {"examples": {"e": {"from": "s", "split": {"by": "time"}}}},
        {"examples": {"e": {"from": "s", "label": {"from": "s", "value": "1"}}}},
        {"training": {"t": {**TRAINING, "grid": {"a": 3}}}},
        {"training": {"t": {**TRAINING, "calibrate": "isotone"}}},
        {"training": {"t": {**TRAINING, "search": {"random": 3, "halving": {"resource": "n", "min": 1}}}}},
        {"serving": {"s": {"model": "t"}}},
        {"serving": {"s": {"model": "t", "mode": "online", "write": "a.csv"}}},
        {"steps": {"s": {"approve": {"message": "?"}, "with": {"a": 1}}}},
    ],
)
def test_what_the_models_refuse_the_schema_refuses(document: type, sections: dict[str, Any]) -> None:
    data = {"mlc": 1, "name": "p", **sections}
    assert load_spec(document(data)).diagnostics
    assert not SPEC.is_valid(data)


@pytest.mark.parametrize(
    "data",
    [
        {"connections": {"c": {"type": "oracle"}}},
        {"connections": {"c": {"type": "folder"}}},
        {"connections": {"c": {"path": "data"}}},
        {"secrets": {"s": {"env": "A", "aws": "arn:b"}}},
        {"secrets": {"s": "hunter2"}},
        {"parallelism": 0},
    ],
)
def test_what_the_environment_refuses_its_schema_refuses(document: type, data: dict[str, Any]) -> None:
    assert load_environment(document(data)).diagnostics
    assert not ENVIRONMENT.is_valid(data)


def _parts(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [part for inner in schema for part in _parts(inner)]
    if not isinstance(schema, dict):
        return []
    below = [part for key, inner in schema.items() if key != "examples" for part in _parts(inner)]
    return [schema, *below] if "description" in schema else below
