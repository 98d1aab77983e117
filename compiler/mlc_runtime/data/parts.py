"""Which part an example is in: by time with gaps and purging, at random by hashing, or as an expression says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mlc_runtime.data.plain import plain
from mlc_runtime.draw import uniform

Bools = npt.NDArray[np.bool_]
Micros = npt.NDArray[np.int64]

FOREVER = -(2**63)
"""A start before every instant."""
NEVER = 2**63 - 1
"""The known time of what never becomes known."""


@dataclass(frozen=True)
class Span:
    """A part of time: `start < at <= end`, of rows whose label is known by `cut`; microseconds since the epoch."""

    start: int
    end: int
    cut: int


@dataclass(frozen=True)
class Spans:
    """The parts of a split by time: (train, validation) of each fold, earliest first; the refit; the test."""

    folds: tuple[tuple[Span, Span | None], ...]
    refit: Span
    test: Span | None


@dataclass(frozen=True)
class Part:
    """The rows of a part.

    Attributes:
        rows: whether each row is in it.
        purged: how many rows of its span are left out because their label is not known by its cut.
        span: its span of time, where it has one.
    """

    rows: Bools
    purged: int = 0
    span: Span | None = None


@dataclass(frozen=True)
class Parts:
    """The parts of a split: (train, validation) of each fold; the refit; the test."""

    folds: tuple[tuple[Part, Part | None], ...]
    refit: Part
    test: Part | None


def spans(*, as_of: int, test: int | None, validation: int | None, folds: int, train: int | None, gap: int) -> Spans:
    """Lay out the parts backwards from `as_of`: gap, test, gap, validation fold by fold, gap, train.

    A label must be known at its part's cut: those of training rows at the start of their validation, those of
    validation rows and of the refit at the start of the test, those of test rows at `as_of`. The refit takes in the
    gap between training and validation, which only kept apart what it fits together.

    Args:
        as_of: the run's logical time, microseconds since the epoch.
        test: length of the test in microseconds, None for no test.
        validation: length of each fold's validation, None for a single fold without one.
        folds: number of folds; their validations follow one another.
        train: length of the training part, None for all that is before.
        gap: microseconds that are left out between parts.
    """
    end, cut, held = as_of - gap, as_of, None
    if test is not None:
        held = Span(end - test, end, cut)
        end, cut = held.start - gap, held.start
    made: list[tuple[Span, Span | None]] = []
    if validation is None:
        made.append((_training(end, cut, train), None))
    else:
        for back in range(folds, 0, -1):
            start = end - back * validation
            made.append((_training(start - gap, start, train), Span(start, start + validation, cut)))
    return Spans(tuple(made), Span(made[-1][0].start, end, cut), held)


def _training(end: int, cut: int, length: int | None) -> Span:
    return Span(FOREVER if length is None else end - length, end, cut)


def by_time(at: Micros, known: Micros, labelled: Bools, laid: Spans) -> Parts:
    """The rows of each span whose label is there, and known by the span's cut.

    Args:
        at: each row's moment, microseconds since the epoch.
        known: when its label becomes known; `NEVER` for never.
        labelled: whether it has a label.
        laid: the spans.
    """

    def part(span: Span) -> Part:
        there = labelled & (span.start < at) & (at <= span.end)
        known_then = known <= span.cut
        return Part(there & known_then, int((there & ~known_then).sum()), span)

    folds = tuple((part(train), part(validation) if validation else None) for train, validation in laid.folds)
    return Parts(folds, part(laid.refit), part(laid.test) if laid.test else None)


def at_random(
    drawn: npt.NDArray[np.float64], labelled: Bools, test: float | None, validation: float | None, folds: int
) -> Parts:
    """The test, then one validation part or, with several folds, the rest in as many equal shares.

    Args:
        drawn: a number in [0, 1) for each row.
        labelled: whether it has a label.
        test: share of all rows, None for no test.
        validation: share of all rows where there is one fold; None for none.
        folds: number of folds.
    """
    share = test or 0.0
    rest = labelled & (drawn >= share)
    scored = Part(labelled & (drawn < share)) if test is not None else None
    if folds > 1:
        turn = np.floor((drawn - share) / (1 - share) * folds).astype(np.int64)
        pairs: tuple[tuple[Part, Part | None], ...] = tuple(
            (Part(rest & (turn != fold)), Part(rest & (turn == fold))) for fold in range(folds)
        )
    elif validation is not None:
        held = rest & (drawn < share + validation)
        pairs = ((Part(rest & ~held), Part(held)),)
    else:
        pairs = ((Part(rest), None),)
    return Parts(pairs, Part(rest), scored)


def as_named(names: Sequence[str | None], labelled: Bools) -> Parts:
    """The parts that an expression names: `train`, `validation`, `test`, or null for none."""
    named = np.array(names, dtype=object)
    train, validation = labelled & (named == "train"), labelled & (named == "validation")
    return Parts(((Part(train), Part(validation)),), Part(train | validation), Part(labelled & (named == "test")))


def shares(table: pa.Table, columns: Sequence[str], seed: int) -> npt.NDArray[np.float64]:
    """A number in [0, 1) for each row by a hash of its values: equal for equal values, whatever other rows there are.

    Args:
        table: the rows.
        columns: the columns whose values are hashed.
        seed: another seed gives other numbers.
    """
    records = zip(*(table[name].to_pylist() for name in columns), strict=True)
    texts = [json.dumps([plain(value) for value in record]) for record in records]
    drawn = {text: uniform(seed, text) for text in dict.fromkeys(texts)}
    return np.array([drawn[text] for text in texts], dtype=np.float64)
