"""Every place of a spec and its environment where something is named, and what it is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from mlc_compiler.check.entries import File, Section
from mlc_compiler.editor import slots
from mlc_compiler.editor.names import INSIDE, OUTSIDE, Symbol, column, entry, feature, has_from, rows
from mlc_compiler.editor.view import View, mapping
from mlc_compiler.expression.parse import parse
from mlc_compiler.expression.tree import Name, Variable, walk
from mlc_compiler.source.document import Document
from mlc_compiler.source.place import Path, Place
from mlc_compiler.source.problem import Extent
from mlc_compiler.spec.call import is_parameter

On = Literal["key", "value"]


class Use(NamedTuple):
    """A name in a text.

    Attributes:
        symbol: what it names.
        file: the document.
        extent: where in its text.
        defines: whether the thing is defined here.
    """

    symbol: Symbol
    file: str
    extent: Extent
    defines: bool = False


class _Word(NamedTuple):
    """A name within a text value or a key, at `start <= i < end` of it."""

    symbol: Symbol
    start: int
    end: int
    defines: bool = False


@lru_cache(maxsize=8)
def uses(view: View) -> tuple[Use, ...]:
    """Every name that stands for something, each place once for each thing that it names."""
    found: dict[Use, None] = {}
    for file in view.files:
        document = view.documents[file.name]
        for path, on, text in _texts(document.data, ()):
            for word in _words(view, file, path, on, text):
                for number, extent in enumerate(_extents(document, path, on, text, word)):
                    found[Use(word.symbol, file.name, extent, word.defines and number == 0)] = None
    if view.environment is not None and view.environment.file in view.documents:
        document = view.documents[view.environment.file]
        for path, on, text in _texts(document.data, ()):
            for word in _outside(view, path, on, text):
                for number, extent in enumerate(_extents(document, path, on, text, word)):
                    found[Use(word.symbol, document.file, extent, word.defines and number == 0)] = None
    return tuple(found)


def uses_at(view: View, offset: int) -> list[Use]:
    """What is named at a point of the view's document; the shortest where names contain each other."""
    found = [use for use in uses(view) if use.file == view.file and use.extent[0] <= offset <= use.extent[1]]
    shortest = min((use.extent[1] - use.extent[0] for use in found), default=0)
    return [use for use in found if use.extent[1] - use.extent[0] == shortest]


