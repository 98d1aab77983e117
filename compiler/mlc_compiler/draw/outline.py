"""A drawing as lines to read: groups, and in each its steps with what they read."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_compiler.diagnostics.visible import visible
from mlc_compiler.draw.drawing import Arrow, Box, Drawing


def outline(drawing: Drawing) -> str:
    """Print a drawing."""
    boxes = {box.name: box for box in drawing.boxes}
    reads: dict[str, list[Arrow]] = {}
    for arrow in drawing.arrows:
        if arrow.kind != "finds":
            reads.setdefault(arrow.target, []).append(arrow)
    wide = [max((len(text) for text in column), default=0) for column in zip(*map(_cells, drawing.boxes), strict=True)]
    lines = [
        f"{drawing.title}{f' ({drawing.note})' if drawing.note else ''}: {len(boxes)} steps, {drawing.tasks} tasks"
    ]
    for group in drawing.groups:
        lines += ["", group.label]
        for name in group.boxes:
            cells = [text.ljust(width) for text, width in zip(_cells(boxes[name]), wide, strict=True)]
            inputs = ", ".join(dict.fromkeys(_inputs(reads.get(name, []), boxes, group.name)))
            lines.append(f"  {'  '.join(cells)}  {f'<- {inputs}' if inputs else ''}".rstrip())
    return "".join(f"{visible(line)}\n" for line in lines)


def _cells(box: Box) -> tuple[str, ...]:
    axes = " x ".join(map(str, box.badges))
    return (box.label, box.op, axes)


def _inputs(arrows: list[Arrow], boxes: dict[str, Box], group: str) -> Iterator[str]:
    """What a step reads: of its own group by the short name."""
    for arrow in arrows:
        source = boxes[arrow.source]
        name = source.label if source.group == group else source.name
        yield f"all {name}" if arrow.kind == "collect" else name
