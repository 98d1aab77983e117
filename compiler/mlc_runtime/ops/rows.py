"""Put a training's table together: labelled examples, their parts, and the features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime.context import Context
from mlc_runtime.data.rows import AT, LABEL, ROW, WEIGHT, aligned, positions


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Join on `$row`. A row that one of the tables lacks is left out: a prediction out of fold may be missing.

    Args:
        inputs: `rows`, as `label` makes them; `parts`, as `split` makes them; and by any name the tables with `$row`
            that the columns come from.
        params: `columns`: [input, its column, the name that it gets].
        context: the task's surroundings.

    Returns:
        `rows`: `$row`, `$at` where there is time, `$label`, `$weight`, the parts, the columns.
    """
    rows = inputs["rows"]
    for name in dict.fromkeys(["parts", *(port for port, _, _ in params["columns"])]):
        rows = _covered(rows, inputs[name], name, context)
    parts = aligned(inputs["parts"], rows)
    joined = rows.select([name for name in (ROW, AT, LABEL, WEIGHT) if name in rows.column_names])
    for name in parts.column_names:
        if name != ROW:
            joined = joined.append_column(name, parts[name])
    tables = {port: aligned(inputs[port], rows) for port, _, _ in params["columns"]}
    for port, column, name in params["columns"]:
        joined = joined.append_column(name, tables[port][column])
    return {"rows": joined}


def _covered(rows: pa.Table, table: pa.Table, name: str, context: Context) -> pa.Table:
    there = positions(table, rows).is_valid()
    missing = rows.num_rows - pc.sum(there, min_count=0).as_py()
    if missing:
        context.log(f"{missing} rows left out: `{name}` has nothing for them")
        return rows.filter(there)
    return rows
