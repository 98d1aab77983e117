"""Where boxes stand: within their group by layers, groups by layers from left to right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, sqrt

from mlc_compiler.draw.drawing import Drawing, Group
from mlc_compiler.draw.layers import Pair, is_point, layered

WIDTH, HEIGHT = 196.0, 46.0
"""Of a box."""
HEAD, PADDING = 34.0, 14.0
"""Of a group: its heading, and what is left free around its boxes."""
ALONG, ACROSS = 34.0, 16.0
"""Between boxes: from layer to layer, and within a layer."""
COLUMNS, ROWS = 90.0, 26.0
"""Between groups."""
_THREAD = 14.0
"""The width that an arrow takes where it passes a layer."""
_SWEEPS = 8
_TALLEST = 1_100.0
"""A column of groups is broken from here on, unless the drawing is larger in all."""
_SQUARE = 1.25
"""How tall a column may be, by the side of the square that would hold all groups."""
_STRAIGHT = 4
"""How much more it counts that a line between two of a kind is straight, boxes or points."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Inside:
    """The boxes of a group.

    Attributes:
        size: width and height with heading and padding.
        boxes: the corner of each box, from the group's corner.
        ways: the points that long arrows within the group pass.
        down: whether layers stand below each other; else side by side.
    """

    size: Point
    boxes: Mapping[str, Point]
    ways: Mapping[Pair, tuple[Point, ...]]
    down: bool


@dataclass(frozen=True)
class Placed:
    """A drawing with places.

    Attributes:
        size: of the whole.
        groups: the corner of each.
        inside: the boxes of each group.
    """

    size: Point
    groups: Mapping[str, Point]
    inside: Mapping[str, Inside]

    def box(self, group: str, name: str) -> Point:
        """The corner of a box."""
        (left, top), (x, y) = self.groups[group], self.inside[group].boxes[name]
        return left + x, top + y


def tallest_column(inside: Mapping[str, Inside]) -> float:
    """How tall columns of groups may be: so that many groups fill about a square."""
    sizes = (found.size for found in inside.values())
    area = sum((width + COLUMNS) * (height + ROWS) for width, height in sizes)
    return max(_TALLEST, _SQUARE * sqrt(area))


def place(drawing: Drawing, inside: Mapping[str, Inside], tallest: float) -> Placed:
    """Give every group its place, in columns that are broken where they would be taller.

    Args:
        drawing: what is drawn.
        inside: the boxes of its groups, see `place_boxes`.
        tallest: how tall a column may be.
    """
    sizes = {name: found.size for name, found in inside.items()}
    columns = [part for column in group_columns(drawing) for part in broken(column, sizes, tallest)]
    corners: dict[str, Point] = {}
    left, bottom = 0.0, 0.0
    height = max((_stacked(column, sizes) for column in columns), default=0.0)
    for column in columns:
        width = max(sizes[name][0] for name in column)
        top = (height - _stacked(column, sizes)) / 2
        for name in column:
            corners[name] = (left + (width - sizes[name][0]) / 2, top)
            top += sizes[name][1] + ROWS
        bottom = max(bottom, top - ROWS)
        left += width + COLUMNS
    return Placed((max(left - COLUMNS, 0.0), bottom), corners, inside)


def group_columns(drawing: Drawing) -> list[list[str]]:
    """The groups in columns, so that arrows run to the right where no circle prevents it."""
    owner = {box.name: box.group for box in drawing.boxes}
    names = [group.name for group in drawing.groups]
    arrows = [(owner[arrow.source], owner[arrow.target]) for arrow in drawing.arrows]
    found = layered(names, arrows)
    return [[name for name in layer if not is_point(name)] for layer in found.layers]


def place_boxes(drawing: Drawing) -> dict[str, Inside]:
    """Give the boxes of each group their places, in layers that run down or to the right, whichever is squarer."""
    return {group.name: _place_group(group, drawing) for group in drawing.groups}


def _place_group(group: Group, drawing: Drawing) -> Inside:
    members = set(group.boxes)
    arrows = [(a.source, a.target) for a in drawing.arrows if a.source in members and a.target in members]
    found = layered(group.boxes, arrows, late=True)
    ways = [_laid(found.layers, found.points, arrows, down=down) for down in (True, False)]
    return min(ways, key=lambda way: max(way.size[0], 1.4 * way.size[1]))


