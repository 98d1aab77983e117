"""A step's parameters as one reads them: holes by what fills them, long ones cut."""

from __future__ import annotations

import json
from typing import Any

_LONG = 160


def params_text(params: Any) -> str:
    """Parameters on one line: `{max_iter: 150, learning_rate: ?learning_rate}`."""
    text = _shown(params)
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def _shown(value: Any) -> str:
    match value:
        case {"$field": str(name), **rest} if not rest:
            return f"each {name.removeprefix('$')}"
        case {"$param": str(name), **rest} if not rest:
            return f"${name}"
        case {"$bind": [*path], **rest} if not rest:
            return f"<{'.'.join(map(str, path))} at the start>"
        case {"$either": [str(name), otherwise], **rest} if not rest:
            return f"each {name}, or {_shown(otherwise)}"
        case {"$literal": literal, **rest} if not rest:
            return _shown(literal)
        case dict():
            return "{" + ", ".join(f"{key}: {_shown(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_shown, value)) + "]"
        case str():
            return value if value.isprintable() and value else json.dumps(value)
    return json.dumps(value)
