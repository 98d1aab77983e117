"""Where each key, value and table of a TOML text stands."""

from __future__ import annotations

import math
import tomllib
from array import array
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

import tree_sitter_toml
from tree_sitter import Language, Parser
from tree_sitter import Node as Syntax

from mlc_compiler.source.core_schema import fits
from mlc_compiler.source.limits import MAX_DEPTH, MAX_DIGITS, MAX_VALUES
from mlc_compiler.source.place import Path
from mlc_compiler.source.problem import Extent, Problem, UnreadableError
from mlc_compiler.source.tree import Branch, Node

Edit = tuple[int, int, bytes]
"""Bytes to write over a range of bytes of the same length."""

_LANGUAGE: Final = Language(tree_sitter_toml.language())
KEYS: Final = frozenset(("bare_key", "quoted_key", "dotted_key"))
VALUES: Final = frozenset(
    (
        "array",
        "boolean",
        "float",
        "inline_table",
        "integer",
        "local_date",
        "local_date_time",
        "local_time",
        "offset_date_time",
        "string",
    )
)


def parse(raw: bytes) -> Syntax:
    """The syntax tree of a TOML text in UTF-8."""
    return Parser(_LANGUAGE).parse(raw).root_node


def toml_tree(raw: bytes, text: str, problems: list[Problem]) -> tuple[Branch, list[Edit]]:
    """Finds the place of everything in a TOML text.

    Where the syntax is broken, what can be recognised is there; that it is broken is for the parser to say.

    Args:
        raw: the text as UTF-8.
        text: the same text.
        problems: where to add what is wrong beyond the syntax.

    Returns:
        the root, and the edits that take what is wrong out of `raw`.

    Raises:
        UnreadableError: it is too large or too deep.
    """
    walk = _Walk(raw, text, problems)
    walk.document(parse(raw))
    return walk.root, walk.edits


def toml_keys(text: str) -> Iterator[tuple[Path, Extent]]:
    """Every part of every key of a valid TOML text, with the route that it ends."""
    walk = _Walk(text.encode(), text, [])
    for node in parse(text.encode()).children:
        yield from walk.keys(node, ())


