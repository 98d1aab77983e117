"""The shape of a document with the place of each key and value; what it says is in the plain data beside it."""

from __future__ import annotations

from dataclasses import dataclass

from mlc_compiler.source.place import Path
from mlc_compiler.source.problem import Extent


@dataclass(slots=True)
class Branch:
    """A mapping (key -> where the key stands, value) or a list.

    `again` is where its key stands besides: TOML names a table again in the headers of what lies below it.
    """

    extent: Extent
    children: dict[str, tuple[Extent, Node]] | list[Node]
    again: tuple[Extent, ...] = ()


@dataclass(frozen=True, slots=True)
class Alias:
    """A use of what stands elsewhere: `*name`, or an entry that came through `<<`."""

    use: Extent
    target: Node


Node = Extent | Branch | Alias
"""A scalar is its extent."""


@dataclass(frozen=True, slots=True)
class Found:
    """How far a path leads into a document.

    Attributes:
        node: what stands at the end of the part that exists, never an alias.
        key: where its key stands; none for the document itself and for items of lists.
        uses: the aliases that the path went through, outermost first.
        whole: whether the path led all the way.
    """

    node: Extent | Branch
    key: Extent | None
    uses: tuple[Extent, ...]
    whole: bool


def extent_of(node: Node) -> Extent:
    """Where a node's text stands; an alias stands where it is used."""
    if isinstance(node, Branch):
        return node.extent
    return node.use if isinstance(node, Alias) else node


def find(root: Node, path: Path) -> Found:
    """Follows a path of keys as far as it leads."""
    uses: list[Extent] = []
    node = _through(root, uses)
    key: Extent | None = None
    for part in path:
        step = _step(node, part)
        if step is None:
            return Found(node, key, tuple(uses), whole=False)
        key, child = step
        node = _through(child, uses)
    return Found(node, key, tuple(uses), whole=True)


def _step(node: Node, part: str | int) -> tuple[Extent | None, Node] | None:
    if not isinstance(node, Branch):
        return None
    if isinstance(node.children, dict):
        return node.children.get(part) if isinstance(part, str) else None
    if isinstance(part, int) and 0 <= part < len(node.children):
        return None, node.children[part]
    return None


def _through(node: Node, uses: list[Extent]) -> Extent | Branch:
    while isinstance(node, Alias):
        uses.append(node.use)
        node = node.target
    return node
