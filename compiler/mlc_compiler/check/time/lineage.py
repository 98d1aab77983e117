"""Where the columns of derived sources come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, NamedTuple

from mlc_compiler.check.facts import Source
from mlc_compiler.expression.tree import Name, Node, walk

if TYPE_CHECKING:
    from mlc_compiler.expression.query.bound import BoundQuery

Origin = tuple[str, str]
"""A source and one of its columns."""


class Lineage(NamedTuple):
    """What a source's values are computed from, itself included.

    Attributes:
        columns: for each column.
        row: what decides that a row is there, and so what even `count(*)` tells.
    """

    columns: Mapping[str, frozenset[Origin]]
    row: frozenset[Origin]


def upstream(source: Source, sources: Mapping[str, Source]) -> list[Source]:
    """A source after all those that it is derived from, each after its own."""
    graph: dict[str, list[str]] = {}
    pending = [source]
    while pending:
        each = pending.pop()
        if each.name not in graph:
            graph[each.name] = list(each.inputs.values())
            pending += [sources[table] for table in graph[each.name]]
    return [source if name == source.name else sources[name] for name in TopologicalSorter(graph).static_order()]


def lineage(source: Source, sources: Mapping[str, Source]) -> Lineage:
    """What the columns of a source are computed from, through all the sources below it."""
    found: dict[str, Lineage] = {}
    for each in upstream(source, sources):
        found[each.name] = _lineage(each, {argument: found[table] for argument, table in each.inputs.items()})
    return found[source.name]


def _lineage(source: Source, below: Mapping[str, Lineage]) -> Lineage:
    read: dict[str, set[Origin]] = {name: {(source.name, name)} for name in source.columns}
    if source.query is None:
        # A function may compute anything from anything that it is given.
        tables = below.values()
        all_of_it = {origin for table in tables for part in (table.row, *table.columns.values()) for origin in part}
        return Lineage({name: frozenset(own | all_of_it) for name, own in read.items()}, frozenset(all_of_it))
    row: set[Origin] = set()
    for branch in source.query.branches:
        for each in branch.row:
            row |= below[each.table].columns[each.column] if each.column else below[each.table].row
        for name, reads in branch.columns.items():
            for each in reads:
                read[name] |= below[each.table].columns.get(each.column, frozenset())
    words = {name.parts[-1] for tree in _deciding(source.query.bound) for name in walk(tree) if isinstance(name, Name)}
    for table in below.values():
        row = row.union(*(table.columns[word] for word in words if word in table.columns))
    return Lineage({name: frozenset(origins) for name, origins in read.items()}, frozenset(row))


def _deciding(query: BoundQuery) -> Iterator[Node]:
    """What decides, besides joins and filters, which rows a query gives: groups, and all columns of different rows."""
    from mlc_compiler.expression.query.bound import BoundSelect  # only a spec with SQL pays for it

    yield from (order.key for order in query.order)
    for _, named in query.named:
        yield from _deciding(named)
    for part in query.parts:
        if not isinstance(part, BoundSelect):
            yield from _deciding(part)
            continue
        yield from part.group_by
        yield from (test for test in (part.having, part.qualify) if test is not None)
        if part.distinct or set(query.operators) - {"union all"}:
            yield from (output.value for output in part.outputs)
        for relation in part.relations:
            if relation.derived is not None:
                yield from _deciding(relation.derived)
