"""Out-of-fold predictions: each row gets the prediction of the model that did not see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.context import Context
from mlc_runtime.data.rows import ROW
from mlc_runtime.learn.columns import DECISION, PREDICTION
from mlc_runtime.learn.combine import average_by_rows


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The `table` of `$row` and `prediction`, sorted by row; a row without a prediction is not in it.

    A binary model without probabilities counts as sure: its decisions are 0 and 1.

    Params: `task`. Inputs: `predictions`, collected over the folds, the settings kept (averaged) and `each`, absent
    for new rows; `test`, the predictions of test rows, or of new ones, by the refit, or None. Where a training
    calibrates, only the latter are calibrated.
    """
    import pyarrow.compute as pc

    task = params["task"]
    tables = [table for _, table in inputs.get("predictions", [])]
    if inputs.get("test") is not None:
        tables.append(inputs["test"])
    table = average_by_rows(task, tables)
    if task == "binary":
        filled = pc.coalesce(table[PREDICTION], table[DECISION].cast("uint8").cast("float64"))
        table = table.set_column(table.column_names.index(PREDICTION), PREDICTION, filled)
    found = table.select([ROW, PREDICTION]).filter(pc.is_valid(table[PREDICTION]))
    context.log(f"{found.num_rows} rows, {table.num_rows - found.num_rows} without a prediction")
    return {"table": found}
