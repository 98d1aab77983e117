"""JSONata for moto's interpreter of state machines, which has only the place for it.

What moto does around it is put right too: texts become literals with what is special in them escaped, and `$` may stand
for what a predicate looks at.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

import moto.stepfunctions.parser.models  # noqa: F401  # all modules that take the functions by name
from jsonata.jsonata import Jsonata
from moto.stepfunctions.parser.asl.jsonata import jsonata
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

_TOKEN = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|(\$\w+(?:\.\w+)*)""", re.ASCII)
"""A text or a quoted name, or what is looked for: a variable with the fields asked of it."""


def install() -> None:
    """Put these functions in the place of moto's, wherever they are known."""
    _replace("eval_jsonata_expression", evaluate)
    _replace("encode_jsonata_variable_declarations", declarations)
    _replace("extract_jsonata_variable_references", references)


def evaluate(expression: str) -> Any:
    """The value of an expression, as JSON data.

    Raises:
        JSONataException: the expression is wrong, or its value is no data.
    """
    try:
        return json.loads(json.dumps(Jsonata(expression).evaluate(None)))
    except Exception as error:
        raise jsonata.JSONataException("UNKNOWN", str(error)) from error


def declarations(bindings: Mapping[str, Any]) -> str:
    """What declares variables: JSON is JSONata."""
    return "".join(f"{name}:={to_json_str(value)};" for name, value in bindings.items())


def references(expression: str) -> set[str]:
    """The variables of an expression, with the fields asked of them."""
    return {found for found in _TOKEN.findall(expression or "") if found}


def _replace(name: str, by: Callable[..., Any]) -> None:
    stand_in = getattr(jsonata, name)
    for place, module in list(sys.modules.items()):
        if place.startswith("moto.stepfunctions") and getattr(module, name, None) is stand_in:
            setattr(module, name, by)
