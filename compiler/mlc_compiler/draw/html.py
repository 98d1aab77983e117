"""Drawings as one page that needs nothing else: no network, no script but its own, no picture from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from mlc_compiler.diagnostics.visible import visible
from mlc_compiler.draw.drawing import Box, Drawing, Group
from mlc_compiler.draw.palette import COLOURS, DASHES, MEANING, WIDTHS
from mlc_compiler.draw.place import HEAD, Inside, Point, broken, group_columns, place, place_boxes
from mlc_compiler.draw.words import beneath, told
from mlc_compiler.explain.entry import SECTIONS
from mlc_compiler.graph.size import task_count

_MANY = 80
"""From this number of steps on, groups are closed until somebody opens them."""
_CLOSED = (224.0, HEAD)
_TALLEST = 2_000.0
_WIDE = 1.3
"""From this ratio of width to height on, two graphs stand above each other."""


@dataclass(frozen=True)
class _View:
    """A drawing with what the page needs beside it."""

    drawing: Drawing
    columns: tuple[tuple[Group, ...], ...]
    inside: dict[str, Inside]
    boxes: dict[str, Box]
    ids: dict[str, str]
    open: bool


def html(drawings: Sequence[Drawing]) -> str:
    """The page of one drawing, or of several side by side."""
    environment = Environment(
        loader=PackageLoader("mlc_compiler.draw", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "visible": visible,
        "told": lambda box: visible(told(box)),
        "beneath": lambda box: visible(beneath(box)),
    }
    script = _page_file("page.js")
    views = [_view(drawing, number) for number, drawing in enumerate(drawings)]
    return environment.get_template("page.html.j2").render(
        views=views,
        data=list(map(_data, views)),
        style=_style() + _page_file("page.css"),
        script=script,
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        meaning=MEANING,
        wide=all(map(_is_wide, views)),
    )


def _view(drawing: Drawing, number: int) -> _View:
    inside = place_boxes(drawing)
    opened = len(drawing.boxes) <= _MANY
    sizes: dict[str, Point] = {name: found.size if opened else _CLOSED for name, found in inside.items()}
    groups = {group.name: group for group in drawing.groups}
    columns = (part for column in group_columns(drawing) for part in broken(column, sizes, _TALLEST))
    return _View(
        drawing,
        tuple(tuple(groups[name] for name in column) for column in columns),
        inside,
        {box.name: box for box in drawing.boxes},
        dict(_ids(drawing, number)),
        opened,
    )


def _is_wide(view: _View) -> bool:
    width, height = place(view.drawing, view.inside, _TALLEST).size
    return width > _WIDE * height


def _data(view: _View) -> dict[str, Any]:
    """What the script needs: the steps with their details, the arrows with the points that they pass."""
    drawing, ids = view.drawing, view.ids
    owner = {box.name: box.group for box in drawing.boxes}
    ways: dict[tuple[str, str], list[Point]] = {}
    down: dict[str, bool] = {}
    for group in drawing.groups:
        inside = view.inside[group.name]
        ways |= {pair: list(points) for pair, points in inside.ways.items()}
        down |= dict.fromkeys(group.boxes, inside.down)
    return {
        "crowded": drawing.crowded,
        "boxes": {
            ids[box.name]: {
                "name": visible(box.name),
                "summary": visible(f"{box.op} · {task_count(box.tasks)}"),
                "details": [[visible(key), visible(text, "\n")] for key, text in box.details.items()],
            }
            for box in drawing.boxes
        },
        "arrows": [
            {
                "from": ids[arrow.source],
                "to": ids[arrow.target],
                "kind": arrow.kind,
                "ways": ways.get((arrow.source, arrow.target), []),
                "down": owner[arrow.source] == owner[arrow.target] and down[arrow.source],
            }
            for arrow in drawing.arrows
        ],
    }


def _ids(drawing: Drawing, number: int) -> Iterator[tuple[str, str]]:
    """Names of elements that no user's text is part of."""
    return ((box.name, f"v{number}s{place}") for place, box in enumerate(drawing.boxes))


def _style() -> str:
    """The palette as variables, by the reader's system or, where they chose, by their choice."""
    light = "".join(f"--{name}:{pair[0]};" for name, pair in COLOURS.items())
    dark = "".join(f"--{name}:{pair[1]};" for name, pair in COLOURS.items())
    arrows = "".join(
        f".arrow.{kind}{{stroke-width:{WIDTHS[kind]};" + (f"stroke-dasharray:{dash}" if dash else "") + "}\n"
        for kind, dash in DASHES.items()
    )
    sections = "".join(f".{name}{{--tone:var(--{name})}}\n" for name in SECTIONS)
    return (
        f":root{{color-scheme:light;{light}}}\n"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n"
        f"@media(prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
        f"{arrows}{sections}"
    )


def _page_file(name: str) -> str:
    return (files("mlc_compiler.draw") / "page" / name).read_text(encoding="utf-8")
