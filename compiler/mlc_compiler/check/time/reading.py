"""What is read of an example's own row, directly and through feature groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from mlc_compiler.check.facts import Group, Lookup, Typed
from mlc_compiler.source.place import Place

Feature = tuple[str, str]
"""A feature group and one of its columns."""


class Read(NamedTuple):
    """A column of the example's own row, and where something reads it.

    Attributes:
        use: what reads it, as a message says it.
    """

    column: str
    place: Place
    use: str


def own_reads(typed: Typed, use: str) -> Iterator[Read]:
    """The columns that an expression reads of the example's own row."""
    for name in typed.expression.names:
        if len(name.parts) == 1:
            place = typed.place.within(name.start, name.end) if name.end else typed.place
            yield Read(name.parts[0], place, use)


def features_of(typed: Typed) -> Iterator[Feature]:
    """The features that an expression reads."""
    for parts in typed.expression.dotted:
        yield ".".join(parts[:-1]), parts[-1]


def reached(features: Iterable[Feature], groups: Mapping[str, Group]) -> Iterator[tuple[Group, str]]:
    """Features with all those that they are computed from, each once."""
    pending, seen = list(features), set[Feature]()
    while pending:
        feature = pending.pop(0)
        name, column = feature
        if feature not in seen and name in groups:
            seen.add(feature)
            yield groups[name], column
            pending += _features_below(groups[name], column)


def reads_of_feature(group: Group, column: str) -> Iterator[Read]:
    """What a feature reads of the example's own row: the keys of a look-up, arguments, or an expression's columns."""
    use = f"feature `{group.name}.{column}`"
    if group.lookup is not None:
        yield from key_reads(group.lookup, group.place, f"the look-up `{group.name}`")
    elif group.call is not None:
        for argument, text in group.arguments.items():
            if text in group.reads:
                yield Read(text, group.place.child("inputs", argument), f"feature group `{group.name}`")
    elif column in group.expressions:
        yield from own_reads(group.expressions[column], use)


def key_reads(lookup: Lookup, place: Place, use: str) -> Iterator[Read]:
    """The example's own columns that rows are looked up by."""
    for mine, _ in lookup.join:
        if "." not in mine:
            yield Read(mine, place.child("join", mine), use)


def key_features(lookup: Lookup) -> Iterator[Feature]:
    """The features that rows are looked up by."""
    for mine, _ in lookup.join:
        group, _, column = mine.rpartition(".")
        if group:
            yield group, column


def _features_below(group: Group, column: str) -> Iterator[Feature]:
    if group.lookup is not None:
        yield from key_features(group.lookup)
    elif group.call is not None:
        for text in group.arguments.values():
            if text not in group.reads:
                name, _, feature = text.rpartition(".")
                yield name, feature
    elif column in group.expressions:
        yield from features_of(group.expressions[column])
