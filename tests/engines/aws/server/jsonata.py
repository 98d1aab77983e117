"""JSONata for moto's interpreter of state machines, which has only the place for it."""

from __future__ import annotations

import json
import sys
from typing import Any

import moto.stepfunctions.parser.models  # noqa: F401  # all modules that take the function by name
from jsonata.jsonata import Jsonata
from moto.stepfunctions.parser.asl.jsonata import jsonata

_NAME = "eval_jsonata_expression"


def install() -> None:
    """Put `evaluate` in the place of moto's function, wherever it is known."""
    stand_in = getattr(jsonata, _NAME)
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.stepfunctions") and getattr(module, _NAME, None) is stand_in:
            setattr(module, _NAME, evaluate)


def evaluate(expression: str) -> Any:
    """The value of an expression, as JSON data.

    Raises:
        JSONataException: the expression is wrong, or its value is nothing.
    """
    try:
        return json.loads(json.dumps(Jsonata(expression).evaluate(None)))
    except Exception as error:
        raise jsonata.JSONataException("UNKNOWN", str(error)) from error
