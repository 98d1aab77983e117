"""Values of a document as messages say them."""

from __future__ import annotations

import re

from mlc_compiler.spec.secrets import looks_secret

_PLAIN = re.compile(r"[\w$./][\w$./:+<>=*()%-]*( [\w$./:+<>=*()%-]+)*", re.ASCII)
_OTHER_THAN_TEXT = re.compile(r"[-+.\d][\d.]*(e[-+]?\d+)?|true|false|null|.*(: | #|:$).*", re.IGNORECASE)


def describe(value: object) -> str:
    """What a value is, with its beginning: the number `3`, the text `abc`, a list, a mapping, nothing."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{flow(value)}`"
    if isinstance(value, int | float):
        return f"the number `{flow(value)[:40]}`"
    if isinstance(value, str):
        if not value:
            return "an empty text"
        return "a text" if looks_secret(value) else f"the text `{value[:40]}`"
    return "a mapping" if isinstance(value, dict) else "a list"


def flow(value: object) -> str:
    """A value on one line, as YAML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and (_OTHER_THAN_TEXT.fullmatch(value) or not _PLAIN.fullmatch(value)):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
