"""Where the columns of derived sources come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlc_compiler.check.facts import Source

Origin = tuple[str, str]
"""A source and one of its columns."""


@dataclass(frozen=True)
class Lineage:
    """What a source's values are computed from, itself included.

    Attributes:
        columns: for each column.
        row: what decides that a row is there, and so what even `count(*)` tells.
    """

    columns: Mapping[str, frozenset[Origin]]
    row: frozenset[Origin]


def lineage(source: Source, sources: Mapping[str, Source]) -> Lineage:
    """What the columns of a source are computed from, through all the sources below it.

    A function may compute anything from anything that it is given.
    """
    below = {argument: lineage(sources[table], sources) for argument, table in source.inputs.items()}
    row: set[Origin] = set()
    read: dict[str, set[Origin]] = {name: {(source.name, name)} for name in source.columns}
    if source.query is None:
        everything = {
            origin for table in below.values() for origins in (table.row, *table.columns.values()) for origin in origins
        }
        row |= everything
        read = {name: origins | everything for name, origins in read.items()}
    else:
        for branch in source.query.branches:
            for each in branch.row:
                row |= below[each.table].columns[each.column] if each.column else below[each.table].row
            for name, reads in branch.columns.items():
                for each in reads:
                    read[name] |= below[each.table].columns.get(each.column, frozenset())
    return Lineage({name: frozenset(origins) for name, origins in read.items()}, frozenset(row))
