"""Which columns of which sources the rows and values of a query come from."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from mlc_compiler.expression.query.bound import BoundJoin, Branch, Output, Read, Relation
from mlc_compiler.expression.tree import Name, Node, walk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_BRANCHES = 64
"""Ways in which a row may come about, over unions and joins of unions."""


def branches_of(
    relations: Sequence[Relation], joins: Sequence[BoundJoin], conditions: Sequence[Node], outputs: Sequence[Output]
) -> tuple[Branch, ...] | None:
    """The branches of one SELECT: one for each choice of its relations' branches; None where they are too many."""
    if prod(len(relation.branches) for relation in relations) > MAX_BRANCHES:
        return None
    found = []
    for chosen in product(*(_qualified(relation) for relation in relations)):
        by_alias = {relation.alias: branch for relation, branch in zip(relations, chosen, strict=True)}
        row = [read for branch in chosen for read in branch.row]
        for join in joins:
            for name in join.using:
                row += [read for branch in chosen for read in branch.columns.get(name, ())]
        for condition in conditions:
            row += _reads(condition, by_alias)
        columns = {output.name: tuple(dict.fromkeys(_reads(output.value, by_alias))) for output in outputs}
        passed = {output.name: read for output in outputs if (read := _passed(output.value, by_alias)) is not None}
        found.append(Branch(tuple(dict.fromkeys(row)), columns, passed))
    return tuple(found)


def _qualified(relation: Relation) -> list[Branch]:
    """The branches of a relation, with its alias before those of the tables inside a query."""
    if relation.stored:
        return list(relation.branches)

    def inside(read: Read) -> Read:
        return replace(read, alias=f"{relation.alias}.{read.alias}")

    return [
        Branch(
            tuple(inside(read) for read in branch.row),
            {name: tuple(inside(read) for read in reads) for name, reads in branch.columns.items()},
            {name: inside(read) for name, read in branch.passed.items()},
        )
        for branch in relation.branches
    ]


def renamed(branch: Branch, names: Sequence[str]) -> Branch:
    """A branch whose outputs have the names of the first SELECT, by their place."""
    new = dict(zip(branch.columns, names, strict=False))
    columns = {new.get(name, name): reads for name, reads in branch.columns.items()}
    return Branch(branch.row, columns, {new.get(name, name): read for name, read in branch.passed.items()})


def _reads(node: Node, by_alias: Mapping[str, Branch]) -> list[Read]:
    found: list[Read] = []
    for name in walk(node):
        if isinstance(name, Name) and len(name.parts) == 2 and name.parts[0] in by_alias:
            found += by_alias[name.parts[0]].columns.get(name.parts[1], ())
    return found


def _passed(node: Node, by_alias: Mapping[str, Branch]) -> Read | None:
    if isinstance(node, Name) and len(node.parts) == 2 and node.parts[0] in by_alias:
        return by_alias[node.parts[0]].passed.get(node.parts[1])
    return None