class _Walk:
    """One pass over the syntax tree, in the order of the text."""

    def __init__(self, raw: bytes, text: str, problems: list[Problem]) -> None:
        self.root = Branch((0, len(text)), {})
        self.problems = problems
        self.edits: list[Edit] = []
        self._raw = raw
        self._headed: set[int] = set()
        self._count = 0
        # Code points before each byte; in ASCII that is the byte's own number.
        starts = accumulate(((byte & 0xC0) != 0x80 for byte in raw), initial=0)
        self._points = None if text.isascii() else array("I", starts)

    def document(self, node: Syntax) -> None:
        for child in node.children:
            if child.type == "pair":
                self._pair(self.root, child, 0)
            elif child.type in {"table", "table_array_element"}:
                self._table(child)

    def keys(self, node: Syntax, path: Path) -> Iterator[tuple[Path, Extent]]:
        """The parts of the keys in a table, a pair or a value, each with the route that it ends."""
        if node.type in {"array", "inline_table"}:
            for number, child in enumerate(child for child in node.children if child.type in {"pair", *VALUES}):
                yield from self.keys(child, path if child.type == "pair" else (*path, number))
        elif node.type in {"pair", "table", "table_array_element"}:
            for name, where in self._parts(next(child for child in node.children if child.type in KEYS)):
                path = (*path, name)
                yield path, where
            for child in node.children:
                if child.type == "pair" or child.type in VALUES:
                    yield from self.keys(child, path)

    def _table(self, node: Syntax) -> None:
        keys = [child for child in node.children if child.type in KEYS]
        if not keys:
            return
        parts = self._parts(keys[0])
        extent = self._table_extent(node)
        branch = self._descend(self.root, parts[:-1], extent)
        name, where = parts[-1]
        if branch is None or not isinstance(branch.children, dict):
            return
        known = branch.children.get(name)
        target = Branch(extent, {})
        if node.type == "table_array_element":
            if known is None:
                branch.children[name] = where, Branch(extent, [target])
            elif isinstance(known[1], Branch) and isinstance(known[1].children, list):
                known[1].children.append(target)
                known[1].extent = (known[1].extent[0], extent[1])
                known[1].again += (where,)
            else:
                self._refuse_duplicate(f"table `{name}`", where, known[0], node)
                return
        elif known is None:
            branch.children[name] = where, target
        elif isinstance(known[1], Branch) and isinstance(known[1].children, dict) and id(known[1]) not in self._headed:
            # It was implied by a table below it; its own header is the better place.
            target = known[1]
            target.extent = extent
            target.again += (known[0],)
            branch.children[name] = where, target
        else:
            self._refuse_duplicate(f"table `{name}`", where, known[0], node)
            return
        self._headed.add(id(target))
        for child in node.children:
            if child.type == "pair":
                self._pair(target, child, len(parts))

    def _pair(self, branch: Branch, node: Syntax, depth: int) -> None:
        keys = [child for child in node.children if child.type in KEYS]
        values = [child for child in node.children if child.type in VALUES]
        if not keys or not values:
            return
        parts = self._parts(keys[0])
        holder = self._descend(branch, parts[:-1], self._extent(node))
        if holder is None or not isinstance(holder.children, dict):
            return
        name, where = parts[-1]
        if name in holder.children:
            self._refuse_duplicate(f"key `{name}`", where, holder.children[name][0], node)
            return
        holder.children[name] = where, self._value(values[0], depth + len(parts))

    def _value(self, node: Syntax, depth: int) -> Node:
        self._count += 1
        extent = self._extent(node)
        if depth > MAX_DEPTH or self._count > MAX_VALUES:
            raise UnreadableError(_beyond(extent, deep=depth > MAX_DEPTH))
        if node.type == "array":
            items = [self._value(child, depth + 1) for child in node.children if child.type in VALUES]
            return Branch(extent, items)
        if node.type == "inline_table":
            table = Branch(extent, {})
            self._headed.add(id(table))
            for child in node.children:
                if child.type == "pair":
                    self._pair(table, child, depth + 1)
            return table
        if node.type in {"integer", "float"} and not _fits(self._raw[node.start_byte : node.end_byte].decode()):
            self.edits.append((node.start_byte, node.end_byte, b"0".ljust(node.end_byte - node.start_byte)))
            self.problems.append(
                Problem("MLC014", "number does not fit 64 bits", extent, help="write a smaller number, or quote it")
            )
        return extent

    def _descend(self, branch: Branch, parts: list[tuple[str, Extent]], extent: Extent) -> Branch | None:
        """The table that a dotted key's leading parts name, made where it is implied; none where it is no table."""
        for name, where in parts:
            if not isinstance(branch.children, dict):
                return None
            known = name in branch.children
            if not known:
                branch.children[name] = where, Branch((where[0], extent[1]), {})
            child = branch.children[name][1]
            if not isinstance(child, Branch):
                return None
            child.again += (where,) if known else ()
            if isinstance(child.children, list):
                last = child.children[-1] if child.children else None
                if not isinstance(last, Branch):
                    return None
                child = last
            child.extent = (child.extent[0], max(child.extent[1], extent[1]))
            branch = child
        return branch

    def _parts(self, key: Syntax) -> list[tuple[str, Extent]]:
        """The parts of a key, leftmost first. A dotted key nests on its left; its length is bounded by now."""
        parts: list[tuple[str, Extent]] = []
        while key.type == "dotted_key":
            named = [child for child in key.children if child.type in KEYS]
            parts.append(self._part(named[-1]))
            if len(named) < 2:
                return parts[::-1]
            key = named[0]
        parts.append(self._part(key))
        return parts[::-1]

    def _part(self, key: Syntax) -> tuple[str, Extent]:
        name = self._raw[key.start_byte : key.end_byte].decode()
        if key.type == "quoted_key":
            try:
                name = next(iter(tomllib.loads(f"{name} = 0")))
            except tomllib.TOMLDecodeError:
                name = name[1:-1]
        return name, self._extent(key)

    def _refuse_duplicate(self, what: str, where: Extent, first: Extent, node: Syntax) -> None:
        self.problems.append(
            Problem(
                "MLC007",
                f"{what} is given twice",
                where,
                why="only one of the two values could count, and which one is a matter of the reader",
                help="keep one of them, or rename the other",
                related=((first, "first given here"),),
            )
        )
        start, stop = node.start_byte, node.end_byte
        before = node.prev_sibling
        if before is not None and before.type == ",":
            start = before.start_byte
        self.edits.append((start, stop, bytes(byte if byte in b"\r\n" else 0x20 for byte in self._raw[start:stop])))

    def _table_extent(self, node: Syntax) -> Extent:
        """From the header to the last value, without what follows."""
        values = [part for child in node.children if child.type == "pair" for part in child.children]
        last = [part for part in values if part.type in VALUES]
        start, end = self._extent(node)
        return start, self._extent(last[-1])[1] if last else end

    def _extent(self, node: Syntax) -> Extent:
        if self._points is None:
            return node.start_byte, node.end_byte
        return self._points[node.start_byte], self._points[node.end_byte]


def _fits(written: str) -> bool:
    if len(written) > MAX_DIGITS:
        return False
    try:
        return fits(int(written, 0))
    except ValueError:
        pass
    try:
        return math.isfinite(float(written)) or written.lstrip("+-") in {"inf", "nan"}
    except ValueError:
        # Not a number to Python either: the parser says so.
        return True


def _beyond(extent: Extent, *, deep: bool) -> Problem:
    return Problem(
        "MLC005",
        f"nested deeper than {MAX_DEPTH} levels" if deep else f"more than {MAX_VALUES:,} values",
        extent,
        why="a file must cost bounded time and memory",
        help="check for an unclosed `[` or `{`" if deep else "split the file",
    )
