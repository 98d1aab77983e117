"""The lines of arrows, as SVG paths."""

from __future__ import annotations

from collections.abc import Sequence

from mlc_compiler.draw.drawing import Arrow
from mlc_compiler.draw.place import HEIGHT, WIDTH, Placed, Point


def route(arrow: Arrow, groups: tuple[str, str], placed: Placed) -> str:
    """The path of an arrow: within a group in the direction of its layers, between groups from left to right.

    Args:
        arrow: what is drawn.
        groups: the groups of its source and its target.
        placed: where all stands.
    """
    (x, y), (to_x, to_y) = placed.box(groups[0], arrow.source), placed.box(groups[1], arrow.target)
    inside = placed.inside[groups[0]]
    if groups[0] == groups[1]:
        left, top = placed.groups[groups[0]]
        ways = [(left + dx, top + dy) for dx, dy in inside.ways.get((arrow.source, arrow.target), ())]
        if inside.down:
            return line([(x + WIDTH / 2, y + HEIGHT), *ways, (to_x + WIDTH / 2, to_y)], down=True)
        return line([(x + WIDTH, y + HEIGHT / 2), *ways, (to_x, to_y + HEIGHT / 2)], down=False)
    return line([(x + WIDTH, y + HEIGHT / 2), (to_x, to_y + HEIGHT / 2)], down=False)


def line(points: Sequence[Point], *, down: bool) -> str:
    """A smooth line through points that leaves and enters each in the direction of the flow."""
    (x, y), *rest = points
    path = f"M{x:g} {y:g}"
    for to_x, to_y in rest:
        if down:
            bend = max((to_y - y) / 2, 16.0)
            path += f" C{x:g} {y + bend:g} {to_x:g} {to_y - bend:g} {to_x:g} {to_y:g}"
        else:
            bend = max((to_x - x) / 2, 30.0)
            path += f" C{x + bend:g} {y:g} {to_x - bend:g} {to_y:g} {to_x:g} {to_y:g}"
        x, y = to_x, to_y
    return path
