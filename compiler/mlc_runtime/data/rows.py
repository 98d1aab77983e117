"""Tables of examples: identified by `$row`, and joined on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ROW = "$row"
"""Identifies an example: its position in its source or spine."""
AT = "$at"
"""The moment of prediction; absent in tables without time."""
LABEL = "$label"
"""The truth; null where there is none."""
LABEL_KNOWN = "$label_known"
"""When the truth becomes known; null is never."""
WEIGHT = "$weight"
"""The sample weight, from 0 on."""
PART = "$part"
"""The part that an expression gives: `train`, `validation`, `test`, or null."""
TEST = "$test"
"""Whether the row is scored at the end."""
REFIT = "$refit"
"""Whether the row is fitted on again before the test."""
FOLD = "$fold."
"""Followed by the fold's number: `train`, `validation` or null."""


def sorted_by_key(table: pa.Table, key: Sequence[str]) -> pa.Table:
    """The table in the order of its key, nulls last; rows of equal keys, and all rows without a key, stay in order."""
    if not key:
        return table
    return table.take(pc.sort_indices(table, sort_keys=[(name, "ascending") for name in key]))


def grouped(inputs: Mapping[str, pa.Table], *others: str) -> pa.Table:
    """The rows of an operation with the columns of the feature groups that it reads, as `group.column`.

    Args:
        inputs: `rows`; as `features.GROUP`, each group's table of `$row`, ascending, and its columns. Where a group
            lacks a row, its columns are null.
        others: inputs that are neither.
    """
    rows = inputs["rows"]
    joined = rows
    for port, table in inputs.items():
        if port == "rows" or port in others:
            continue
        group, found = port.removeprefix("features."), aligned(table, rows)
        for name in found.column_names:
            if name != ROW:
                joined = joined.append_column(f"{group}.{name}", found[name])
    return joined


def aligned(table: pa.Table, rows: pa.Table) -> pa.Table:
    """The rows of a table that belong to other rows, by `$row`, in their order; null where there is none."""
    if table[ROW].equals(rows[ROW]):
        return table
    return table.take(positions(table, rows))


def positions(table: pa.Table, rows: pa.Table) -> pa.Array:
    """Where each of `rows` stands in `table`, by `$row`; null where it does not."""
    have, wanted = table[ROW].to_numpy(), rows[ROW].to_numpy()
    if not len(have):
        return pa.nulls(len(wanted), pa.int64())
    place = np.minimum(np.searchsorted(have, wanted), len(have) - 1)
    return pa.array(place, pa.int64(), mask=have[place] != wanted)


def numbered(table: pa.Table) -> pa.Table:
    """The table with its rows' positions as `$row`, first."""
    return table.add_column(0, pa.field(ROW, pa.int64()), pa.array(np.arange(table.num_rows)))
