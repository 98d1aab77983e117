"""The forms in which a drawing is written, by name and by a file's ending."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Final

from mlc_compiler.draw.drawing import Drawing

Write = Callable[[Sequence[Drawing]], str]


def _outline(drawings: Sequence[Drawing]) -> str:
    from mlc_compiler.draw.outline import outline

    return "\n".join(map(outline, drawings))


def _svg(drawings: Sequence[Drawing]) -> str:
    from mlc_compiler.draw.svg import svg

    return svg(drawings)


def _html(drawings: Sequence[Drawing]) -> str:
    from mlc_compiler.draw.html import html

    return html(drawings)


def _mermaid(drawings: Sequence[Drawing]) -> str:
    from mlc_compiler.draw.mermaid import mermaid

    return mermaid(drawings)


def _dot(drawings: Sequence[Drawing]) -> str:
    from mlc_compiler.draw.dot import dot

    return dot(drawings)


def _json(drawings: Sequence[Drawing]) -> str:
    return json.dumps([asdict(drawing) for drawing in drawings], indent=2) + "\n"


FORMS: Final[Mapping[str, Write]] = MappingProxyType(
    {"outline": _outline, "svg": _svg, "html": _html, "mermaid": _mermaid, "dot": _dot, "json": _json}
)
"""What writes drawings, by the name of the form."""
