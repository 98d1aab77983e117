"""JSONata for moto's interpreter of state machines, which has only the place for it.

What moto does around it is put right too: texts become literals with what is special in them escaped, and `$` may stand
for what a predicate looks at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from jsonata.jsonata import Jsonata
from moto.stepfunctions.parser.asl.jsonata import jsonata
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from tests.engines.aws.server.replace import replace

_TOKEN = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|(\$\w+(?:\.\w+)*)""", re.ASCII)
"""A text or a quoted name, or what is looked for: a variable with the fields asked of it."""


def install() -> None:
    """Put these functions in the place of moto's, wherever they are known."""
    replace(jsonata, "eval_jsonata_expression", evaluate)
    replace(jsonata, "encode_jsonata_variable_declarations", declarations)
    replace(jsonata, "extract_jsonata_variable_references", references)


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
