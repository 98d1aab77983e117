"""How many records two relations have in common, told by their shapes and not one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from mlc_runtime.relation import ABSENT, Listed, Product, Record, Relation, Union, cross
from mlc_runtime.sample import Sample

COUNTED = 10_000
"""The most records that are looked at one by one, where shapes do not tell."""

Piece = tuple[frozenset[str], Relation]
"""The fields that no record has, and the records over the others."""


def pieces(relation: Relation) -> tuple[Piece, ...] | None:
    """A relation by which of its fields are absent, as in conditional sub-grids; None where that takes too long.

    >>> from mlc_runtime.relation import listed, union
    >>> grid = union(("C", "depth"), [listed(("C",), [(1,), (2,)]), listed(("depth",), [(3,)])])
    >>> [(sorted(absent), part.size) for absent, part in pieces(grid)]
    [(['depth'], 2), (['C'], 1)]
    """
    found: dict[frozenset[str], list[Relation]] = {}
    for absent, part in _split(relation):
        if part is None:
            return None
        found.setdefault(absent, []).append(part)
    return tuple((absent, _joined(parts)) for absent, parts in found.items())


def overlap(one: Relation, other: Relation) -> int | None:
    """The number of records that both hold; None where counting them takes too long.

    Args:
        one: a relation in which no field is absent.
        other: another over the same fields, in any order.
    """
    if one == other:
        return None if one.continuous else one.size
    if isinstance(one, Union):
        return _sum(overlap(part, other) for part in one.parts)
    if isinstance(other, Union):
        return _sum(overlap(one, part) for part in other.parts)
    match one, other:
        case Sample(base, n, seed), Sample(base_, n_, seed_) if base == base_ and seed == seed_:
            return min(n, n_)  # a larger sample keeps the draws of a smaller one
        case Product(), Product():
            return _by_factor(one, other)
    return _counted(one, other)


def _split(relation: Relation) -> Iterator[tuple[frozenset[str], Relation | None]]:
    match relation:
        case Listed(fields, records):
            groups: dict[frozenset[str], list[Record]] = {}
            for record in records:
                groups.setdefault(_absent(fields, record), []).append(record)
            for absent, kept in groups.items():
                yield absent, Listed(fields, tuple(kept)).project(set(fields) - absent)
        case Product(parts):
            for combination in product(*(tuple(_split(part)) for part in parts)):
                factors = [part for _, part in combination if part is not None]
                absent = frozenset[str]().union(*(absent for absent, _ in combination))
                yield absent, cross(factors) if len(factors) == len(combination) else None
        case Union(fields, parts):
            for part in parts:
                for absent, rest in _split(part):
                    yield absent | (set(fields) - set(part.fields)), rest
        case Sample(base, n):
            if all(not absent for absent, _ in _split(base)):
                yield frozenset(), relation
            elif n <= COUNTED:
                yield from _split(relation.drawn)
            else:
                yield frozenset(), None
        case _:
            yield frozenset(), relation


def _absent(fields: tuple[str, ...], record: Record) -> frozenset[str]:
    return frozenset(field for field, value in zip(fields, record, strict=True) if value is ABSENT)


def _joined(parts: list[Relation]) -> Relation:
    return parts[0] if len(parts) == 1 else Union(parts[0].fields, tuple(parts))


def _by_factor(one: Product, other: Product) -> int | None:
    """The product over factors of the same fields; counted where factors are cut otherwise."""
    theirs = {frozenset(part.fields): part for part in other.parts}
    mine = {frozenset(part.fields): part for part in one.parts}
    if mine.keys() != theirs.keys():
        return _counted(one, other)
    total = 1
    for fields, part in mine.items():
        common = overlap(part, theirs[fields])
        if common is None:
            return None
        total *= common
    return total


def _counted(one: Relation, other: Relation) -> int | None:
    if one.continuous or other.continuous:
        return None
    small, large = sorted((one, other), key=lambda relation: relation.size)
    if small.size > COUNTED:
        return None
    places = [small.fields.index(field) for field in large.fields]
    return sum(large.find(tuple(record[place] for place in places)) is not None for record in small)


def _sum(counts: Iterable[int | None]) -> int | None:
    found = list(counts)
    known = [count for count in found if count is not None]
    return sum(known) if len(known) == len(found) else None
