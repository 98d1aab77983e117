"""Features computed from the example itself and from other groups' columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mlc_runtime.column_types import arrow_type, sql_type
from mlc_runtime.context import Context
from mlc_runtime.data.bare import bare_column
from mlc_runtime.data.evaluate import evaluate
from mlc_runtime.data.rows import ROW, grouped
from mlc_runtime.narrow import kept


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
    columns = [column for column in params["columns"] if column["name"] in wanted]
    rows = grouped(inputs)
    bare = {each["name"]: bare_column(each["sql"], rows, arrow_type(each["type"])) for each in columns}
    typed = {
        each["name"]: f"cast(({each['sql']}) as {sql_type(each['type'])})"
        for each in columns
        if bare[each["name"]] is None
    }
    computed = evaluate(rows, typed, context)
    made = {name: computed[name] if column is None else column for name, column in bare.items()}
    return {"table": pa.table({ROW: rows[ROW], **made})}
