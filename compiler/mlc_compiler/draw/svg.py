"""A drawing as SVG, in light and dark colours as the reader's system has them."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as Tree

from mlc_compiler.diagnostics.visible import visible
from mlc_compiler.draw.drawing import Arrow, Box, Drawing, Group
from mlc_compiler.draw.palette import COLOURS, DASHES, MEANING, WIDTHS
from mlc_compiler.draw.place import HEIGHT, WIDTH, Inside, Placed, place, place_boxes, tallest_column
from mlc_compiler.draw.route import route
from mlc_compiler.draw.words import beneath, clip, told

_MARGIN, _TITLE, _LEGEND = 24.0, 56.0, 40.0
_LETTER = 6.4
"""The mean width of a letter at the size of labels."""
_BETWEEN = 80.0


def svg(drawings: Sequence[Drawing]) -> str:
    """One drawing, or several side by side."""
    insides = [place_boxes(drawing) for drawing in drawings]
    tallest = max(map(tallest_column, insides))
    parts = [(drawing, place(drawing, inside, tallest)) for drawing, inside in zip(drawings, insides, strict=True)]
    width = sum(max(placed.size[0], 420.0) for _, placed in parts) + _BETWEEN * (len(parts) - 1) + 2 * _MARGIN
    height = max(placed.size[1] for _, placed in parts) + _TITLE + _LEGEND + 2 * _MARGIN
    root = Tree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {width:g} {height:g}",
            "width": f"{width:g}",
            "height": f"{height:g}",
            "role": "img",
            "aria-labelledby": "title description",
        },
    )
    _text(root, "title", visible(drawings[0].title), id="title")
    description = " ".join(f"{drawing.note}: {len(drawing.boxes)} steps." for drawing in drawings)
    _text(root, "desc", visible(description), id="description")
    _text(root, "style", _style())
    _markers(Tree.SubElement(root, "defs"))
    Tree.SubElement(root, "rect", {"class": "page", "width": "100%", "height": "100%"})
    left = _MARGIN
    for drawing, placed in parts:
        layer = Tree.SubElement(root, "g", {"transform": f"translate({left:g} {_MARGIN:g})"})
        _text(layer, "text", visible(drawing.title), x="0", y="16", **{"class": "title"})
        _text(layer, "text", visible(drawing.note), x="0", y="36", **{"class": "faint"})
        _draw(Tree.SubElement(layer, "g", {"transform": f"translate(0 {_TITLE:g})"}), drawing, placed)
        left += max(placed.size[0], 420.0) + _BETWEEN
    _legend(root, height - _MARGIN)
    return Tree.tostring(root, encoding="unicode") + "\n"


def _draw(layer: Tree.Element, drawing: Drawing, placed: Placed) -> None:
    for group in drawing.groups:
        _group(layer, group, placed.groups[group.name], placed.inside[group.name])
    owner = {box.name: box.group for box in drawing.boxes}
    for arrow in drawing.arrows:
        ends = (owner[arrow.source], owner[arrow.target])
        _arrow(layer, arrow, route(arrow, ends, placed), far=drawing.crowded and ends[0] != ends[1])
    sections = {group.name: group.section for group in drawing.groups}
    for box in drawing.boxes:
        _box(layer, box, sections[box.group], *placed.box(box.group, box.name))


def _group(layer: Tree.Element, group: Group, corner: tuple[float, float], inside: Inside) -> None:
    (x, y), (width, height) = corner, inside.size
    part = Tree.SubElement(layer, "g", {"class": f"group {group.section}", "transform": f"translate({x:g} {y:g})"})
    Tree.SubElement(part, "rect", {"width": f"{width:g}", "height": f"{height:g}", "rx": "10"})
    head = Tree.SubElement(part, "text", {"x": "14", "y": "21", "class": "head"})
    head.text = clip(visible(group.label), int((width - 28) / 7.2))


def _box(layer: Tree.Element, box: Box, section: str, x: float, y: float) -> None:
    classes = " ".join(("box", section, *box.marks))
    part = Tree.SubElement(layer, "g", {"class": classes, "transform": f"translate({x:g} {y:g})"})
    _text(part, "title", visible(told(box)))
    Tree.SubElement(part, "rect", {"class": "card", "width": f"{WIDTH:g}", "height": f"{HEIGHT:g}", "rx": "6"})
    Tree.SubElement(part, "path", {"class": "edge", "d": f"M6 0.5 A5.5 5.5 0 0 0 0.5 6 V{HEIGHT - 6:g}"
                                   f" A5.5 5.5 0 0 0 6 {HEIGHT - 0.5:g} Z"})  # fmt: skip
    _text(part, "text", clip(visible(box.label), 26), x="14", y="19", **{"class": "name"})
    right = WIDTH - 8
    badges = box.badges if len(box.badges) < 3 else ()
    texts = list(map(str, badges)) or ([f"x {box.tasks}"] if box.badges else [])
    for text in reversed(texts):
        shown = clip(visible(text), 18)
        wide = len(shown) * 5.9 + 10
        right -= wide
        pill = Tree.SubElement(part, "g", {"class": "badge", "transform": f"translate({right:g} 25)"})
        Tree.SubElement(pill, "rect", {"width": f"{wide:g}", "height": "15", "rx": "7.5"})
        _text(pill, "text", shown, x="5", y="11")
        right -= 4
    op = clip(visible(beneath(box)), max(int((right - 14) / 5.9), 4))
    _text(part, "text", op, x="14", y="36", **{"class": "faint"})


def _arrow(layer: Tree.Element, arrow: Arrow, path: str, *, far: bool) -> None:
    classes = f"arrow {arrow.kind}{' far' if far else ''}"
    part = Tree.SubElement(
        layer, "path", {"class": classes, "d": path, "marker-end": f"url(#{'distant' if far else 'tip'})"}
    )
    _text(part, "title", visible(f"{arrow.target} reads {arrow.source} as {', '.join(arrow.ports)} ({arrow.kind})"))


def _legend(root: Tree.Element, bottom: float) -> None:
    layer = Tree.SubElement(root, "g", {"class": "legend", "transform": f"translate({_MARGIN:g} {bottom:g})"})
    left = 0.0
    for kind, meaning in MEANING.items():
        Tree.SubElement(layer, "path", {"class": f"arrow {kind}", "d": f"M{left:g} -4 h34", "marker-end": "url(#tip)"})
        _text(layer, "text", meaning, x=f"{left + 44:g}", y="0", **{"class": "faint"})
        left += 64 + len(meaning) * _LETTER


def _markers(definitions: Tree.Element) -> None:
    marker = {"viewBox": "0 0 8 8", "refX": "7", "refY": "4", "markerUnits": "userSpaceOnUse", "orient": "auto"}
    for name in ("tip", "distant"):
        size = {"id": name, "markerWidth": "8", "markerHeight": "8"}
        tip = Tree.SubElement(definitions, "marker", marker | size)
        Tree.SubElement(tip, "path", {"d": "M0 0.8 L7.5 4 L0 7.2 Z", "class": f"tip {name}"})


def _text(parent: Tree.Element, tag: str, text: str, **attributes: str) -> None:
    Tree.SubElement(parent, tag, attributes).text = text


def _style() -> str:
    """Rules for light colours, and what dark ones change; no variables, which few readers of SVG files know."""
    plain = (
        "text{font:11px ui-sans-serif,system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}"
        ".title{font-size:17px;font-weight:650}.head{font-size:13px;font-weight:650}"
        ".name{font-size:12px;font-weight:600}.badge text{font-size:10px;font-weight:600}"
        ".arrow{fill:none}"
    )
    strokes = "".join(
        f".{kind}{{stroke-width:{WIDTHS[kind]};" + (f"stroke-dasharray:{dash}" if dash else "") + "}"
        for kind, dash in DASHES.items()
    )
    return f"{plain}{strokes}{_colours(0)}@media(prefers-color-scheme:dark){{{_colours(1)}}}"


def _colours(which: int) -> str:
    colour = {name: pair[which] for name, pair in COLOURS.items()}
    rules = {
        ".page": f"fill:{colour['page']}",
        "text": f"fill:{colour['ink']}",
        ".faint": f"fill:{colour['faint']}",
        ".card": f"fill:{colour['card']};stroke:{colour['line']}",
        ".arrow": f"stroke:{colour['arrow']}",
        ".far": f"stroke:{colour['distant']}",
        ".tip": f"fill:{colour['arrow']}",
        ".tip.distant": f"fill:{colour['distant']}",
        ".dropped .card,.merged .card": f"stroke:{colour['gone']};stroke-dasharray:4 3",
        ".dropped .name,.merged .name": "text-decoration:line-through",
        ".hoisted .card,.narrowed .card,.filtered .card,.fused .card": f"stroke:{colour['new']};stroke-width:2",
    }
    for name in ("sources", "features", "examples", "training", "serving", "steps"):
        rules[f".group.{name}>rect"] = f"fill:{colour[name]};fill-opacity:.07;stroke:{colour[name]};stroke-opacity:.35"
        rules[f".{name} .head"] = f"fill:{colour[name]}"
        rules[f".{name} .edge"] = f"fill:{colour[name]}"
        rules[f".{name} .badge rect"] = f"fill:{colour[name]};fill-opacity:.14"
        rules[f".{name} .badge text"] = f"fill:{colour[name]}"
    return "".join(f"{selector}{{{rule}}}" for selector, rule in rules.items())
