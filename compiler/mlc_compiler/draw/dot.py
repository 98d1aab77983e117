"""A drawing as DOT, for Graphviz."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlc_compiler.diagnostics.visible import visible
from mlc_compiler.draw.drawing import Box, Drawing
from mlc_compiler.draw.palette import COLOURS

_STYLES = {
    "same": "",
    "broadcast": "style=dashed",
    "collect": "penwidth=2.5",
    "finds": "style=dotted, constraint=false",
}


def dot(drawings: Sequence[Drawing]) -> str:
    """One drawing, or several as parts of one."""
    lines = [
        f"digraph {quoted(drawings[0].title)} {{",
        "  rankdir=LR; compound=true; fontname=sans;",
        "  node [shape=box, style=rounded, fontname=sans, fontsize=11];",
    ]
    for number, drawing in enumerate(drawings):
        lines.append(f"  subgraph cluster_{number} {{ label={quoted(drawing.note or drawing.title)};")
        lines += _lines(drawing, str(number))
        lines.append("  }")
    return "\n".join([*lines, "}"]) + "\n"


def quoted(text: str) -> str:
    """A string of DOT."""
    return '"' + visible(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _lines(drawing: Drawing, prefix: str) -> Iterator[str]:
    names = {box.name: f"s{prefix}_{number}" for number, box in enumerate(drawing.boxes)}
    boxes = {box.name: box for box in drawing.boxes}
    for number, group in enumerate(drawing.groups):
        colour = quoted(COLOURS[group.section][0])
        yield f"    subgraph cluster_{prefix}_{number} {{ label={quoted(group.label)};"
        yield f"      color={colour}; fontcolor={colour};"
        for name in group.boxes:
            yield f"      {names[name]} [label={_label(boxes[name])}, color={colour}];"
        yield "    }"
    for arrow in drawing.arrows:
        style = _STYLES[arrow.kind]
        yield f"    {names[arrow.source]} -> {names[arrow.target]}{f' [{style}]' if style else ''};"


def _label(box: Box) -> str:
    axes = " x ".join(map(str, box.badges))
    return '"' + "\\n".join(quoted(text)[1:-1] for text in (box.label, box.op, axes) if text) + '"'
