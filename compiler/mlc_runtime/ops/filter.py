"""Keep the rows of a population."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mlc_runtime.context import Context
from mlc_runtime.data.evaluate import evaluate
from mlc_runtime.data.rows import grouped


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Keep the rows for which a condition is true.

    Args:
        inputs: `rows`, and each feature group that the condition reads, under its name.
        params: `where`: SQL.
        context: the task's surroundings.

    Returns:
        `table`: the rows that stay, with the columns of `rows`.

    Raises:
        StepError: `MLC920` where the condition fails on the data.
    """
    rows = inputs["rows"]
    kept = rows.filter(evaluate(grouped(inputs), {"kept": params["where"]}, context)["kept"])
    context.log(f"{kept.num_rows} of {rows.num_rows} rows are in the population")
    return {"table": kept}
