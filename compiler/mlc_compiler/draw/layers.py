"""A layered layout: every arrow points to a later layer, and arrows cross as little as a few sweeps achieve.

Sugiyama, Tagawa and Toda, *Methods for Visual Understanding of Hierarchical System Structures*, 1981: layers by the
longest path, order within them by barycentres; arrows over several layers run through points of their own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Pair = tuple[str, str]
_SWEEPS = 6


@dataclass(frozen=True)
class Layered:
    """Nodes in layers.

    Attributes:
        layers: the names in each layer, in order; points of long arrows are named by `point`.
        points: for each arrow over several layers, the names of its points.
    """

    layers: tuple[tuple[str, ...], ...]
    points: Mapping[Pair, tuple[str, ...]]


def layered(nodes: Sequence[str], arrows: Iterable[Pair], *, late: bool = False) -> Layered:
    """Put nodes into layers and order each.

    Args:
        nodes: names, in the order that decides ties.
        arrows: from and to; an arrow that closes a circle does not move a layer.
        late: nodes to which no arrow leads stand just before their readers, not all in the first layer.
    """
    kept = _acyclic(nodes, [arrow for arrow in dict.fromkeys(arrows) if arrow[0] != arrow[1]])
    rank = _ranks(nodes, kept, late=late)
    layers: list[list[str]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for node in nodes:
        layers[rank[node]].append(node)
    points: dict[Pair, tuple[str, ...]] = {}
    links: list[Pair] = []
    for source, target in kept:
        names = tuple(point(source, target, layer) for layer in range(rank[source] + 1, rank[target]))
        for layer, name in enumerate(names, rank[source] + 1):
            layers[layer].append(name)
        if names:
            points[source, target] = names
        links += zip((source, *names), (*names, target), strict=True)
    return Layered(tuple(map(tuple, _ordered(layers, links))), points)


def point(source: str, target: str, layer: int) -> str:
    """The name of the point where an arrow passes a layer."""
    return f"\0{source}\0{target}\0{layer}"


def is_point(name: str) -> bool:
    """Whether a name stands for a point of an arrow."""
    return name.startswith("\0")


def _acyclic(nodes: Sequence[str], arrows: Sequence[Pair]) -> list[Pair]:
    """The arrows without those that lead back to a node from which the walk came."""
    after: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in arrows:
        after[source].append(target)
    state: dict[str, int] = {}
    back: set[Pair] = set()
    for start in nodes:
        stack = [(start, iter(after[start]))] if start not in state else []
        state.setdefault(start, 1)
        while stack:
            node, rest = stack[-1]
            for target in rest:
                if state.get(target) == 1:
                    back.add((node, target))
                elif target not in state:
                    state[target] = 1
                    stack.append((target, iter(after[target])))
                    break
            else:
                state[node] = 2
                stack.pop()
    return [arrow for arrow in arrows if arrow not in back]


def _ranks(nodes: Sequence[str], arrows: Sequence[Pair], *, late: bool) -> dict[str, int]:
    """The layer of each node: the longest way to it."""
    before: dict[str, list[str]] = {node: [] for node in nodes}
    after: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in arrows:
        before[target].append(source)
        after[source].append(target)
    rank: dict[str, int] = {}
    waiting = {node: len(sources) for node, sources in before.items()}
    ready = [node for node in nodes if not waiting[node]]
    for node in ready:
        rank[node] = max((rank[source] + 1 for source in before[node]), default=0)
        for target in after[node]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for node in nodes if late else ():
        if not before[node] and after[node]:
            rank[node] = min(rank[target] for target in after[node]) - 1
    return rank


def _ordered(layers: list[list[str]], links: Sequence[Pair]) -> list[list[str]]:
    """The layers with few crossings: each node moves to the mean place of its neighbours, down and up in turn."""
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for source, target in links:
        above.setdefault(target, []).append(source)
        below.setdefault(source, []).append(target)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, below)
    for sweep in range(_SWEEPS):
        near, walk = (above, layers[1:]) if sweep % 2 == 0 else (below, layers[-2::-1])
        place = {name: i for layer in layers for i, name in enumerate(layer)}
        for layer in walk:
            means = {
                name: sum(place[other] for other in near[name]) / len(near[name]) if name in near else place[name]
                for name in layer
            }
            layer.sort(key=means.__getitem__)
            place |= {name: i for i, name in enumerate(layer)}
        count = _crossings(layers, below)
        if count < fewest:
            best, fewest = [list(layer) for layer in layers], count
    return best


def _crossings(layers: Sequence[Sequence[str]], below: Mapping[str, Sequence[str]]) -> int:
    """How many pairs of links between neighbouring layers cross, counted by insertion."""
    count = 0
    place = {name: i for layer in layers for i, name in enumerate(layer)}
    for layer in layers:
        ends = [end for name in layer for end in sorted(place[other] for other in below.get(name, ()))]
        seen: list[int] = []
        for end in ends:
            at = bisect_right(seen, end)
            count += len(seen) - at
            seen.insert(at, end)
    return count
