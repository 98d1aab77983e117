"""The published schemas are those of the models, and agree with them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

from mlc_compiler.check.names import SECTIONS
from mlc_compiler.spec.environment import Connection
from mlc_compiler.spec.load import load_environment, load_spec
from mlc_compiler.spec.schema import schemas
from mlc_compiler.spec.shape import Form
from mlc_compiler.spec.snippets import ENVIRONMENT as ENVIRONMENT_SNIPPETS
from mlc_compiler.spec.snippets import SPEC as SPEC_SNIPPETS
from mlc_compiler.spec.snippets import Snippet
from mlc_compiler.spec.sources import Source

ROOT = Path(__file__).parents[2]
SPEC = jsonschema.Draft202012Validator(json.loads(schemas()["mlc.v1.json"]))
ENVIRONMENT = jsonschema.Draft202012Validator(json.loads(schemas()["mlc-environment.v1.json"]))

_PLACEHOLDER = re.compile(r"\$\{\d+:([^}]*)\}")


def _snippets(sections: Mapping[str, tuple[Snippet, ...]]) -> list[Any]:
    return [pytest.param(section, each, id=each.label) for section, listed in sections.items() for each in listed]


SOURCE: dict[str, Any] = {"read": "a.csv", "columns": {"a": "int"}}
TRAINING: dict[str, Any] = {"examples": "e", "features": ["f"], "model": "a.b:C"}


@pytest.mark.parametrize("file", list(schemas()))
def test_published_schemas_are_fresh(file: str) -> None:
    assert (ROOT / "schemas" / file).read_text(encoding="utf-8") == schemas()[file], "run `mlc schema`"


@pytest.mark.parametrize("text", list(schemas().values()), ids=list(schemas()))
def test_they_are_schemas_without_nulls_whose_objects_alone_have_titles(text: str) -> None:
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert [name for name, definition in schema["$defs"].items() if "title" not in definition] == ["JsonValue"]
    for definition in (schema, *schema["$defs"].values(), *_ways(schema)):
        titled = [name for name, described in definition.get("properties", {}).items() if "title" in described]
        assert [name for name in titled if definition["properties"][name].get("type") != "object"] == []
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


@pytest.mark.parametrize(("section", "snippet"), _snippets(SPEC_SNIPPETS))
def test_snippets_are_entries_of_a_spec(document: type, section: str, snippet: Snippet) -> None:
    data = {"mlc": 1, "name": "p", section: _filled(snippet.body)}
    assert load_spec(document(data)).diagnostics == ()
    assert SPEC.is_valid(data)


@pytest.mark.parametrize(("section", "snippet"), _snippets(ENVIRONMENT_SNIPPETS))
def test_snippets_are_entries_of_an_environment(document: type, section: str, snippet: Snippet) -> None:
    data = {section: _filled(snippet.body)}
    assert load_environment(document(data)).diagnostics == ()
    assert ENVIRONMENT.is_valid(data)


def test_there_is_a_snippet_for_each_way_to_write_an_entry() -> None:
    def ways(data: Any, forms: tuple[Form, ...]) -> set[str | None]:
        return {form.key for form in forms if form.key in data or form.key is None}

    sources = [entry for snippet in SPEC_SNIPPETS["sources"] for entry in snippet.body.values()]
    assert set().union(*(ways(entry, Source.FORMS) for entry in sources)) == {form.key for form in Source.FORMS}
    reads = [entry["read"] for entry in sources if "read" in entry]
    assert {key for read in reads if isinstance(read, dict) for key in read} >= {"table", "query", "files"}
    types = {entry["type"] for each in ENVIRONMENT_SNIPPETS["connections"] for entry in each.body.values()}
    assert types == {
        get_args(member.model_fields["type"].annotation)[0] for member in get_args(get_args(Connection)[0])
    }
    assert set(SPEC_SNIPPETS) >= set(SECTIONS)


def test_what_is_offered_as_a_snippet_is_no_variable_of_the_editor() -> None:
    for text in schemas().values():
        for part in _parts(json.loads(text)):
            for snippet in part.get("defaultSnippets", ()):
                body = json.dumps(snippet["body"])
                assert "$" not in _PLACEHOLDER.sub("", body), body


def _filled(body: Any) -> Any:
    """A snippet's body as it stands in a document where nothing is replaced."""
    return json.loads(_PLACEHOLDER.sub(r"\1", json.dumps(body)))


def _ways(schema: Any) -> list[dict[str, Any]]:
    return [way for definition in schema["$defs"].values() for way in definition.get("oneOf", ()) if "type" in way]


def _parts(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [part for inner in schema for part in _parts(inner)]
    if not isinstance(schema, dict):
        return []
    below = [part for key, inner in schema.items() if key != "examples" for part in _parts(inner)]
    return [schema, *below] if "description" in schema else below
