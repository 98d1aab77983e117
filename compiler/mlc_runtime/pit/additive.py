"""Aggregates that are made of totals: counts, sums, means, variances, and what holds for all or any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlc_runtime.pit import exact
from mlc_runtime.pit.candidates import Candidates, is_true, is_valid
from mlc_runtime.pit.sweep import cover

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlc_runtime.pit.aggregate import Aggregate
    from mlc_runtime.pit.spans import Spans

Answer = Callable[["Aggregate", Candidates], Any]
"""Gives an Arrow array with a value for each position, or None where the types of the arguments are not its own."""


@dataclass(frozen=True)
class _Column:
    """A numeric argument.

    Attributes:
        spans: where each row with a value takes part.
        numbers: the finite values, 0 for the others.
        scale: a decimal's digits after the point; 0 for integers, None for floats.
        raw: the floats themselves, None for other types.
    """

    spans: Spans
    numbers: exact.Numbers
    scale: int | None
    raw: NDArray[np.float64] | None

    def whole(self, result: NDArray[np.float64]) -> NDArray[np.float64]:
        """The result of a sum of finite values, corrected for those that are not, as IEEE 754 adds them."""
        if self.raw is None or np.isfinite(self.raw).all():
            return result
        nan, up, down = (
            cover(self.spans.keep(of)) > 0 for of in (np.isnan(self.raw), self.raw == np.inf, self.raw == -np.inf)
        )
        result = np.where(up, np.inf, np.where(down, -np.inf, result))
        return np.where(nan | (up & down), np.nan, result)


def _count(call: Aggregate, rows: Candidates) -> Any:
    if not call.args:
        return _integers(cover(rows.spans))
    if len(call.args) > 1:
        return None
    (values,) = rows.evaluate(call.args)
    return _integers(cover(rows.spans.keep(is_valid(values))))


def _count_if(call: Aggregate, rows: Candidates) -> Any:
    (values,) = rows.evaluate(call.args)
    import pyarrow as pa

    return _integers(cover(rows.spans.keep(is_true(values.cast(pa.bool_())))))


def _sum(call: Aggregate, rows: Candidates) -> Any:
    column = _column(call, rows)
    if column is None:
        return None
    total, present = exact.totals(column.spans, column.numbers), cover(column.spans) > 0
    if column.scale is None:
        return _doubles(column.whole(exact.ratio(total, column.numbers.exponent, np.ones_like(total))), present)
    if column.scale or total.dtype == object:
        return _decimals(total, column.scale, present)
    return _integers(total, present)


def _avg(call: Aggregate, rows: Candidates) -> Any:
    column = _column(call, rows)
    if column is None:
        return None
    total, count = exact.totals(column.spans, column.numbers), cover(column.spans)
    divisor = count.astype(object) * 10**column.scale if column.scale else count
    return _doubles(column.whole(exact.ratio(total, column.numbers.exponent, divisor)), count > 0)


def _variance(sample: bool, root: bool) -> Answer:
    def answer(call: Aggregate, rows: Candidates) -> Any:
        column = _column(call, rows, double=True)
        if column is None:
            return None
        count = cover(column.spans)
        n = count.astype(object)
        # n * sum(x^2) - sum(x)^2 cancels, which costs nothing where both are exact.
        spread = n * exact.totals(column.spans, exact.squares(column.numbers)) - (
            exact.totals(column.spans, column.numbers).astype(object) ** 2
        )
        divisor = n * (n - 1) if sample else n * n
        result = exact.ratio(spread, 2 * column.numbers.exponent, divisor)
        if column.raw is not None:
            result = np.where(cover(column.spans.keep(~np.isfinite(column.raw))) > 0, np.nan, result)
        return _doubles(np.sqrt(result) if root else result, count > (1 if sample else 0))

    return answer


def _holds(for_all: bool) -> Answer:
    def answer(call: Aggregate, rows: Candidates) -> Any:
        import pyarrow as pa

        (values,) = rows.evaluate(call.args)
        true = is_true(values)
        yes, no = cover(rows.spans.keep(true)), cover(rows.spans.keep(is_valid(values) & ~true))
        return pa.array(no == 0 if for_all else yes > 0, mask=yes + no == 0)

    return answer


def _column(call: Aggregate, rows: Candidates, double: bool = False) -> _Column | None:
    import pyarrow as pa

    if len(call.args) != 1:
        return None
    (values,) = rows.evaluate(call.args)
    spans = rows.spans.keep(is_valid(values))
    if pa.types.is_boolean(values.type) or pa.types.is_integer(values.type):
        return _Column(spans, exact.integers(_filled(values.cast(pa.int64()))), 0, None)
    if pa.types.is_decimal(values.type) and not double:
        scale = values.type.scale
        return _Column(spans, exact.decimals(values.cast(pa.decimal128(38, scale)).fill_null(0)), scale, None)
    if pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        raw = _filled(values.cast(pa.float64(), safe=False))
        return _Column(spans, exact.floats(np.where(np.isfinite(raw), raw, 0.0)), None, raw)
    return None


def _filled(values: Any) -> Any:
    return values.fill_null(0).to_numpy()


def _integers(values: NDArray[np.int64], present: NDArray[np.bool_] | None = None) -> Any:
    import pyarrow as pa

    return pa.array(values, mask=None if present is None else ~present)


def _doubles(values: NDArray[np.float64], present: NDArray[np.bool_]) -> Any:
    import pyarrow as pa

    return pa.array(values, mask=~present)


def _decimals(values: NDArray[Any], scale: int, present: NDArray[np.bool_]) -> Any:
    import pyarrow as pa

    words = np.empty((len(values), 2), dtype=np.uint64)
    if values.dtype == object:
        words[:, 0], words[:, 1] = values & (2**64 - 1), (values >> 64) & (2**64 - 1)
    else:
        words[:, 0], words[:, 1] = values.view(np.uint64), (values >> 63).view(np.uint64)
    bits = pa.array(present).buffers()[1]
    return pa.Array.from_buffers(pa.decimal128(38, scale), len(values), [bits, pa.py_buffer(words)])


ADDITIVE: Mapping[str, Answer] = {
    "count": _count,
    "count_star": _count,
    "count_if": _count_if,
    "countif": _count_if,
    "sum": _sum,
    "avg": _avg,
    "mean": _avg,
    "var_samp": _variance(sample=True, root=False),
    "variance": _variance(sample=True, root=False),
    "var_pop": _variance(sample=False, root=False),
    "stddev_samp": _variance(sample=True, root=True),
    "stddev": _variance(sample=True, root=True),
    "stddev_pop": _variance(sample=False, root=True),
    "bool_and": _holds(for_all=True),
    "bool_or": _holds(for_all=False),
}