def _texts(data: Any, path: Path) -> Iterator[tuple[Path, On, str]]:
    """The keys and the texts of a document, with their paths."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*path, key), "key", key
            yield from _texts(value, (*path, key))
    elif isinstance(data, list):
        for position, value in enumerate(data):
            yield from _texts(value, (*path, position))
    elif isinstance(data, str):
        yield path, "value", data


def _words(view: View, file: File, path: Path, on: On, text: str) -> Iterator[_Word]:
    yield from _definition(file, path, on, text)
    if is_parameter(text) and on == "value" and "with" in path:
        yield from _parameter(file, text[1:], 0, len(text))
        return
    match slots.slot(path, on, looks_up=has_from(file, path)):
        case slots.Entry(sections):
            yield from _dotted(entry(view, file, text, sections), text)
        case slots.Column(of, groups):
            yield from _column(view, file, text, rows(view, file, path, of), groups=groups)
        case slots.Join():
            for of in ("from", "example"):
                for symbol in column(view, rows(view, file, path, of), text):
                    yield _Word(symbol, 0, len(text))
        case slots.Formula(of, groups):
            yield from _formula(view, file, text, rows(view, file, path, of), groups=groups)
        case slots.Condition():
            yield from _condition(view, file, text)
        case slots.Counts():
            yield from _formula(view, file, text, (), groups=False)
        case slots.Query():
            yield from _query(view, file, text)
        case slots.Feature():
            yield from _input(view, file, text)
        case slots.Given():
            yield from _given(view, file, text)
        case slots.Produced():
            yield from _output(file, text)
        case slots.Outside(section):
            yield _Word(Symbol(section, text), 0, len(text))
        case slots.Argument() | slots.Estimator() | slots.Function() | slots.Metric() | slots.Overridden() | None:
            pass


def _definition(file: File, path: Path, on: On, text: str) -> Iterator[_Word]:
    whole = (0, len(text))
    match path, on:
        case (str(section), _), "key" if section in INSIDE:
            yield _Word(Symbol(INSIDE[section], file.qualify(text)), *whole, defines=True)
        case ("sources", name, "columns", _), "key":
            yield _Word(Symbol("column", text, file.qualify(str(name))), *whole, defines=True)
        case ("features", name, "columns", _), "key":
            yield _Word(Symbol("feature", text, file.qualify(str(name))), *whole, defines=True)
        case ("features", name, "columns", int()), "value":
            yield _Word(Symbol("feature", text, file.qualify(str(name))), *whole, defines=True)
        case ("steps", name, "outputs", _), "key":
            yield _Word(Symbol("output", text, str(name)), *whole, defines=True)
        case _:
            pass


def _outside(view: View, path: Path, on: On, text: str) -> Iterator[_Word]:
    section = str(path[0])
    if on == "key" and len(path) == 2 and section in OUTSIDE:
        yield _Word(Symbol(OUTSIDE[section], text), 0, len(text), defines=True)
        return
    match slots.slot(path, on):
        case slots.Outside(kind):
            yield _Word(Symbol(kind, text), 0, len(text))
        case slots.Overridden() if view.files:
            yield from _dotted(entry(view, view.files[0], text, ("training", "serving", "steps")), text)
        case _:
            pass


def _dotted(symbol: Symbol | None, text: str) -> Iterator[_Word]:
    """A name that may begin with an alias."""
    if symbol is not None:
        alias, dot, _ = text.rpartition(".")
        if dot:
            yield _Word(Symbol("include", alias), 0, len(alias))
        yield _Word(symbol, len(alias) + len(dot), len(text))


def _column(view: View, file: File, text: str, sources: tuple[str, ...], *, groups: bool) -> Iterator[_Word]:
    found = column(view, sources, text)
    if found or not groups:
        yield from (_Word(symbol, 0, len(text)) for symbol in found)
    else:
        yield from _feature(view, file, text.split("."), 0)


def _feature(view: View, file: File, parts: list[str], start: int) -> Iterator[_Word]:
    """`group.column`, or `alias.group.column`, that begins at a point."""
    *group, name = parts
    written = ".".join(group)
    symbol = feature(view, file, written, name)
    if symbol is not None:
        for word in _dotted(entry(view, file, written, ("features",)), written):
            yield word._replace(start=start + word.start, end=start + word.end)
        begin = start + len(written) + 1
        yield _Word(symbol, begin, begin + len(name))


def _formula(view: View, file: File, text: str, sources: tuple[str, ...], *, groups: bool) -> Iterator[_Word]:
    expression, _ = parse(text)
    for node in walk(expression.tree) if expression is not None else ():
        if isinstance(node, Variable):
            yield from _parameter(file, node.name, node.start, node.end)
        elif isinstance(node, Name) and text[node.start : node.end] == node.text:
            # What is quoted or in parentheses is written otherwise, and left as it is.
            if len(node.parts) == 1:
                yield from (_Word(symbol, node.start, node.end) for symbol in column(view, sources, node.text))
            elif groups:
                yield from _feature(view, file, list(node.parts), node.start)


def _condition(view: View, file: File, text: str) -> Iterator[_Word]:
    expression, _ = parse(text)
    for node in walk(expression.tree) if expression is not None else ():
        if isinstance(node, Variable):
            yield from _parameter(file, node.name, node.start, node.end)
        elif isinstance(node, Name) and text[node.start : node.end] == node.text:
            head = node.start + len(node.parts[0])
            symbol = entry(view, file, node.parts[0], ("training", "steps"))
            if symbol is not None:
                yield _Word(symbol, node.start, head)
            if symbol is not None and symbol.kind == "steps" and len(node.parts) == 2:
                yield _Word(Symbol("output", node.parts[1], symbol.name), head + 1, node.end)


def _parameter(file: File, name: str, start: int, end: int) -> Iterator[_Word]:
    if name in mapping(file.loaded.data, "parameters"):
        yield _Word(Symbol("parameters", file.qualify(name)), start + 1, end)


def _query(view: View, file: File, text: str) -> Iterator[_Word]:
    from mlc_compiler.expression.query import mentions_of

    for table in mentions_of(text):
        symbol = entry(view, file, table.name, ("sources",))
        if symbol is not None and text[table.start : table.end] == table.name:
            yield _Word(symbol, table.start, table.end)


def _input(view: View, file: File, text: str) -> Iterator[_Word]:
    group = entry(view, file, text, ("features",))
    if group is not None:
        yield from _dotted(group, text)
        return
    head, _, last = text.rpartition(".")
    if last == "prediction" and head in mapping(file.loaded.data, "training"):
        yield _Word(Symbol("training", head), 0, len(head))
    else:
        yield from _feature(view, file, text.split("."), 0)


def _given(view: View, file: File, text: str) -> Iterator[_Word]:
    head, dot, rest = text.partition(".")
    if head in mapping(file.loaded.data, "steps"):
        yield from _output(file, text)
        return
    sections: tuple[Section, ...] = ("sources", "examples", "training")
    named = tuple(section for section in sections if section == head)
    if named and dot:
        start = len(head) + 1
        for word in _dotted(entry(view, file, rest, named), rest):
            yield word._replace(start=start + word.start, end=start + word.end)
    else:
        yield from _dotted(entry(view, file, text, sections), text)


def _output(file: File, text: str) -> Iterator[_Word]:
    step, dot, output = text.partition(".")
    if dot and output in mapping(file.loaded.data, "steps", step, "outputs"):
        yield _Word(Symbol("steps", step), 0, len(step))
        yield _Word(Symbol("output", output, step), len(step) + 1, len(text))


def _extents(document: Document, path: Path, on: On, text: str, word: _Word) -> Iterator[Extent]:
    """Where a word of a key or a value stands; nowhere where its text is written in another way."""
    place = Place(document.file, path, on)
    if on == "value":
        span = document.span(place.within(word.start, word.end))
        found = [(span.start.offset, span.end.offset)]
    else:
        spans = (document.span(place), *document.again(place))
        starts = (document.text.find(text, span.start.offset, span.end.offset) for span in spans)
        found = [(start + word.start, start + word.end) for start in starts]
    yield from (extent for extent in found if document.text[slice(*extent)] == text[word.start : word.end])
