"""YAML to plain data and places, in one pass over libyaml's events.

Events and not composed nodes, because the composer in C recurses: enough open brackets crash the interpreter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml
from yaml import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)
from yaml._yaml import CParser

from mlc_compiler.source.comma_trap import mend_list, mend_mapping
from mlc_compiler.source.core_schema import resolve
from mlc_compiler.source.limits import MAX_DEPTH, MAX_VALUES
from mlc_compiler.source.problem import Extent, Problem, UnreadableError
from mlc_compiler.source.tree import Alias, Branch, Node, extent_of
from mlc_compiler.source.yaml_syntax import syntax_problem

# The stubs make marks and anchors of every event optional; libyaml always gives what its kind of event has.
Event = Any

_RESOLVED = frozenset("~nNtTfF0123456789+-.")
"""First characters of plain scalars that may be anything but text."""


def read_yaml(text: str, problems: list[Problem]) -> tuple[Any, Node]:
    """Reads one YAML 1.2 document under the core schema, with merge keys.

    Args:
        text: the document.
        problems: where to add what is wrong with it but can be read past.

    Returns:
        its data, and where each part stands.

    Raises:
        UnreadableError: what is wrong with it so that reading could not go on.
    """
    try:
        return _Reader(text, problems).stream()
    except yaml.MarkedYAMLError as error:
        raise UnreadableError(syntax_problem(text, error)) from None


class _Reader:
    """One reading; holds what has been seen so far."""

    def __init__(self, text: str, problems: list[Problem]) -> None:
        self.problems = problems
        self._text = text
        self._next: Callable[[], Event] = CParser(text).get_event
        self._anchors: dict[str, tuple[Any, Node, int] | None] = {}
        self._count = 0

    def stream(self) -> tuple[Any, Node]:
        """The one document of the stream; null for an empty one."""
        self._next()
        event = self._next()
        if isinstance(event, StreamEndEvent):
            return None, (0, 0)
        self._directives(event)
        data, root = self._value(self._next(), 0)
        self._next()
        event = self._next()
        if isinstance(event, DocumentStartEvent):
            self.problems.append(
                Problem(
                    "MLC011",
                    "a second document starts here",
                    _extent(event),
                    why="a file holds one document; the rest of this one would be ignored",
                    help="move what follows `---` to a file of its own, or delete it",
                )
            )
        return data, root

    def _value(self, event: Event, depth: int) -> tuple[Any, Node]:
        kind = type(event)
        if kind is AliasEvent:
            return self._alias(event)
        self._count += 1
        if self._count > MAX_VALUES:
            raise self._too_many(_extent(event))
        anchor: str | None = event.anchor
        if anchor is None and event.tag is None:
            if kind is ScalarEvent:
                return self._scalar(event)
            return self._collection(event, depth)
        if event.tag is not None:
            self._refuse_tag(event)
        before = self._count
        if anchor is not None:
            self._anchors[anchor] = None
        data, node = self._scalar(event) if kind is ScalarEvent else self._collection(event, depth)
        if anchor is not None:
            self._anchors[anchor] = data, node, self._count - before + 1
        return data, node

    def _scalar(self, event: Event) -> tuple[Any, Extent]:
        value: str = event.value
        extent = (event.start_mark.index, event.end_mark.index)
        # The style of a plain scalar is empty; only a plain one can be other than text.
        if event.style or (value and value[0] not in _RESOLVED):
            return value, extent if event.style not in {"|", ">"} else self._trim(extent)
        try:
            return resolve(value), extent
        except OverflowError:
            self.problems.append(
                Problem("MLC014", "number does not fit 64 bits", extent, help="write a smaller number, or quote it")
            )
            return 0, extent

    def _collection(self, event: Event, depth: int) -> tuple[Any, Branch]:
        start = event.start_mark.index
        if depth >= MAX_DEPTH:
            raise UnreadableError(
                Problem(
                    "MLC005",
                    f"nested deeper than {MAX_DEPTH} levels",
                    (start, start + 1),
                    why="nothing in the language is that deep, and the depth of a file must cost bounded memory",
                    help="check for an unclosed `[` or `{`",
                )
            )
        if type(event) is MappingStartEvent:
            return self._mapping(event, start, depth)
        return self._sequence(event, start, depth)

    def _sequence(self, event: Event, start: int, depth: int) -> tuple[list[Any], Branch]:
        data: list[Any] = []
        nodes: list[Node] = []
        while type(item := self._next()) is not SequenceEndEvent:
            value, node = self._value(item, depth + 1)
            data.append(value)
            nodes.append(node)
        if event.flow_style:
            self.problems += mend_list(self._text, data, nodes)
            return data, Branch((start, _extent(item)[1]), nodes)
        return data, Branch((start, max(start, extent_of(nodes[-1])[1])), nodes)

    def _mapping(self, event: Event, start: int, depth: int) -> tuple[dict[str, Any], Branch]:
        data: dict[str, Any] = {}
        entries: dict[str, tuple[Extent, Node]] = {}
        merges: list[tuple[Any, Node]] = []
        node: Node = (start, start)
        cut = False
        while type(item := self._next()) is not MappingEndEvent:
            where = _extent(item)
            if type(item) is ScalarEvent and not item.style and item.value == "<<":
                merges.append(self._value(self._next(), depth + 1))
                node = merges[-1][1]
                continue
            key = self._key(item, depth)
            value, node = self._value(self._next(), depth + 1)
            if key in entries:
                self._refuse_duplicate(key, where, entries[key][0])
                continue
            data[key] = value
            entries[key] = where, node
            cut = cut or value is None
        if merges:
            data, entries = self._merge(merges, data, entries)
        if event.flow_style:
            if cut:
                self.problems += mend_mapping(self._text, data, entries)
            return data, Branch((start, _extent(item)[1]), entries)
        return data, Branch((start, max(start, extent_of(node)[1])), entries)

    def _key(self, event: Event, depth: int) -> str:
        """The key of an entry as text, whatever it is."""
        if type(event) is ScalarEvent and event.anchor is None and event.tag is None:
            value: str = event.value
            if event.style or (value and value[0] not in _RESOLVED):
                return value
        data, node = self._value(event, depth + 1)
        if isinstance(data, str):
            return data
        written = isinstance(node, tuple)
        text = self._text[slice(*node)] if isinstance(node, tuple) else "?"
        kind = "a collection" if not written else "empty" if data is None and not text else f"`{text}`"
        self.problems.append(
            Problem(
                "MLC008",
                f"a key must be text, and this one is {kind}" if not written or not text else f"key {kind} is not text",
                _extent(event),
                why="YAML reads it as a number, a boolean, null or a collection, so it names nothing",
                help=f'put it in quotes: `"{text}"`' if written and text else "write a name before the `:`",
                replacement=f'"{text}"' if written and text else None,
            )
        )
        return text

    def _alias(self, event: Event) -> tuple[Any, Alias]:
        use = _extent(event)
        found = self._anchors.get(event.anchor)
        if found is None:
            inside = event.anchor in self._anchors
            raise UnreadableError(
                Problem(
                    "MLC012",
                    f"`*{event.anchor}` stands inside its own anchor"
                    if inside
                    else f"no anchor `&{event.anchor}` stands before `*{event.anchor}`",
                    use,
                    help="a value cannot contain itself; write it out"
                    if inside
                    else f"put `&{event.anchor}` before the value that is meant, further up in this file",
                )
            )
        data, node, size = found
        self._count += size
        if self._count > MAX_VALUES:
            raise self._too_many(use)
        return data, Alias(use, node)

    def _merge(
        self, merges: list[tuple[Any, Node]], data: dict[str, Any], entries: dict[str, tuple[Extent, Node]]
    ) -> tuple[dict[str, Any], dict[str, tuple[Extent, Node]]]:
        """Entries that come through `<<`, then the mapping's own; the own and the first named win."""
        merged: dict[str, Any] = {}
        places: dict[str, tuple[Extent, Node]] = {}
        for value, node in merges:
            for mapping, source in _mappings(value, node):
                branch, use = _target(source)
                if not isinstance(mapping, dict) or branch is None or not isinstance(branch.children, dict):
                    self.problems.append(
                        Problem(
                            "MLC012",
                            "`<<` takes a mapping or a list of mappings",
                            use,
                            help="name an anchored mapping: `<<: *name`",
                        )
                    )
                    continue
                for key, (where, child) in branch.children.items():
                    if key not in merged:
                        merged[key] = mapping[key]
                        places[key] = where, Alias(use, child)
        self._count += len(merged)
        return merged | data, places | entries

    def _refuse_duplicate(self, key: str, where: Extent, first: Extent) -> None:
        self.problems.append(
            Problem(
                "MLC007",
                f"key `{key}` is given twice",
                where,
                why="only one of the two values could count, and which one is a matter of the reader",
                help="keep one of them, or rename the other",
                related=((first, "first given here"),),
            )
        )

    def _refuse_tag(self, event: Event) -> None:
        start = event.start_mark.index
        self.problems.append(
            Problem(
                "MLC010",
                f"tag `{_tag_text(self._text, start)}` is not read",
                (start, start + len(_tag_text(self._text, start))),
                why="a tag asks the reader to build an object; a spec is plain data",
                help="delete the tag; put the value in quotes to make it text",
            )
        )

    def _directives(self, event: Event) -> None:
        if event.version not in {None, (1, 2)} or event.tags:
            self.problems.append(
                Problem(
                    "MLC010",
                    "a directive other than `%YAML 1.2` is not read",
                    _extent(event),
                    why="specs are read as YAML 1.2 whatever a directive says",
                    help="delete the line that starts with `%`",
                )
            )

    def _too_many(self, extent: Extent) -> UnreadableError:
        return UnreadableError(
            Problem(
                "MLC005",
                f"more than {MAX_VALUES:,} values, with each alias counted as what it stands for",
                extent,
                why="a file must cost bounded time and memory; nested aliases multiply",
                help="split the file, or use fewer aliases of aliases",
            )
        )

    def _trim(self, extent: Extent) -> Extent:
        """A block scalar without the empty lines after it."""
        start, end = extent
        return start, start + len(self._text[start:end].rstrip())


def _extent(event: Event) -> Extent:
    return event.start_mark.index, event.end_mark.index


def _tag_text(text: str, start: int) -> str:
    """The tag among a node's properties, which may start with its anchor."""
    return next((word for word in text[start : start + 200].split() if word.startswith("!")), "!")


def _mappings(value: Any, node: Node) -> list[tuple[Any, Node]]:
    """What a `<<` names, one by one."""
    branch, _ = _target(node)
    if isinstance(value, list) and branch is not None and isinstance(branch.children, list):
        return list(zip(value, branch.children, strict=True))
    return [(value, node)]


def _target(node: Node) -> tuple[Branch | None, Extent]:
    """The collection behind a node, and where it is used."""
    use = extent_of(node)
    while isinstance(node, Alias):
        node = node.target
    return (node if isinstance(node, Branch) else None), use
