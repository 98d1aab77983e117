"""The values of an axis: ordered sets of records, kept symbolic.

A product of two million settings takes the memory of its lists: its size, its n-th record and the place of a record
are arithmetic. A record is a tuple in the order of the relation's `fields`; a field that a conditional sub-grid does
not have is `ABSENT` in it, and is left out where a record becomes an object.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import accumulate, groupby, product
from math import prod
from typing import Any

from mlc_runtime.draw import uniform
from mlc_runtime.keys import identity

Record = tuple[Any, ...]


class _Absent(enum.Enum):
    ABSENT = "-"


ABSENT = _Absent.ABSENT
"""The value of a field that a conditional sub-grid does not have; equal to itself and to nothing else."""


class Relation(ABC):
    """An ordered set of records over named fields."""

    fields: tuple[str, ...]

    @property
    @abstractmethod
    def size(self) -> int:
        """The number of records."""

    @abstractmethod
    def nth(self, i: int) -> Record:
        """The record at place `i`, counted from 0."""

    @abstractmethod
    def find(self, record: Record) -> int | None:
        """The place of a record, or None where the relation does not hold it."""

    @abstractmethod
    def project(self, fields: Iterable[str]) -> Relation:
        """The distinct sub-records over some of the fields, by first appearance; fields keep the relation's order."""

    @abstractmethod
    def restrict(self, known: Mapping[str, Any]) -> Relation:
        """The records that agree with known values; a known field that is not the relation's own says nothing."""

    @abstractmethod
    def draw(self, *seed: object) -> Record:
        """One record, chosen by hashing the seed."""

    @property
    def continuous(self) -> bool:
        """Whether some field ranges over an interval, so that records can be drawn but not counted."""
        return False

    def __iter__(self) -> Iterator[Record]:
        return (self.nth(i) for i in range(self.size))


@dataclass(frozen=True, eq=False)
class Listed(Relation):
    """Records one by one; they are distinct, which `listed` sees to."""

    fields: tuple[str, ...]
    records: tuple[Record, ...]

    @property
    def size(self) -> int:
        """The number of records."""
        return len(self.records)

    def nth(self, i: int) -> Record:
        """The record at place `i`."""
        return self.records[i]

    def find(self, record: Record) -> int | None:
        """The place of a record, or None."""
        return self.places.get(mark(record))

    def project(self, fields: Iterable[str]) -> Listed:
        """The distinct sub-records."""
        kept = set(fields)
        at = [i for i, field in enumerate(self.fields) if field in kept]
        if len(at) == len(self.fields):
            return self
        if not at:
            return UNIT if self.records else EMPTY
        return listed([self.fields[i] for i in at], (tuple(record[i] for i in at) for record in self.records))

    def restrict(self, known: Mapping[str, Any]) -> Listed:
        """The records that agree with known values."""
        marks = [(i, identity(known[field])) for i, field in enumerate(self.fields) if field in known]
        if not marks:
            return self
        return Listed(self.fields, tuple(r for r in self.records if all(identity(r[i]) == mark for i, mark in marks)))

    def draw(self, *seed: object) -> Record:
        """One of the records."""
        return self.records[int(uniform(*seed) * len(self.records))]

    @cached_property
    def places(self) -> Mapping[Any, int]:
        """The places of the records, by what `mark` gives for them."""
        return {mark(record): i for i, record in enumerate(self.records)}

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    # `1 == True == 1.0` in Python, while for a key they are three values.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Listed) and self.fields == other.fields and list(self.places) == list(other.places)

    def __hash__(self) -> int:
        return hash((self.fields, tuple(self.places)))


