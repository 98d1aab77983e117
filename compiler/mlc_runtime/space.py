"""The tasks of a step: the dependent product of its axes, counted and addressed by arithmetic.

A task is an integer for engines and a record of fields for us; `coords` and `index` go from one to the other with a
few divisions, and a bisection for each ragged axis, whose values depend on the coordinates of earlier ones.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from mlc_runtime.keys import identity
from mlc_runtime.relation import ABSENT, Relation, as_object, mark

Coordinates = Mapping[str, Any]
"""Values by field; a field that a conditional sub-grid does not have is left out."""


@dataclass(frozen=True)
class Ragged:
    """An axis whose values depend on other coordinates.

    Attributes:
        fields: the axis's own fields.
        given: the fields that its values depend on.
        groups: the values by `mark` of the given fields' values; None where the step that finds them failed.
    """

    fields: tuple[str, ...]
    given: tuple[str, ...]
    groups: Mapping[tuple[Any, ...], Relation | None]


Axis = Relation | Ragged


def cut(n: int, tiles: int, i: int, *, stride: bool = False) -> range:
    """The tasks of tile `i` of `tiles`: sizes differ by one at most, and a tile beyond the last is empty.

    Args:
        n: how many tasks there are.
        tiles: how many tiles.
        i: the tile, from 0.
        stride: whether it has every `tiles`-th task, so that all have some of each kind, instead of neighbours.
    """
    if stride:
        return range(i, n, tiles) if i < tiles else range(n, n)
    return range(i * n // tiles, (i + 1) * n // tiles) if i < tiles else range(n, n)


class Space:
    """The records of a list of axes, the last one moving fastest.

    Args:
        axes: the axes in order, one that others are given before those.
        fixed: coordinates from outside that ragged axes may depend on.
        known: values, `ABSENT` among them, that the records must agree with.
    """

    def __init__(
        self, axes: Sequence[Axis], fixed: Coordinates | None = None, known: Mapping[str, Any] | None = None
    ) -> None:
        self.axes = tuple(axes)
        self.fields = tuple(field for axis in self.axes for field in axis.fields)
        self._fixed = dict(fixed or {})
        self._known = dict(known or {})
        # What the number of records below axis k depends on: what later ragged axes are given from before k.
        needs: list[tuple[str, ...]] = [()]
        for axis in reversed(self.axes):
            below = tuple(field for field in needs[-1] if field not in axis.fields)
            given = axis.given if isinstance(axis, Ragged) else ()
            needs.append(tuple(dict.fromkeys(below + given)))
        self._needs = needs[::-1]
        self._relations: dict[Any, Relation | None] = {}
        self._weights: dict[Any, int] = {}
        self._prefixes: dict[Any, list[int]] = {}

    @property
    def size(self) -> int:
        """The number of records."""
        return self._weight(0, self._fixed)

    @property
    def poisoned(self) -> bool:
        """Whether the values of some axis are not known because the step that finds them failed."""
        return self._poisoned(0, self._fixed)

    def coords(self, i: int) -> dict[str, Any]:
        """The record at place `i`.

        Raises:
            IndexError: outside the space.
        """
        if not 0 <= i < self.size:
            raise IndexError(i)
        env = dict(self._fixed)
        found: dict[str, Any] = {}
        for k, axis in enumerate(self.axes):
            relation = self._relation(k, env)
            assert relation is not None
            if self._uniform(k):
                j, i = divmod(i, self._weight(k + 1, env))
            else:
                prefix = self._prefix(k, env, relation)
                j = bisect_right(prefix, i) - 1
                i -= prefix[j]
            record = as_object(axis.fields, relation.nth(j))
            env |= record
            found |= record
        return found

    def find(self, coords: Coordinates) -> int | None:
        """The place of a record, or None where the space does not hold it; other fields are passed over."""
        place, env = 0, dict(self._fixed)
        for k, axis in enumerate(self.axes):
            relation = self._relation(k, env)
            if relation is None:
                return None
            record = tuple(coords.get(field, ABSENT) for field in axis.fields)
            j = relation.find(record)
            if j is None:
                return None
            place += j * self._weight(k + 1, env) if self._uniform(k) else self._prefix(k, env, relation)[j]
            env |= as_object(axis.fields, record)
        return place

    def index(self, coords: Coordinates) -> int:
        """As `find`, for a record that must be there.

        Raises:
            KeyError: the space does not hold it.
        """
        place = self.find(coords)
        if place is None:
            raise KeyError(dict(coords))
        return place

    def cut(self, tiles: int, i: int) -> range:
        """The places of tile `i` of `tiles`."""
        return cut(self.size, tiles, i)

    def restrict(self, fields: Sequence[str], coords: Coordinates) -> Space:
        """The records that agree with coordinates over the given fields: what a collect in that place collects."""
        known = {field: coords.get(field, ABSENT) for field in fields}
        return Space(self.axes, {**self._fixed, **coords}, {**self._known, **known})

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._walk(0, self._fixed, {})

    def _walk(self, k: int, env: dict[str, Any], found: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if k == len(self.axes):
            yield found
            return
        relation = self._relation(k, env)
        for record in relation if relation is not None else ():
            item = as_object(self.axes[k].fields, record)
            yield from self._walk(k + 1, env | item, found | item)

    def _relation(self, k: int, env: Coordinates) -> Relation | None:
        axis = self.axes[k]
        group = mark(tuple(env.get(field, ABSENT) for field in axis.given)) if isinstance(axis, Ragged) else ()
        if (k, group) not in self._relations:
            relation = axis.groups.get(group) if isinstance(axis, Ragged) else axis
            self._relations[k, group] = None if relation is None else relation.restrict(self._known)
        return self._relations[k, group]

    def _uniform(self, k: int) -> bool:
        """Whether every record of axis k has equally many below it."""
        return not set(self._needs[k + 1]).intersection(self.axes[k].fields)

    def _memo(self, k: int, env: Coordinates) -> Any:
        return (k, *(identity(env.get(field, ABSENT)) for field in self._needs[k]))

    def _weight(self, k: int, env: dict[str, Any]) -> int:
        """The number of records over the axes from k on."""
        if k == len(self.axes):
            return 1
        memo = self._memo(k, env)
        if memo not in self._weights:
            relation = self._relation(k, env)
            if relation is None:
                weight = 0
            elif self._uniform(k):
                weight = relation.size and relation.size * self._weight(k + 1, env)
            else:
                weight = self._prefix(k, env, relation)[-1]
            self._weights[memo] = weight
        return self._weights[memo]

    def _prefix(self, k: int, env: dict[str, Any], relation: Relation) -> list[int]:
        """How many records come before each record of axis k, and in all."""
        memo = self._memo(k, env)
        if memo not in self._prefixes:
            fields = self.axes[k].fields
            weights = (self._weight(k + 1, env | as_object(fields, record)) for record in relation)
            self._prefixes[memo] = list(accumulate(weights, initial=0))
        return self._prefixes[memo]

    def _poisoned(self, k: int, env: dict[str, Any]) -> bool:
        if not any(isinstance(axis, Ragged) for axis in self.axes[k:]):
            return False
        relation = self._relation(k, env)
        if relation is None:
            return True
        if self._uniform(k):
            return bool(relation.size) and self._poisoned(k + 1, env)
        fields = self.axes[k].fields
        return any(self._poisoned(k + 1, env | as_object(fields, record)) for record in relation)
