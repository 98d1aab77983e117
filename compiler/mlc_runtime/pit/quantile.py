"""Medians and quantiles: one value, or a point on the line between two."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mlc_runtime.pit.arrays import decimal_array, decimal_units, filled, is_valid, pick
from mlc_runtime.pit.kth import kth
from mlc_runtime.pit.sweep import cover

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlc_runtime.pit.additive import Answer
    from mlc_runtime.pit.aggregate import Aggregate
    from mlc_runtime.pit.candidates import Candidates


def _median(call: Aggregate, rows: Candidates) -> Any:
    (values,) = rows.evaluate(call.args)
    return _interpolated(call, rows, values, 0.5)


def _quantile_cont(call: Aggregate, rows: Candidates) -> Any:
    (values,) = rows.evaluate(call.args[:1])
    return _interpolated(call, rows, values, _fraction(call, rows))


def _quantile_disc(call: Aggregate, rows: Candidates) -> Any:
    (values,) = rows.evaluate(call.args[:1])
    spans, fraction = rows.spans.keep(is_valid(values)), _fraction(call, rows)
    count = cover(spans)
    # As DuckDB rounds: the least value that at least this fraction of the values does not exceed.
    place = np.maximum(1, count - np.floor(count - count * fraction).astype(np.int64)) - 1
    return pick(values, kth(spans, rows.sorted_by([(call.args[0], "asc")]), place))


def _fraction(call: Aggregate, rows: Candidates) -> float:
    return float(rows.session.query(f"SELECT CAST(({call.args[1]}) AS DOUBLE) AS fraction").column(0)[0].as_py())


def _interpolated(call: Aggregate, rows: Candidates, values: Any, fraction: float) -> Any:
    spans = rows.spans.keep(is_valid(values))
    order = rows.sorted_by([(call.args[0], "asc")])
    place = (cover(spans) - 1) * fraction
    below, above = np.floor(place).astype(np.int64), np.ceil(place).astype(np.int64)
    low = kth(spans, order, below)
    high = low if (below == above).all() else kth(spans, order, above)
    share, exists = place - below, low >= 0
    kind = values.type
    # Where there is no row, the number is -1, which takes the element appended.
    if pa.types.is_timestamp(kind):
        ticks = np.append(filled(values, pa.int64()), np.int64(0))
        between = _nearest(ticks[low], ticks[high], share).astype(np.int64)
        return pa.array(between, mask=~exists).cast(kind)
    if pa.types.is_decimal(kind):
        units = np.append(decimal_units(values.cast(pa.decimal128(38, kind.scale)).fill_null(0)).astype(object), 0)
        return decimal_array(_nearest(units[low], units[high], share), kind.scale, exists)
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return None
    number = np.append(filled(values, pa.float64()), 0.0)
    with np.errstate(invalid="ignore", over="ignore"):
        between = number[low] + (number[high] - number[low]) * share
    return pa.array(np.where(below == above, number[low], between), mask=~exists)


def _nearest(low: NDArray[Any], high: NDArray[Any], share: NDArray[np.float64]) -> NDArray[Any]:
    """The whole number nearest to the point at `share` of the way; of two the even one."""
    return np.asarray(np.frompyfunc(_between, 3, 1)(low.astype(object), high.astype(object), share), dtype=object)


def _between(low: int, high: int, share: float) -> int:
    return low if low == high or share == 0 else round(low + Fraction(share) * (high - low))


QUANTILES: Mapping[str, Answer] = {
    "median": _median,
    "quantile_cont": _quantile_cont,
    "quantile_disc": _quantile_disc,
}