def _laid(
    layers: Sequence[Sequence[str]], points: Mapping[Pair, tuple[str, ...]], arrows: Iterable[Pair], *, down: bool
) -> Inside:
    breadth, depth = (WIDTH, HEIGHT) if down else (HEIGHT, WIDTH)
    gap = ALONG if down else 1.4 * ALONG
    middles = _middles(layers, list(_links(points, arrows)), breadth)
    first = min((middles[name] - _breadth(name, breadth) / 2 for layer in layers for name in layer), default=0.0)
    corners: dict[str, Point] = {}
    for number, layer in enumerate(layers):
        for name in layer:
            across = middles[name] - _breadth(name, breadth) / 2 - first
            along = number * (depth + gap)
            corners[name] = (across, along) if down else (along, across)
    last = max((middles[name] + _breadth(name, breadth) / 2 for layer in layers for name in layer), default=0.0)
    whole = (last - first, len(layers) * (depth + gap) - gap)
    width, height = whole if down else whole[::-1]
    moved = {name: (x + PADDING, y + HEAD) for name, (x, y) in corners.items()}
    centre = (_THREAD / 2, HEIGHT / 2) if down else (WIDTH / 2, _THREAD / 2)
    return Inside(
        (width + 2 * PADDING, height + HEAD + PADDING),
        {name: corner for name, corner in moved.items() if not is_point(name)},
        {
            pair: tuple((moved[name][0] + centre[0], moved[name][1] + centre[1]) for name in names)
            for pair, names in points.items()
        },
        down,
    )


def _links(points: Mapping[Pair, tuple[str, ...]], arrows: Iterable[Pair]) -> Iterator[Pair]:
    for source, target in dict.fromkeys(arrows):
        yield from pairwise((source, *points.get((source, target), ()), target))


def _breadth(name: str, breadth: float) -> float:
    return _THREAD if is_point(name) else breadth


def _middles(layers: Sequence[Sequence[str]], links: Iterable[Pair], breadth: float) -> dict[str, float]:
    """The middle of each node across the layers: near its neighbours, and no two too close."""
    near: dict[str, list[str]] = {}
    for source, target in links:
        near.setdefault(source, []).append(target)
        near.setdefault(target, []).append(source)
    middles = {name: 0.0 for layer in layers for name in layer}
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = [_wanted(name, near.get(name, ()), middles) for name in layer]
            needed = [_breadth(name, breadth) for name in layer]
            gaps = [(one + other) / 2 + ACROSS for one, other in pairwise(needed)]
            middles |= zip(layer, spread(wanted, gaps), strict=True)
    return middles


def _wanted(name: str, near: Iterable[str], middles: Mapping[str, float]) -> float:
    """The mean of the neighbours' middles, its own where it has none."""
    pulls = [(_STRAIGHT if is_point(name) == is_point(other) else 1, middles[other]) for other in near]
    weight = sum(pull for pull, _ in pulls)
    return sum(pull * middle for pull, middle in pulls) / weight if weight else middles[name]


def spread(wanted: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones, by the sum of squares, that are in order and keep the gaps.

    Without the gaps this is isotonic regression; neighbours that are out of order are pooled until none is.
    """
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=False):
        total, count = want - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            earlier, more = pools.pop()
            total, count = total + earlier, count + more
        pools.append((total, count))
    level = [total / count for total, count in pools for _ in range(count)]
    return [place + offset for place, offset in zip(level, offsets, strict=False)]


def broken(column: Sequence[str], sizes: Mapping[str, Point], tallest: float) -> Iterator[list[str]]:
    """A column of groups, or as many of about one height as keep below another."""
    whole = _stacked(column, sizes)
    wanted = whole / ceil(whole / tallest)
    part: list[str] = []
    for name in column:
        if part and _stacked(part, sizes) + sizes[name][1] / 2 > wanted:
            yield part
            part = []
        part.append(name)
    yield part


def _stacked(column: Sequence[str], sizes: Mapping[str, Point]) -> float:
    return sum(sizes[name][1] for name in column) + ROWS * (len(column) - 1)
