"""The aggregates, as data. A test holds each signature against DuckDB's binder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlc_compiler.expression.functions import Function, Nulls, Rows
from mlc_compiler.expression.signature import Signature
from mlc_compiler.expression.types import MAX_PRECISION, Type, decimal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlc_compiler.expression.tree import Node


def _sum_decimal(types: Sequence[Type], _nodes: Sequence[Node]) -> Type:
    return decimal(MAX_PRECISION, types[0].scale)


def _aggregate(
    name: str,
    signatures: str,
    summary: str,
    *,
    nulls: Nulls = "skipped",
    aliases: str = "",
    rows: Rows = "any",
    narrow: bool = False,
) -> Function:
    written = tuple(Signature(text.strip()) for text in signatures.split(";"))
    return Function(name, written, summary, nulls, tuple(aliases.split()), True, rows, narrow)


_FLOAT = "float -> float"
_PAIR = "float, float -> float"

AGGREGATES = (
    _aggregate("count", " -> int; any -> int", "how many rows (`count(*)`), or values that are not null"),
    _aggregate("count_if", "bool -> int", "in how many rows it is true", aliases="countif", narrow=True),
    Function(
        "sum",
        (
            Signature("int -> int"),
            Signature("bool -> int"),
            Signature("decimal -> decimal", _sum_decimal),
            Signature(_FLOAT),
        ),
        "the sum; null where there is no value",
        nulls="skipped",
        aggregate=True,
        rows="rounding",
    ),
    _aggregate("avg", _FLOAT, "the mean", aliases="mean", rows="rounding"),
    _aggregate("product", _FLOAT, "the product", rows="rounding"),
    _aggregate("min", "T -> T", "the least"),
    _aggregate("max", "T -> T", "the greatest"),
    _aggregate("median", "decimal -> decimal; float -> float; timestamp -> timestamp", "the middle, interpolated"),
    _aggregate(
        "quantile_cont",
        "decimal, fraction -> decimal; float, fraction -> float; timestamp, fraction -> timestamp",
        "a quantile, interpolated",
        aliases="percentile_cont",
    ),
    _aggregate(
        "quantile_disc", "T, fraction -> T", "a quantile, one of the values", aliases="percentile_disc quantile"
    ),
    _aggregate("mad", "decimal -> decimal; float -> float", "the median distance from the median"),
    _aggregate("stddev_samp", _FLOAT, "the standard deviation of a sample", aliases="stddev", rows="rounding"),
    _aggregate("stddev_pop", _FLOAT, "the standard deviation of all", rows="rounding"),
    _aggregate("var_samp", _FLOAT, "the variance of a sample", aliases="variance", rows="rounding"),
    _aggregate("var_pop", _FLOAT, "the variance of all", rows="rounding"),
    _aggregate("skewness", _FLOAT, "the skewness", rows="rounding"),
    _aggregate("kurtosis", _FLOAT, "the excess kurtosis", rows="rounding"),
    _aggregate("corr", _PAIR, "the correlation", rows="rounding"),
    _aggregate("covar_samp", _PAIR, "the covariance of a sample", rows="rounding"),
    _aggregate("covar_pop", _PAIR, "the covariance of all", rows="rounding"),
    _aggregate("regr_slope", _PAIR, "the slope of the line through (y, x)", rows="rounding"),
    _aggregate("regr_intercept", _PAIR, "the intercept of the line through (y, x)", rows="rounding"),
    _aggregate("entropy", "any -> float", "the entropy of the values, in bits", rows="rounding"),
    _aggregate("bool_and", "bool -> bool", "whether it is true in all"),
    _aggregate("bool_or", "bool -> bool", "whether it is true in any"),
    _aggregate("mode", "T -> T", "the value that occurs most", rows="ties"),
    _aggregate("arg_min", "T, any -> T", "the first where the second is least", aliases="argmin min_by", rows="ties"),
    _aggregate(
        "arg_max", "T, any -> T", "the first where the second is greatest", aliases="argmax max_by", rows="ties"
    ),
    _aggregate("first", "T -> T", "the first row's value", nulls="own", rows="required"),
    _aggregate("last", "T -> T", "the last row's value", nulls="own", rows="required"),
    _aggregate(
        "list", "T -> list(T)", "all values, nulls among them", nulls="own", aliases="array_agg", rows="required"
    ),
    _aggregate("string_agg", "string, text -> string", "all values, the second between them", rows="required"),
)