@dataclass(frozen=True)
class Product(Relation):
    """Every combination of the parts' records, the last part moving fastest. Parts share no field."""

    parts: tuple[Relation, ...]

    @cached_property
    def fields(self) -> tuple[str, ...]:  # type: ignore[override]
        """The parts' fields in order."""
        return tuple(field for part in self.parts for field in part.fields)

    @cached_property
    def size(self) -> int:
        """The product of the parts' sizes."""
        return prod(part.size for part in self.parts)

    @cached_property
    def continuous(self) -> bool:
        """Whether a part is."""
        return any(part.continuous for part in self.parts)

    def nth(self, i: int) -> Record:
        """The record at place `i`, by division."""
        found: list[Record] = []
        for part in reversed(self.parts):
            i, j = divmod(i, part.size)
            found.append(part.nth(j))
        if i:
            raise IndexError(i)
        return tuple(value for record in reversed(found) for value in record)

    def find(self, record: Record) -> int | None:
        """The place of a record, by multiplication."""
        place, at = 0, 0
        for part in self.parts:
            width = len(part.fields)
            j = part.find(record[at : at + width])
            if j is None:
                return None
            place, at = place * part.size + j, at + width
        return place

    def project(self, fields: Iterable[str]) -> Relation:
        """The product of the projected parts: in a product, order of first appearance is order."""
        kept = tuple(fields)
        if not self.continuous and self.size == 0:
            return Listed(tuple(field for field in self.fields if field in kept), ())
        return cross(part.project(kept) for part in self.parts)

    def restrict(self, known: Mapping[str, Any]) -> Relation:
        """The product of the restricted parts."""
        if not any(field in known for field in self.fields):
            return self
        return Product(tuple(part.restrict(known) for part in self.parts))

    def draw(self, *seed: object) -> Record:
        """A draw of each part."""
        return tuple(value for i, part in enumerate(self.parts) for value in part.draw(*seed, i))

    def __iter__(self) -> Iterator[Record]:
        return (tuple(value for record in records for value in record) for records in product(*self.parts))


@dataclass(frozen=True)
class Union(Relation):
    """The records of one part after another. No record is in two of them, which `union` sees to."""

    fields: tuple[str, ...]
    parts: tuple[Relation, ...]

    @cached_property
    def size(self) -> int:
        """The sum of the parts' sizes."""
        return sum(part.size for part in self.parts)

    @cached_property
    def continuous(self) -> bool:
        """Whether a part is."""
        return any(part.continuous for part in self.parts)

    def nth(self, i: int) -> Record:
        """The record at place `i`, by bisection."""
        part = bisect_right(self._starts, i) - 1
        return self._widen(self.parts[part], self.parts[part].nth(i - self._starts[part]))

    def find(self, record: Record) -> int | None:
        """The place of a record in the part that has its fields."""
        values = dict(zip(self.fields, record, strict=True))
        for start, part in zip(self._starts, self.parts, strict=True):
            place = _find(part, values)
            if place is not None:
                return start + place
        return None

    def project(self, fields: Iterable[str]) -> Relation:
        """The union of the projected parts."""
        kept = set(fields)
        return union(
            [field for field in self.fields if field in kept],
            (part.project(kept) for part in self.parts if part.continuous or part.size),
        )

    def restrict(self, known: Mapping[str, Any]) -> Relation:
        """The union of the restricted parts; a known value excludes a part without the field."""
        return Union(
            self.fields,
            tuple(
                part.restrict(known)
                for part in self.parts
                if all(known.get(field, ABSENT) is ABSENT for field in self.fields if field not in part.fields)
            ),
        )

    def draw(self, *seed: object) -> Record:
        """A draw of one of the parts, each as likely as the next."""
        part = self.parts[int(uniform(*seed, "part") * len(self.parts))]
        return self._widen(part, part.draw(*seed))

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(part.size for part in self.parts)][: len(self.parts)]

    def _widen(self, part: Relation, record: Record) -> Record:
        values = dict(zip(part.fields, record, strict=True))
        return tuple(values.get(field, ABSENT) for field in self.fields)


UNIT = Listed((), ((),))
"""The relation of one empty record: the product of nothing, a condition that is true."""

EMPTY = Listed((), ())
"""No record, not even the empty one: a condition that is false."""


def listed(fields: Sequence[str], records: Iterable[Record]) -> Listed:
    """The distinct records, by first appearance."""
    distinct: dict[Any, Record] = {}
    for record in records:
        distinct.setdefault(mark(record), tuple(record))
    return Listed(tuple(fields), tuple(distinct.values()))


def from_objects(fields: Sequence[str], objects: Iterable[Mapping[str, Any]]) -> Listed:
    """The distinct records of JSON objects; a field that an object leaves out is `ABSENT`."""
    return listed(fields, (tuple(item.get(field, ABSENT) for field in fields) for item in objects))


