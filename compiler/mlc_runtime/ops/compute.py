"""Features computed from the example itself and from other groups' columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mlc_runtime.column_types import sql_type
from mlc_runtime.context import Context
from mlc_runtime.data.evaluate import evaluate
from mlc_runtime.data.rows import ROW, with_groups
from mlc_runtime.sql import quoted


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Evaluate expressions, one row for each example.

    Args:
        inputs: `rows`, and each feature group that the expressions read, under its name.
        params: `columns` [{`name`, `sql`, `type`}].
        context: the task's surroundings.

    Returns:
        `table`: `$row` and the columns.

    Raises:
        StepError: `MLC920` where an expression fails on the data.
    """
    groups = {name: table for name, table in inputs.items() if name != "rows"}
    typed = {column["name"]: f"cast(({column['sql']}) as {sql_type(column['type'])})" for column in params["columns"]}
    rows = with_groups(inputs["rows"], groups)
    return {"table": evaluate(rows, {ROW: quoted(ROW), **typed}, context)}
