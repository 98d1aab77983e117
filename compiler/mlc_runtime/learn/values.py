"""Values of a table's rows as the plain JSON values that axes are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

Key = tuple[Any, ...]
"""Values of some fields, in the fields' order."""


def plain(value: Any) -> Any:
    """A cell as a JSON value: dates and timestamps in ISO form, decimals as text, the rest as it is."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def keys(table: pa.Table, fields: Sequence[str]) -> list[Key]:
    """Each row's values of the fields."""
    if not fields:
        return [()] * table.num_rows
    columns = [[plain(value) for value in table[name].to_pylist()] for name in fields]
    return list(zip(*columns, strict=True))


def key_of(record: Mapping[str, Any], fields: Sequence[str]) -> Key:
    """A record's values of the fields; None for a field that it does not have."""
    return tuple(record.get(name) for name in fields)
