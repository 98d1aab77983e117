"""The JSON Schemas of both documents, for editors.

Their shape is the one that completes well in YAML and TOML editors alike: `oneOf` of closed objects, told apart by
required keys or constants; no titles, which some editors show instead of descriptions.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from mlc_compiler.expression.duration import Duration, Window
from mlc_compiler.spec.environment import Environment
from mlc_compiler.spec.header import VERSION, Spec
from mlc_compiler.spec.shape import Shape, ShortShape

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LITERAL = {"examples", "default", "enum", "const", "required", "defaultSnippets"}
"""Keywords below which data stands, and no schemas."""


def schemas() -> dict[str, str]:
    """The text of each schema, by the name of its file."""
    documents: dict[str, tuple[type[Shape], str]] = {
        f"mlc.v{VERSION}.json": (Spec, "mlc pipeline"),
        f"mlc-environment.v{VERSION}.json": (Environment, "mlc environment"),
    }
    return {file: _text(model, title) for file, (model, title) in documents.items()}


def _text(model: type[Shape], title: str) -> str:
    generated = model.model_json_schema(schema_generator=_Generator)
    for section in generated["properties"].values():
        _offer_snippet(section)
    schema = {"$schema": _DIALECT, "title": title, **_explain(generated)}
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


class _Generator(GenerateJsonSchema):
    """pydantic's generator, with what the language adds: short forms, exclusive forms, texts for defaults."""

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:  # noqa: ARG002 - inherited
        """Leave everything in the order of the models."""
        return value

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - inherited
        """Set no titles."""
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """A key is left out; it is never null."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """State defaults that say something."""
        described = super().default_schema(schema)
        if described.get("default") in (None, [], {}):
            described.pop("default", None)
        return described

    def encode_default(self, dft: Any) -> Any:
        """A default as a spec would have it."""
        if isinstance(dft, Duration | Window):
            return str(dft)
        if isinstance(dft, ShortShape):
            return getattr(dft, dft.SHORT)
        return super().encode_default(dft)

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """`oneOf` without OpenAPI's `discriminator`."""
        described = super().tagged_union_schema(schema)
        described.pop("discriminator", None)
        return described

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Where keys have a pattern, others are mistakes."""
        described = super().dict_schema(schema)
        if "patternProperties" in described:
            described["additionalProperties"] = False
        return described

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """One closed object for each form, and the short form."""
        described = super().model_schema(schema)
        described.pop("title", None)
        model = schema["cls"]
        if not issubclass(model, Shape) or not (model.FORMS or issubclass(model, ShortShape)):
            return described
        ways = _forms(model, described) if model.FORMS else [_without_description(described)]
        if issubclass(model, ShortShape):
            ways.insert(0, described["properties"][model.SHORT])
        return {"description": described["description"], "oneOf": ways}


def _forms(model: type[Shape], described: JsonSchemaValue) -> list[JsonSchemaValue]:
    ways = []
    for form in model.FORMS:
        properties = {
            key: value
            for key, value in described["properties"].items()
            if form.has(key) or not any(other.has(key) for other in model.FORMS)
        }
        needed = {*described.get("required", ()), *form.needs, form.key}
        required = [key for key in properties if key in needed]
        # The short form stands for the form without a key; an empty mapping is no way to write anything.
        if form.key or (required and not issubclass(model, ShortShape)):
            way = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
            ways.append(way)
    return ways


def _without_description(described: JsonSchemaValue) -> JsonSchemaValue:
    return {key: value for key, value in described.items() if key != "description"}


def _offer_snippet(section: JsonSchemaValue) -> None:
    """Let an editor fill in a whole section."""
    if section.get("type") == "object":
        snippet = {"label": "an example", "description": section["description"], "body": section["examples"][0]}
        section["defaultSnippets"] = [snippet]


def _explain(schema: Any) -> Any:
    """Each description also as Markdown, which is what it is, with the unit at its end."""
    if isinstance(schema, list):
        return [_explain(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    explained: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "unit" and isinstance(value, str):
            continue
        if key == "description" and isinstance(value, str):
            text = f"{value} Unit: {schema['unit']}." if isinstance(schema.get("unit"), str) else value
            explained |= {"description": text, "markdownDescription": text}
        else:
            explained[key] = value if key in _LITERAL and not _is_schema(value) else _explain(value)
    return explained


def _is_schema(value: Any) -> bool:
    """Whether what stands below a keyword's name is the property of that name, and not the keyword's value."""
    return isinstance(value, dict) and ("type" in value or "$ref" in value or "oneOf" in value or "anyOf" in value)
