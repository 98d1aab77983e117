"""Aggregates that are one row's value, or lie between those of two: extremes, quantiles, first and last, mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlc_runtime.pit.candidates import Candidates, is_valid
from mlc_runtime.pit.frequent import most_frequent
from mlc_runtime.pit.kth import kth
from mlc_runtime.pit.sweep import cover

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlc_runtime.pit.additive import Answer
    from mlc_runtime.pit.aggregate import Aggregate


def pick(values: Any, row: NDArray[np.int64]) -> Any:
    """The values of these rows; null where the row is -1."""
    import pyarrow as pa

    return values.take(pa.array(row, mask=row < 0))


def latest(rows: Candidates) -> NDArray[np.int64]:
    """For each position the number of the latest row that takes part there, or -1."""
    return kth(rows.spans, rows.age, cover(rows.spans) - 1)


def _extreme(direction: str) -> Answer:
    def answer(call: Aggregate, rows: Candidates) -> Any:
        if len(call.args) != 1:
            return None
        (values,) = rows.evaluate(call.args)
        spans = rows.spans.keep(is_valid(values))
        last = kth(spans, rows.sorted_by([(call.args[0], direction)]), cover(spans) - 1)
        return pick(values, last)

    return answer


def _extreme_by(direction: str) -> Answer:
    """Of several rows with the extreme, the latest."""

    def answer(call: Aggregate, rows: Candidates) -> Any:
        if len(call.args) != 2:
            return None
        values, by = rows.evaluate(call.args)
        spans = rows.spans.keep(is_valid(values) & is_valid(by))
        last = kth(spans, rows.sorted_by([(call.args[1], direction)]), cover(spans) - 1)
        return pick(values, last)

    return answer


def _end(last: bool, nulls: bool) -> Answer:
    def answer(call: Aggregate, rows: Candidates) -> Any:
        (values,) = rows.evaluate(call.args)
        spans = rows.spans if nulls else rows.spans.keep(is_valid(values))
        count = cover(spans)
        return pick(values, kth(spans, rows.sorted_by(call.order), count - 1 if last else np.zeros_like(count)))

    return answer


def _median(call: Aggregate, rows: Candidates) -> Any:
    (values,) = rows.evaluate(call.args)
    return _between(call, rows, values, 0.5)


def _quantile_cont(call: Aggregate, rows: Candidates) -> Any:
    fraction = _fraction(call, rows)
    if fraction is None:
        return None
    (values,) = rows.evaluate(call.args[:1])
    return _between(call, rows, values, fraction)


def _between(call: Aggregate, rows: Candidates, values: Any, fraction: float) -> Any:
    """Linear between the two nearest rows, of integers and floats."""
    import pyarrow as pa

    if call.order or not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        return None
    spans = rows.spans.keep(is_valid(values))
    order = rows.sorted_by([(call.args[0], "asc")])
    place = (cover(spans) - 1) * fraction
    below, above = np.floor(place).astype(np.int64), np.ceil(place).astype(np.int64)
    low = kth(spans, order, below)
    high = low if (below == above).all() else kth(spans, order, above)
    # The number at -1, where there is no row, is the one appended.
    number = np.append(values.cast(pa.float64(), safe=False).fill_null(0.0).to_numpy(), np.nan)
    with np.errstate(invalid="ignore", over="ignore"):
        between = number[low] + (number[high] - number[low]) * (place - below)
    return pa.array(np.where(below == above, number[low], between), mask=low < 0)


def _quantile_disc(call: Aggregate, rows: Candidates) -> Any:
    fraction = _fraction(call, rows)
    if fraction is None or call.order:
        return None
    (values,) = rows.evaluate(call.args[:1])
    spans = rows.spans.keep(is_valid(values))
    count = cover(spans)
    # As DuckDB rounds: the least row that at least this fraction of the rows does not exceed.
    place = np.maximum(1, count - np.floor(count - count * fraction).astype(np.int64)) - 1
    return pick(values, kth(spans, rows.sorted_by([(call.args[0], "asc")]), place))


def _fraction(call: Aggregate, rows: Candidates) -> float | None:
    value = rows.session.query(f"SELECT ({call.args[1]}) AS fraction").column(0)[0].as_py()
    return float(value) if not isinstance(value, list) and value is not None and 0 <= value <= 1 else None


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
    **dict.fromkeys(("arg_min", "argmin", "min_by"), _extreme_by("desc")),
    **dict.fromkeys(("arg_max", "argmax", "max_by"), _extreme_by("asc")),
    **dict.fromkeys(("first", "arbitrary"), _end(last=False, nulls=True)),
    "last": _end(last=True, nulls=True),
    "any_value": _end(last=False, nulls=False),
    "median": _median,
    "quantile_cont": _quantile_cont,
    **dict.fromkeys(("quantile_disc", "quantile"), _quantile_disc),
    "mode": _mode,
}
