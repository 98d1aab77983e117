"""Aggregates that are totals, or are made of two: counts, sums, means, what holds in all or any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mlc_runtime.pit import exact
from mlc_runtime.pit.arrays import decimal_array, is_true, is_valid
from mlc_runtime.pit.candidates import Candidates
from mlc_runtime.pit.numeric import Numeric, numeric
from mlc_runtime.pit.sweep import cover

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlc_runtime.pit.aggregate import Aggregate
    from mlc_runtime.pit.spans import Spans

Answer = Callable[["Aggregate", Candidates], Any]
"""Gives an Arrow array with a value for each position, or None where the types of the arguments are not its own."""


def _count(call: Aggregate, rows: Candidates) -> Any:
    if not call.args:
        return pa.array(cover(rows.spans))
    (values,) = rows.evaluate(call.args)
    return pa.array(cover(rows.spans.keep(is_valid(values))))


def _count_if(call: Aggregate, rows: Candidates) -> Any:
    (values,) = rows.evaluate(call.args)
    return pa.array(cover(rows.spans.keep(is_true(values))))


def _sum(call: Aggregate, rows: Candidates) -> Any:
    (values,) = rows.evaluate(call.args)
    spans, argument = rows.spans.keep(is_valid(values)), numeric(values)
    if argument is None:
        return None
    total, present = exact.totals(spans, argument.numbers), cover(spans) > 0
    if argument.scale is None:
        result = exact.ratio(total, argument.numbers.exponent, np.ones_like(total))
        return pa.array(_with_wild(result, spans, argument), mask=~present)
    if argument.scale or total.dtype == object:
        return decimal_array(total, argument.scale, present)
    return pa.array(total, mask=~present)


def _avg(call: Aggregate, rows: Candidates) -> Any:
    (values,) = rows.evaluate(call.args)
    spans, argument = rows.spans.keep(is_valid(values)), numeric(values)
    if argument is None:
        return None
    total, count = exact.totals(spans, argument.numbers), cover(spans)
    divisor = count.astype(object) * 10**argument.scale if argument.scale else count
    result = exact.ratio(total, argument.numbers.exponent, divisor)
    return pa.array(_with_wild(result, spans, argument), mask=count == 0)


def _holds(for_all: bool) -> Answer:
    def answer(call: Aggregate, rows: Candidates) -> Any:
        (values,) = rows.evaluate(call.args)
        true = is_true(values)
        yes, no = cover(rows.spans.keep(true)), cover(rows.spans.keep(is_valid(values) & ~true))
        return pa.array(no == 0 if for_all else yes > 0, mask=yes + no == 0)

    return answer


def _with_wild(result: NDArray[np.float64], spans: Spans, argument: Numeric) -> NDArray[np.float64]:
    """The sum of the finite values, corrected for those that are not, as IEEE 754 adds them."""
    if argument.wild is None or argument.raw is None:
        return result
    raw = argument.raw
    nan, up, down = (cover(spans.keep(rows)) > 0 for rows in (np.isnan(raw), raw == np.inf, raw == -np.inf))
    return np.where(nan | (up & down), np.nan, np.where(up, np.inf, np.where(down, -np.inf, result)))


ADDITIVE: Mapping[str, Answer] = {
    "count": _count,
    "count_if": _count_if,
    "sum": _sum,
    "avg": _avg,
    "bool_and": _holds(for_all=True),
    "bool_or": _holds(for_all=False),
}
