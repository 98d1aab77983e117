"""Features computed from the example itself and from other groups' columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mlc_runtime.column_types import sql_type
from mlc_runtime.context import Context
from mlc_runtime.data.evaluate import evaluate
from mlc_runtime.data.rows import ROW, grouped
from mlc_runtime.narrow import kept
from mlc_runtime.sql import quoted


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Evaluate expressions, one row for each example.

    Args:
        inputs: `rows`, and each feature group that the expressions read, under its name.
        params: `columns` [{`name`, `sql`, `type`}], and of them `want`, by default all.
        context: the task's surroundings.

    Returns:
        `table`: `$row` and the columns.

    Raises:
        StepError: `MLC920` where an expression fails on the data.
    """
    wanted = kept([column["name"] for column in params["columns"]], params.get("want"))
    typed = {
        column["name"]: f"cast(({column['sql']}) as {sql_type(column['type'])})"
        for column in params["columns"]
        if column["name"] in wanted
    }
    return {"table": evaluate(grouped(inputs), {ROW: quoted(ROW), **typed}, context)}
