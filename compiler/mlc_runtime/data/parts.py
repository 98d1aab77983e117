"""Which part an example is in: by time with gaps and purging, at random by hashing, or as an expression says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mlc_runtime.data.plain import plain

Bools = npt.NDArray[np.bool_]
Micros = npt.NDArray[np.int64]

FOREVER = -(2**63)
"""A start before every instant."""


@dataclass(frozen=True)
class Span:
    """A part of time: `start < at <= end`, of rows whose label is known by `cut`; microseconds since the epoch."""

    start: int
    end: int
    cut: int

    def holds(self, at: Micros) -> Bools:
        """Which moments lie in the span."""
        return (self.start < at) & (at <= self.end)


@dataclass(frozen=True)
class Spans:
    """The parts of a split by time.

    Attributes:
        folds: (train, validation) of each fold, the earliest first.
        refit: from the last fold's train to the end of its validation.
        test: None where there is no test.
    """

    folds: tuple[tuple[Span, Span], ...]
    refit: Span
    test: Span | None


def spans(as_of: int, test: int | None, validation: int, folds: int, train: int | None, gap: int) -> Spans:
    """Lay out the parts backwards from `as_of`: gap, test, gap, validation fold by fold, gap, train.

    A label must be known at its part's cut: those of training rows at the start of their validation, those of
    validation rows and of the refit at the start of the test, those of test rows at `as_of`. The refit takes the gap
    between training and validation in, since it only kept apart what is now fitted together.

    Args:
        as_of: the run's logical time, microseconds since the epoch.
        test: length of the test in microseconds, None for no test.
        validation: length of each fold's validation.
        folds: number of folds; their validations follow one another.
        train: length of the training part, None for all that is before.
        gap: microseconds that are left out between parts.
    """
    end, cut = as_of - gap, as_of
    last = None
    if test is not None:
        last = Span(end - test, end, as_of)
        end, cut = last.start - gap, last.start
    made = []
    for fold in reversed(range(folds)):
        held = Span(end - (fold + 1) * validation, end - fold * validation, cut)
        until = held.start - gap
        made.append((Span(FOREVER if train is None else until - train, until, held.start), held))
    made.sort(key=lambda pair: pair[1].end)
    return Spans(tuple(made), Span(made[-1][0].start, end, cut), last)


def shares(table: pa.Table, columns: Sequence[str], seed: int, salt: str) -> npt.NDArray[np.float64]:
    """A number in [0, 1) for each row, by a hash of its values: the same whatever other rows there are.

    Args:
        table: the rows.
        columns: the columns whose values are hashed.
        seed: another seed gives other numbers.
        salt: sets several draws of the same rows apart.
    """
    drawn: dict[str, float] = {}
    values = zip(*(table[name].to_pylist() for name in columns), strict=True)
    texts = [json.dumps([seed, salt, *map(plain, record)], ensure_ascii=True) for record in values]
    for text in texts:
        if text not in drawn:
            digest = hashlib.blake2b(text.encode(), digest_size=7).digest()
            drawn[text] = (int.from_bytes(digest, "big") >> 3) / 2**53
    return np.array([drawn[text] for text in texts], dtype=np.float64)
