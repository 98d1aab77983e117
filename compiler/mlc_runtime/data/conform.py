"""Give a table its declared columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from mlc_runtime.column_types import arrow_type
from mlc_runtime.data.convert import Converted, UnconvertibleError, convert
from mlc_runtime.errors import StepError

_SHOWN = 20


@dataclass(frozen=True)
class Conformed:
    """A table with exactly its declared columns.

    Attributes:
        table: the declared columns, in the declared order.
        twice: by column, how many local times occur twice in the zone; columns without any are left out.
        skipped: by column, how many local times never occur.
    """

    table: pa.Table
    twice: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def joined(cls, parts: Sequence[Conformed]) -> Conformed:
        """The rows of several parts, one after the other."""
        return cls(
            pa.concat_tables([part.table for part in parts]),
            _summed([part.twice for part in parts]),
            _summed([part.skipped for part in parts]),
        )


def conform(raw: pa.Table, columns: Sequence[Mapping[str, str]], zone: str, origin: str) -> Conformed:
    """Select the declared columns and give them their declared types.

    Args:
        raw: the table as it came.
        columns: the declared columns, `{"name", "type"}`.
        zone: IANA name of the zone of timestamps without one.
        origin: what the table came from, for messages: a file, a table, a function.

    Raises:
        StepError: `MLC911` for a column that is not there, `MLC912` for one that does not have its declared type.
    """
    converted, twice, skipped = [], {}, {}
    for column in columns:
        name = column["name"]
        one = _convert(_only(raw, name, origin), column, zone, origin)
        converted.append(one.column)
        if one.twice:
            twice[name] = one.twice
        if one.skipped:
            skipped[name] = one.skipped
    schema = pa.schema([pa.field(column["name"], arrow_type(column["type"])) for column in columns])
    return Conformed(pa.Table.from_arrays(converted, schema=schema), twice, skipped)


def _only(raw: pa.Table, name: str, origin: str) -> pa.ChunkedArray:
    places = raw.schema.get_all_field_indices(name)
    if len(places) == 1:
        return raw.column(places[0])
    if places:
        raise StepError("MLC911", f"`{origin}` has {len(places)} columns `{name}`", "Give them different names.")
    there = ", ".join(f"`{other}`" for other in raw.column_names[:_SHOWN])
    more = ", ..." if raw.num_columns > _SHOWN else ""
    raise StepError("MLC911", f"`{origin}` has no column `{name}`", f"It has {there or 'no columns'}{more}.")


def _convert(stored: pa.ChunkedArray, column: Mapping[str, str], zone: str, origin: str) -> Converted:
    name, declared = column["name"], column["type"]
    try:
        return convert(stored, arrow_type(declared), zone)
    except UnconvertibleError as error:
        if error.row is None:
            raise StepError(
                "MLC912",
                f"column `{name}` of `{origin}` is stored as `{error.stored}`, not as `{declared}`",
                "Declare the type that it has, or convert it before it is read.",
            ) from error
        raise StepError(
            "MLC912",
            f"row {error.row + 1} of `{origin}` has {error.value!r} in column `{name}`, which is no `{declared}`",
            "Values are converted exactly or refused: mend the value, or declare another type.",
        ) from error


def _summed(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    names = dict.fromkeys(name for count in counts for name in count)
    return {name: sum(count.get(name, 0) for count in counts) for name in names}
