"""Convert columns to their declared types: exactly, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime.data.times import INSTANT, localize

_ZONED = r"(?:[Zz]|[+-]\d{2}:?\d{2})$"
_FINER = r"(:\d{2}\.\d{6})\d+"
"""The part of a text's time that is finer than microseconds, behind what is kept."""
_LARGEST = 38


class UnconvertibleError(Exception):
    """A column that does not have its declared type.

    Attributes:
        row: position of the first value that cannot be converted; None where the stored type itself does not fit.
        value: that value.
        stored: the type in which the column is stored.
    """

    def __init__(self, stored: pa.DataType, row: int | None = None, value: object = None) -> None:
        super().__init__(f"{stored}: row {row}: {value!r}")
        self.stored = stored
        self.row = row
        self.value = value


@dataclass(frozen=True)
class Converted:
    """A column in its declared type, with the local times in it that occur twice or never."""

    column: pa.ChunkedArray
    twice: int = 0
    skipped: int = 0


def convert(column: pa.ChunkedArray, to: pa.DataType, zone: str) -> Converted:
    """Convert a column to an Arrow type without changing a value.

    Whole floats become integers, decimals that a float stands for become that decimal, text is parsed, a timestamp at
    midnight becomes a date, a timestamp without a zone is read in `zone`, and times are cut to whole microseconds.

    Args:
        column: the column as it is stored.
        to: the declared type.
        zone: IANA name of the zone of timestamps that are stored without one.

    Raises:
        UnconvertibleError: where a value would be changed.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_null(column.type):
        return Converted(pa.chunked_array([pa.nulls(len(column), to)]))
    if pa.types.is_list(to):
        return _lists(column, to, zone)
    if to == INSTANT:
        return _instants(column, zone)
    if column.type == to:
        return Converted(column)
    return Converted(_attempt(column, lambda part: _plain(part, to), _fits(column.type, to)))


def _kind(stored: pa.DataType) -> str:
    kinds = {
        "int": pa.types.is_integer,
        "float": pa.types.is_floating,
        "decimal": pa.types.is_decimal,
        "bool": pa.types.is_boolean,
        "date": pa.types.is_date,
        "timestamp": pa.types.is_timestamp,
        "string": lambda kind: (
            pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        ),
    }
    return next((name for name, test in kinds.items() if test(stored)), "other")


_FITS = {
    "int": {"int", "float", "decimal", "string"},
    "float": {"int", "float", "decimal", "string"},
    "decimal": {"int", "float", "decimal", "string"},
    "bool": {"bool", "string"},
    "string": {"string", "int"},
    "date": {"date", "string", "timestamp"},
}


def _fits(stored: pa.DataType, to: pa.DataType) -> bool:
    zoned = pa.types.is_timestamp(stored) and stored.tz is not None
    return _kind(stored) in _FITS[_kind(to)] and not zoned


def _plain(column: pa.ChunkedArray, to: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_decimal(to) and pa.types.is_integer(column.type):
        return column.cast(pa.decimal128(_LARGEST, to.scale)).cast(to)
    converted = column.cast(to)
    if pa.types.is_floating(column.type) and pa.types.is_decimal(to):
        _same(converted.cast(column.type), column)
    if pa.types.is_date(to) and pa.types.is_timestamp(column.type):
        _same(converted.cast(column.type), column)
    return converted


def _same(after: pa.ChunkedArray, before: pa.ChunkedArray) -> None:
    if pc.any(pc.not_equal(after, before)).as_py():
        raise pa.ArrowInvalid("a value would be changed")


def _instants(column: pa.ChunkedArray, zone: str) -> Converted:
    kind = _kind(column.type)
    if kind == "string":
        return _parsed(column, zone)
    if kind != "timestamp":
        raise UnconvertibleError(column.type)
    whole = _attempt(
        column, lambda part: part.cast(pa.timestamp("us", tz=column.type.tz), safe=column.type.unit != "ns"), fits=True
    )
    if column.type.tz is not None:
        return Converted(whole.cast(INSTANT))
    local = localize(whole, zone)
    return Converted(local.instants, local.twice, local.skipped)


def _parsed(column: pa.ChunkedArray, zone: str) -> Converted:
    column = pc.replace_substring_regex(column, _FINER, r"\1")
    zoned = pc.match_substring_regex(column, _ZONED)
    nothing = pa.scalar(None, column.type)
    with_zone = pc.if_else(zoned, column, nothing)
    without = pc.if_else(zoned, nothing, column)
    local = localize(_attempt(without, lambda part: part.cast(pa.timestamp("us")), fits=True), zone)
    instants = _attempt(with_zone, lambda part: part.cast(INSTANT), fits=True)
    return Converted(pc.coalesce(instants, local.instants), local.twice, local.skipped)


def _lists(column: pa.ChunkedArray, to: pa.DataType, zone: str) -> Converted:
    if not (
        pa.types.is_list(column.type) or pa.types.is_large_list(column.type) or pa.types.is_fixed_size_list(column.type)
    ):
        raise UnconvertibleError(column.type)
    lists = column.cast(pa.list_(column.type.value_type)).combine_chunks()
    sizes = pc.fill_null(pc.list_value_length(lists), 0)
    try:
        items = convert(pa.chunked_array([lists.flatten()]), to.value_type, zone)
    except UnconvertibleError as error:
        if error.row is None:
            raise UnconvertibleError(column.type) from error
        row = pc.list_parent_indices(lists)[error.row].as_py()
        raise UnconvertibleError(column.type, row, error.value) from error
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(sizes).cast(pa.int32())])
    built = pa.ListArray.from_arrays(offsets, items.column.combine_chunks(), mask=lists.is_null())
    return Converted(pa.chunked_array([built.cast(to)]), items.twice, items.skipped)


def _attempt(
    column: pa.ChunkedArray, cast: Callable[[pa.ChunkedArray], pa.ChunkedArray], fits: bool
) -> pa.ChunkedArray:
    """Cast; where that fails, find the first value that cannot be cast by halving."""
    if not fits:
        raise UnconvertibleError(column.type)
    try:
        return cast(column)
    except pa.ArrowNotImplementedError:
        raise UnconvertibleError(column.type) from None
    except pa.ArrowInvalid:
        pass
    good, bad = 0, len(column)
    while bad - good > 1:
        middle = (good + bad) // 2
        if _works(cast, column.slice(good, middle - good)):
            good = middle
        else:
            bad = middle
    raise UnconvertibleError(column.type, good, column[good].as_py())


def _works(cast: Callable[[pa.ChunkedArray], Any], part: pa.ChunkedArray) -> bool:
    try:
        cast(part)
    except pa.ArrowInvalid:
        return False
    return True
