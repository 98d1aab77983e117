"""Derive a source from other sources by SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mlc_runtime.context import Context
from mlc_runtime.data.conform import conform
from mlc_runtime.data.evaluate import query
from mlc_runtime.data.source import finish
from mlc_runtime.sql import quoted

_HIDDEN = "$known."


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Run one SELECT over the sources that it names.

    Args:
        inputs: the sources' tables by name, with the hidden columns `$known.COLUMN` of those that are derived.
        params: `sql`; `columns` [{`name`, `type`}]; `key`; `row_known`, `known`, `as_of` as in `known_by`. A
            hidden column `$known.COLUMN` that the SQL returns stays, and is the known time of its column where `known`
            has none.
        context: the task's surroundings.

    Returns:
        `table`, in the order of its key, else of the SQL; `report`, as that of `read`.

    Raises:
        StepError: `MLC920` where the SQL fails on the data, `MLC911`, `MLC912` where its columns are not as declared.
    """
    raw = query(params["sql"], inputs, context)
    hidden = [name for name in raw.column_names if name.startswith(_HIDDEN)]
    columns = [*params["columns"], *({"name": name, "type": "timestamp"} for name in hidden)]
    known = {name.removeprefix(_HIDDEN): [quoted(name)] for name in hidden if name != f"{_HIDDEN}*"}
    whole = conform(raw, columns, context.timezone, "sql")
    return finish(whole, {**params, "known": {**known, **params["known"]}}, context)
