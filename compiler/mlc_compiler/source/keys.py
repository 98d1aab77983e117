"""Every place at which a key is written: in TOML, a table's name may stand in many headers."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_compiler.source.document import Document
from mlc_compiler.source.place import Path
from mlc_compiler.source.problem import Extent
from mlc_compiler.source.tree import Branch, Node


def written_keys(document: Document) -> Iterator[tuple[Path, Extent]]:
    """The keys of a document that was read without problems, each with its route, as often as it is written.

    What comes through an alias is told where it is written. In a TOML array of tables the route has no number.
    """
    if document.format == "toml":
        from mlc_compiler.source.toml_tree import toml_keys  # most projects are written in YAML

        yield from toml_keys(document.text)
    else:
        yield from _of_node(document.root, ())


def _of_node(node: Node, path: Path) -> Iterator[tuple[Path, Extent]]:
    if not isinstance(node, Branch):
        return
    if isinstance(node.children, dict):
        for name, (key, value) in node.children.items():
            yield (*path, name), key
            yield from _of_node(value, (*path, name))
    else:
        for number, value in enumerate(node.children):
            yield from _of_node(value, (*path, number))
