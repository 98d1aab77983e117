"""Values of a table's rows as the plain JSON values that axes are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlc_runtime.data.plain import plain

if TYPE_CHECKING:
    import pyarrow as pa

Key = tuple[Any, ...]
"""Values of some fields, in the fields' order."""


def keys(table: pa.Table, fields: Sequence[str]) -> list[Key]:
    """Each row's values of the fields."""
    if not fields:
        return [()] * table.num_rows
    columns = [[plain(value) for value in table[name].to_pylist()] for name in fields]
    return list(zip(*columns, strict=True))


def key_of(record: Mapping[str, Any], fields: Sequence[str]) -> Key:
    """A record's values of the fields; None for a field that it does not have."""
    return tuple(record.get(name) for name in fields)
