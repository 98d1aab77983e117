"""The JSON Schemas of both documents, for editors.

Their shape is the one that completes well in YAML and TOML editors alike: `oneOf` of closed objects, told apart by
required keys or constants. Objects have a title, by which editors offer them as a whole; properties have none, which
some editors show instead of the description. An example that is no single value is offered as a snippet, since editors
show others by JavaScript's name for any object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from mlc_compiler.expression.duration import Duration, Window
from mlc_compiler.spec.environment import Environment
from mlc_compiler.spec.header import Spec
from mlc_compiler.spec.shape import Form, Shape, ShortShape
from mlc_compiler.spec.snippets import ENVIRONMENT, SPEC, Snippet
from mlc_compiler.spec.versions import VERSION

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_LITERAL: Final = {"examples", "default", "enum", "const", "required", "defaultSnippets"}
"""Keywords below which data stands, and no schemas."""

_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
"""Where a word of a class's name ends; `MySQL` is one."""


def schemas() -> dict[str, str]:
    """The text of each schema, by the name of its file."""
    return {
        f"mlc.v{VERSION}.json": _text(Spec, "mlc pipeline", SPEC),
        f"mlc-environment.v{VERSION}.json": _text(Environment, "mlc environment", ENVIRONMENT),
    }


def _text(model: type[Shape], title: str, snippets: Mapping[str, tuple[Snippet, ...]]) -> str:
    generated = model.model_json_schema(schema_generator=_Generator)
    for section, offered in snippets.items():
        described = generated["properties"][section]
        described.pop("examples")
        described["defaultSnippets"] = [snippet._asdict() for snippet in offered]
    schema = {"$schema": _DIALECT, **_explain(generated), "title": title}
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


class _Generator(GenerateJsonSchema):
    """pydantic's generator, with what the language adds: short forms, exclusive forms, texts for defaults."""

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:  # noqa: ARG002 - inherited
        """Leave everything in the order of the models."""
        return value

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - inherited
        """Set no titles."""
        return False

    def any_schema(self, schema: core_schema.AnySchema) -> JsonSchemaValue:
        """What may be anything may be an object with any keys, which tombi wants to be told."""
        return {**super().any_schema(schema), "additionalProperties": True}

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
        """A pattern of keys is said apart: editors offer values below `additionalProperties` alone."""
        described = super().dict_schema(schema)
        for pattern, values in described.pop("patternProperties", {}).items():
            described |= {"additionalProperties": values, "propertyNames": {"pattern": pattern}}
        return described

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """One closed object for each form, and the short form."""
        model = schema["cls"]
        described = {**super().model_schema(schema), "title": _title(model)}
        if not issubclass(model, Shape) or not (model.FORMS or issubclass(model, ShortShape)):
            return described
        if model.FORMS:
            ways = _forms(model, described)
        else:
            ways = [{key: value for key, value in described.items() if key != "description"}]
        if issubclass(model, ShortShape):
            ways.insert(0, described["properties"][model.SHORT])
        return {"title": _title(model), "description": described["description"], "oneOf": ways}


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
            ways.append(
                {
                    "title": _form_title(model, form),
                    "type": "object",
                    "properties": properties,
                    "required": required,
                    "additionalProperties": False,
                }
            )
    return ways


def _title(model: type) -> str:
    """The name of a class as words: `Feature group`."""
    first, *rest = _WORD.split(model.__name__)
    return " ".join([first, *map(str.lower, rest)])


def _form_title(model: type[Shape], form: Form) -> str:
    """Such as `Source by sql`."""
    return f"{_title(model)} by {form.key}" if form.key else _title(model)


def _explain(schema: Any) -> Any:
    """Each description also as Markdown, which it is, with the unit at its end; examples as editors show them."""
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
        elif key == "examples" and isinstance(value, list) and not all(map(_is_shown, value)):
            explained["defaultSnippets"] = [{"label": "an example", "body": example} for example in value]
        elif key == "examples" and schema.get("type") == "boolean":
            continue  # editors offer both values where they are not shown one
        else:
            explained[key] = value if key in _LITERAL and not _is_schema(value) else _explain(value)
    return explained


def _is_shown(example: Any) -> bool:
    """Whether editors show an example as what it is: a single value, or a list of such."""
    return not isinstance(example, dict) and not (
        isinstance(example, list) and any(isinstance(i, dict) for i in example)
    )


def _is_schema(value: Any) -> bool:
    """Whether what stands below a keyword's name is the property of that name, and not the keyword's value."""
    return isinstance(value, dict) and ("type" in value or "$ref" in value or "oneOf" in value or "anyOf" in value)
