"""Which columns of a table are features, which pass, and what those of predictions are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlc_runtime.data.rows import AT, LABEL, ROW, WEIGHT

if TYPE_CHECKING:
    import pyarrow as pa

ROUTE = "$route"
"""Who answered a row of a bundle's predictions: `model`, `fallback`, or null."""
FOLD = "$fold"
"""The field of the axis of validation parts."""

PREDICTION = "prediction"
"""Binary: the probability of true; classes: the class; number: the number."""
DECISION = "decision"
"""What a binary prediction is decided to be."""
PROBABILITY = "probability."
"""Prefix of one column for each class."""


def feature_columns(table: pa.Table) -> list[str]:
    """The features of a table that a model is fitted on: all columns that are not ours."""
    return [name for name in table.column_names if not name.startswith("$")]


def passing(table: pa.Table, keep: Sequence[str] = ()) -> pa.Table:
    """The columns that stay beside predictions: the row, its moment, its truth and its weight, and those to keep."""
    names = frozenset(table.column_names)
    ours = [name for name in (ROW, AT, LABEL, WEIGHT) if name in names]
    return table.select([*ours, *keep])
