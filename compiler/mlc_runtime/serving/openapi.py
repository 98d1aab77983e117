"""The interface of a serving as an OpenAPI document, so that clients are generated and tested from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.serving.service import Column, Description
from mlc_runtime.serving.tensors import ROWS, datatype

_VALUES = {"INT64": "integer", "FP64": "number", "BOOL": "boolean", "BYTES": "string"}


def openapi(description: Description) -> dict[str, Any]:
    """The document of a serving."""
    model = f"/v2/models/{description.name}"
    asked = {"required": True, "content": {"application/json": {"schema": _request(description)}}}
    health = {"200": _answer("It does.", {"type": "object"})}
    infer = {
        "200": _answer("The answers, one a row.", _reply()),
        **{status: _answer(text, _ERROR) for status, text in _ERRORS.items()},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": description.name, "version": "2"},
        "paths": {
            "/v2": {"get": _operation("What serves.", health)},
            "/v2/health/live": {"get": _operation("Whether the process answers.", health)},
            "/v2/health/ready": {"get": _operation("Whether requests will be answered.", health)},
            model: {"get": _operation("What the model is asked and answers.", health)},
            f"{model}/ready": {"get": _operation("Whether the model will answer.", health)},
            f"{model}/infer": {"post": {**_operation("Ask the model.", infer), "requestBody": asked}},
        },
    }


_ERROR: Mapping[str, Any] = {
    "type": "object",
    "properties": {"error": {"type": "string"}},
    "required": ["error"],
}
_ERRORS = {
    "400": "The request is not as it is to be.",
    "404": "It names an entity that is not known.",
    "413": "It is too long.",
    "422": "Its values cannot be computed with.",
    "503": "Too many requests wait.",
    "504": "It was not answered in time.",
}


def _operation(summary: str, responses: Mapping[str, Any]) -> dict[str, Any]:
    return {"summary": summary, "responses": dict(responses)}


def _answer(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": dict(schema)}}}


def _request(description: Description) -> dict[str, Any]:
    """One tensor for each column, in any order."""
    tensors = [_tensor(column) for column in description.request]
    return {
        "type": "object",
        "required": ["inputs"],
        "properties": {
            "id": {"type": "string"},
            "inputs": {
                "type": "array",
                "minItems": len(tensors),
                "maxItems": len(tensors),
                "items": tensors[0] if len(tensors) == 1 else {"oneOf": tensors},
            },
        },
    }


def _tensor(column: Column) -> dict[str, Any]:
    kind = datatype(column.type)
    return {
        "type": "object",
        "required": ["name", "shape", "datatype", "data"],
        "properties": {
            "name": {"const": column.name},
            "shape": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2},
            "datatype": {"const": kind},
            "data": {
                "type": "array",
                "minItems": 1,
                "maxItems": ROWS,
                "items": {"type": [_VALUES[kind], "null"]},
            },
        },
    }


def _reply() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["model_name", "outputs"],
        "properties": {
            "model_name": {"type": "string"},
            "model_version": {"type": "string"},
            "id": {"type": "string"},
            "parameters": {"type": "object", "additionalProperties": {"type": "string"}},
            "outputs": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name", "shape", "datatype", "data"],
                    "properties": {
                        "name": {"type": "string"},
                        "shape": {"type": "array", "items": {"type": "integer"}},
                        "datatype": {"enum": list(_VALUES)},
                        "data": {"type": "array"},
                    },
                },
            },
        },
    }
