"""Answer each row of the past as the arm would have that its unit meets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime.context import Context, single
from mlc_runtime.data.rows import ROW, positions
from mlc_runtime.errors import StepError
from mlc_runtime.experiment.assignment import Allocation, Segment, unit_text
from mlc_runtime.experiment.shown import decided
from mlc_runtime.experiment.unit_table import ARM, UNIT
from mlc_runtime.learn.predictions import is_answer


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Assign units to arms and take their answers.

    Args:
        inputs: `rows`, with the unit's column; `arm.ARM`: each arm's table of predictions.
        params: `unit`, that column; `salt` and `arms`, the segments of each arm, as `Allocation` has them;
            `thresholds`, of arms that decide by one of their own.
        context: the task's surroundings.

    Returns:
        `table`: `$row`, `$unit` as text, `$arm` and the answers, for those rows whose unit takes part and that its arm
        answers.

    Raises:
        StepError: `MLC949` for an arm whose training's condition is false.
    """
    rows = inputs["rows"]
    segments = {arm: tuple(Segment(*segment) for segment in held) for arm, held in params["arms"].items()}
    allocation = Allocation(params["salt"], segments)
    texts = {value: unit_text(value) for value in rows[params["unit"]].unique().to_pylist()}
    met = {value: None if text is None else allocation.arm(text) for value, text in texts.items()}
    units = rows[params["unit"]].to_pylist()
    rows = pa.table(
        {
            ROW: rows[ROW],
            UNIT: pa.array([texts[value] for value in units], pa.string()),
            ARM: pa.array([met[value] for value in units], pa.string()),
        }
    )
    parts = []
    for arm in segments:
        predictions = single(inputs[f"arm.{arm}"])
        if predictions is None:
            raise StepError("MLC949", f"arm `{arm}` has no model: its training's condition is false", "Drop the arm.")
        parts.append(_answered(rows.filter(pc.equal(rows[ARM], arm)), predictions, params["thresholds"].get(arm)))
    shown = pa.concat_tables(parts, promote_options="default").sort_by(ROW)
    context.log(f"{shown.num_rows} rows of {len(set(shown[UNIT].to_pylist()))} units meet an arm")
    return {"table": shown}


def _answered(rows: pa.Table, predictions: pa.Table, threshold: float | None) -> pa.Table:
    """The rows that were predicted, with the answers."""
    predictions = predictions.sort_by(ROW)
    there = positions(predictions, rows)
    answers = predictions.take(there.drop_null())
    rows = rows.filter(there.is_valid())
    for name in answers.column_names:
        if is_answer(name):
            rows = rows.append_column(name, answers[name])
    return decided(rows, threshold)
