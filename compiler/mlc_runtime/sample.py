"""Relations that are drawn at random: intervals, and samples of other relations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from mlc_runtime.draw import permuted, uniform
from mlc_runtime.keys import identity
from mlc_runtime.relation import EMPTY, UNIT, Listed, Record, Relation, mark


@dataclass(frozen=True, eq=False)
class Range(Relation):
    """An interval of one field, from which values are drawn; both ends belong to it."""

    field: str
    start: float
    stop: float
    scale: Literal["linear", "log"] = "linear"
    integer: bool = False

    @property
    def fields(self) -> tuple[str, ...]:  # type: ignore[override]
        """The one field."""
        return (self.field,)

    @property
    def size(self) -> int:
        """An interval has no size; asking is a mistake of the caller."""
        raise TypeError(f"`{self.field}` ranges over an interval: it can be drawn from, not counted")

    @property
    def continuous(self) -> bool:
        """An interval is."""
        return True

    def nth(self, i: int) -> Record:
        """As `size`."""
        raise TypeError(f"`{self.field}` ranges over an interval: it has no record {i}")

    def find(self, record: Record) -> int | None:
        """As `size`."""
        raise TypeError(f"`{self.field}` ranges over an interval: {record} has no place in it")

    def project(self, fields: Iterable[str]) -> Relation:
        """Itself, or the one empty record."""
        return self if self.field in set(fields) else UNIT

    def restrict(self, known: Mapping[str, Any]) -> Relation:
        """The known value, or itself."""
        return Listed(self.fields, ((known[self.field],),)) if self.field in known else self

    def draw(self, *seed: object) -> Record:
        """A value; rounded to 12 digits, since machines differ in the last of a power."""
        u = uniform(*seed)
        start, stop = self.start, self.stop + self.integer
        value = start * (stop / start) ** u if self.scale == "log" else start + u * (stop - start)
        return (min(int(value), int(self.stop)) if self.integer else float(f"{value:.12g}"),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Range) and hash(self) == hash(other)

    def __hash__(self) -> int:
        return hash((self.field, identity(self.start), identity(self.stop), self.scale, self.integer))


@dataclass(frozen=True)
class Sample(Relation):
    """`n` records drawn without repetition; a larger `n` keeps the earlier draws."""

    base: Relation
    n: int
    seed: int

    @property
    def fields(self) -> tuple[str, ...]:  # type: ignore[override]
        """The base's."""
        return self.base.fields

    @cached_property
    def drawn(self) -> Listed:
        """The records. Of an interval there may be fewer than asked for: its integers may run out."""
        if not self.base.continuous:
            size = self.base.size
            return Listed(
                self.fields, tuple(self.base.nth(permuted(i, size, self.seed)) for i in range(min(self.n, size)))
            )
        found: dict[Any, Record] = {}
        for i in range(64 * self.n):
            if len(found) == self.n:
                break
            record = self.base.draw(self.seed, i)
            found.setdefault(mark(record), record)
        return Listed(self.fields, tuple(found.values()))

    @property
    def size(self) -> int:
        """The number of draws."""
        return self.drawn.size

    def nth(self, i: int) -> Record:
        """The draw number `i`."""
        return self.drawn.nth(i)

    def find(self, record: Record) -> int | None:
        """Which draw gave the record."""
        return self.drawn.find(record)

    def project(self, fields: Iterable[str]) -> Relation:
        """The distinct sub-records of the draws."""
        kept = set(fields).intersection(self.fields)
        if not kept and self.fields:
            return UNIT if self.n and (self.base.continuous or self.base.size) else EMPTY
        return self if len(kept) == len(self.fields) else self.drawn.project(kept)

    def restrict(self, known: Mapping[str, Any]) -> Listed:
        """The draws that agree."""
        return self.drawn.restrict(known)

    def draw(self, *seed: object) -> Record:
        """One of the draws."""
        return self.drawn.draw(*seed)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.drawn)
