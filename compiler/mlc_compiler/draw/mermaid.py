"""A drawing as Mermaid, which forges show inside Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mlc_compiler.diagnostics.visible import visible
from mlc_compiler.draw.drawing import Box, Drawing
from mlc_compiler.draw.palette import COLOURS

_ARROWS = {"same": "-->", "broadcast": "-.->", "collect": "==>", "finds": "-. finds .->"}
_PLAIN = re.compile(r"[^\w .,+=-]", re.ASCII)


def mermaid(drawings: Sequence[Drawing]) -> str:
    """One drawing, or several as parts of one."""
    lines = ["flowchart LR"]
    for number, drawing in enumerate(drawings):
        if len(drawings) > 1:
            lines.append(f'  subgraph d{number}["{quoted(drawing.note)}"]')
        lines += _lines(drawing, f"d{number}")
        if len(drawings) > 1:
            lines.append("  end")
    sections = dict.fromkeys(group.section for drawing in drawings for group in drawing.groups)
    lines += [f"  classDef {section} stroke:{COLOURS[section][0]},stroke-width:2px" for section in sections]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A text for between double quotes: all but letters, digits and harmless signs by their number."""
    return _PLAIN.sub(lambda found: f"#{ord(found[0])};", visible(text))


def _lines(drawing: Drawing, prefix: str) -> Iterator[str]:
    names = {box.name: f"{prefix}s{number}" for number, box in enumerate(drawing.boxes)}
    boxes = {box.name: box for box in drawing.boxes}
    for number, group in enumerate(drawing.groups):
        yield f'  subgraph {prefix}g{number}["{quoted(group.label)}"]'
        for name in group.boxes:
            yield f'    {names[name]}["{_label(boxes[name])}"]:::{group.section}'
        yield "  end"
    for arrow in drawing.arrows:
        yield f"  {names[arrow.source]} {_ARROWS[arrow.kind]} {names[arrow.target]}"


def _label(box: Box) -> str:
    axes = " x ".join(map(str, box.badges))
    return "<br>".join(quoted(text) for text in (box.label, box.op, axes) if text)