def from_index(fields: Sequence[str], index: Mapping[str, Any]) -> Listed:
    """The distinct records of a step's `index` output: `{"fields", "records"}`, each a list or an object.

    Raises:
        ValueError: an index over other fields.
    """
    if set(index["fields"]) != set(fields):
        raise ValueError(f"the index is over {index['fields']}, not over {list(fields)}")
    objects = (
        record if isinstance(record, Mapping) else dict(zip(index["fields"], record, strict=True))
        for record in index["records"]
    )
    return from_objects(fields, objects)


def as_object(fields: Iterable[str], record: Record) -> dict[str, Any]:
    """A record as a JSON object, absent fields left out."""
    return {field: value for field, value in zip(fields, record, strict=True) if value is not ABSENT}


def cross(parts: Iterable[Relation]) -> Relation:
    """The product, written flat, and a single part as itself, so that equal products look equal."""
    flat = [
        inner for part in parts for inner in (part.parts if isinstance(part, Product) else (part,)) if inner != UNIT
    ]
    return flat[0] if len(flat) == 1 else Product(tuple(flat)) if flat else UNIT


def union(fields: Sequence[str], parts: Iterable[Relation]) -> Relation:
    """The union over the given fields, each record once: a part that overlaps earlier ones keeps what they lack."""
    earlier: list[Relation] = []
    kept: list[Relation] = []
    for part in parts:
        left = part if part.continuous else reduce(_without, earlier, part)
        kept += [one for one in _parts(left) if one.continuous or one.size]
        earlier.append(part)
    return kept[0] if len(kept) == 1 and kept[0].fields == tuple(fields) else Union(tuple(fields), tuple(kept))


def _parts(relation: Relation) -> tuple[Relation, ...]:
    return relation.parts if isinstance(relation, Union) else (relation,)


def _without(part: Relation, other: Relation) -> Relation:
    """The records of one relation that another lacks, in order.

    Of products as products: `{1, 2, 3} x B` without `{2} x D` is `{1} x B`, `{2} x (B without D)`, `{3} x B`. Where a
    product does not come apart so, and of a list, record by record.
    """
    if _disjoint(part, other):
        return part
    if isinstance(other, Union):
        return reduce(_without, other.parts, part)
    if isinstance(part, Union):
        return _one_of(part.fields, [_without(one, other) for one in part.parts])
    if isinstance(part, Product) and isinstance(other, Product) and set(part.fields) == set(other.fields):
        first, rest = part.parts[0], cross(part.parts[1:])
        inside = [one for one in other.parts if set(one.fields) <= set(first.fields)]
        outside = [one for one in other.parts if set(one.fields).isdisjoint(first.fields)]
        if len(inside) + len(outside) == len(other.parts):
            held, less = cross(inside), _without(rest, cross(outside))
            runs = groupby(first, lambda record: _find(held, dict(zip(first.fields, record, strict=True))) is not None)
            boxes = [cross([Listed(first.fields, tuple(run)), less if both else rest]) for both, run in runs]
            return _one_of(part.fields, boxes)
    records = (record for record in part if _find(other, dict(zip(part.fields, record, strict=True))) is None)
    return Listed(part.fields, tuple(records))


def _one_of(fields: tuple[str, ...], parts: Iterable[Relation]) -> Relation:
    """Parts that share no record, one after another."""
    left = [inner for part in parts for inner in _parts(part) if inner.size]
    return left[0] if len(left) == 1 else Union(fields, tuple(left))


def mark(record: Record) -> tuple[Any, ...]:
    """A hashable stand-in for a record, equal only for records that are written alike."""
    return tuple(map(identity, record))


def _find(part: Relation, values: Mapping[str, Any]) -> int | None:
    """The place in `part` of the record with these values, where fields that the part does not have are absent."""
    if any(value is not ABSENT for field, value in values.items() if field not in part.fields):
        return None
    return part.find(tuple(values.get(field, ABSENT) for field in part.fields))


def _disjoint(one: Relation, other: Relation) -> bool:
    """Whether some field has no value in both, which for products of lists is exact, else errs on the safe side."""
    if one.continuous or other.continuous:
        return False
    return any(
        _values(one, field).isdisjoint(_values(other, field)) for field in dict.fromkeys(one.fields + other.fields)
    )


def _values(relation: Relation, field: str) -> frozenset[Any]:
    if field not in relation.fields:
        return frozenset([(ABSENT,)])
    values = relation.project([field])
    return frozenset(values.places if isinstance(values, Listed) else map(mark, values))
