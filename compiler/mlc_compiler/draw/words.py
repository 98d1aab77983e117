"""Words of a drawing, as pictures can hold them."""

from __future__ import annotations

from mlc_compiler.draw.drawing import FLAGS, Box


def clip(text: str, length: int) -> str:
    """A text of a length at most; the end of a longer one is left out."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def beneath(box: Box) -> str:
    """The line under a box's name: what became of it, else its operation and what is special about it."""
    became = [mark for mark in box.marks if mark not in FLAGS]
    return " · ".join(became or (box.op, *box.marks))


def told(box: Box) -> str:
    """A box in a sentence."""
    axes = ", ".join(map(str, box.badges))
    marks = f" ({', '.join(box.marks)})" if box.marks else ""
    return f"{box.name}: {box.op}, {box.tasks} tasks{f' over {axes}' if axes else ''}{marks}"
