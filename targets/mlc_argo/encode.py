"""Text that passes through Argo's templating and Kubernetes' expansion unchanged.

Argo substitutes parameters as text into JSON, several times over: `{{=1+1}}` in a value is evaluated, an unclosed `{{`
stops the workflow, control characters break it; then Kubernetes expands `$(NAME)` in arguments and variables. A JSON
text in ASCII has no control characters, and JSON may spell the rest as escapes, which neither looks into.
"""

from __future__ import annotations

import json
import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"')
_HAZARDS = re.compile(r"[{}$\x7f]")
_PLAIN = re.compile(r"[A-Za-z0-9_.:+-]*")


def encode(value: object) -> str:
    """A value as JSON that nothing on the way rewrites.

    >>> encode("{{=1+1}} $(HOME)")
    '"\\\\u007b\\\\u007b=1+1\\\\u007d\\\\u007d \\\\u0024(HOME)"'
    """
    return _TOKEN.sub(lambda token: _HAZARDS.sub(_escape, token[0]), json.dumps(value))


def encode_text(text: str) -> str:
    """A text as it is where nothing could rewrite it, else as JSON; `mlc_runtime.parameters.unquoted` reads both."""
    return text if _PLAIN.fullmatch(text) else encode(text)


def _escape(hazard: re.Match[str]) -> str:
    return f"\\u{ord(hazard[0]):04x}"
