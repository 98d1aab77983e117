"""Aggregates whose value is that of one row: extremes, first and last, the mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlc_runtime.pit.arrays import is_valid, pick
from mlc_runtime.pit.frequent import most_frequent
from mlc_runtime.pit.kth import kth
from mlc_runtime.pit.sweep import cover

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlc_runtime.pit.additive import Answer
    from mlc_runtime.pit.aggregate import Aggregate
    from mlc_runtime.pit.candidates import Candidates


def latest(rows: Candidates) -> NDArray[np.int64]:
    """For each position the number of the latest row that takes part there, or -1."""
    return kth(rows.spans, rows.age, cover(rows.spans) - 1)


def _extreme(direction: str) -> Answer:
    """The value of the first argument where the last one is extreme; of several rows, in the latest."""

    def answer(call: Aggregate, rows: Candidates) -> Any:
        columns = rows.evaluate(call.args)
        spans = rows.spans.keep(np.logical_and.reduce([is_valid(column) for column in columns]))
        last = kth(spans, rows.sorted_by([(call.args[-1], direction)]), cover(spans) - 1)
        return pick(columns[0], last)

    return answer


def _end(last: bool) -> Answer:
    """The first or last in the call's order, nulls among them; of equal ones the earliest or latest row."""

    def answer(call: Aggregate, rows: Candidates) -> Any:
        (values,) = rows.evaluate(call.args)
        count = cover(rows.spans)
        return pick(values, kth(rows.spans, rows.sorted_by(call.order), count - 1 if last else np.zeros_like(count)))

    return answer


def _mode(call: Aggregate, rows: Candidates) -> Any:
    (values,) = rows.evaluate(call.args)
    ranks = rows.ranks([(call.args[0], "asc")])
    winner = most_frequent(rows.spans.keep(is_valid(values)), ranks)
    row_of = np.full(int(ranks.max(initial=-1)) + 2, -1, dtype=np.int64)
    row_of[ranks] = np.arange(len(ranks))
    return pick(values, row_of[winner])


PICKED: Mapping[str, Answer] = {
    "min": _extreme("desc"),
    "max": _extreme("asc"),
    "arg_min": _extreme("desc"),
    "arg_max": _extreme("asc"),
    "first": _end(last=False),
    "last": _end(last=True),
    "mode": _mode,
}
