"""Conclude from what arms showed and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mlc_runtime.context import Context
from mlc_runtime.data.rows import AT, ROW, positions
from mlc_runtime.errors import StepError
from mlc_runtime.experiment.analysis import analyse
from mlc_runtime.experiment.design import load_design
from mlc_runtime.experiment.losses import losses
from mlc_runtime.experiment.report import dump_analysis
from mlc_runtime.experiment.unit_table import COVARIATE, SEGMENT, UNIT, VALUE, WEIGHT, unit_table
from mlc_runtime.learn.labels import labels, weights
from mlc_runtime.learn.metrics import Scored
from mlc_runtime.learn.predictions import answered, read
from mlc_runtime.metrics_catalogue import METRICS
from mlc_runtime.ops.labelled import known_by


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Analyse an experiment.

    Args:
        inputs: `rows`: `$row`, `$label`, the covariate and the segments; `shown`: `$row`, `$unit`, `$arm` and the
            answers; `outcome.MEASURE` for one that is looked up: `$row`, `$label`, `$label_known`.
        params: `design`, see `mlc_runtime.experiment.design`; `task`, what the label is; `as_of`, by when outcomes
            count, microseconds since the epoch.
        context: the task's surroundings.

    Returns:
        `analysis`, see `mlc_runtime.experiment.report`.

    Raises:
        StepError: `MLC939` for a metric of probabilities on answers without.
    """
    design, rows, shown = load_design(params["design"]), inputs["rows"], inputs["shown"]
    there = positions(rows, shown)
    shown = shown.filter(there.is_valid())
    found = rows.take(there.drop_null())
    for name in found.column_names:
        if name not in shown.column_names:
            shown = shown.append_column(name, found[name])
    shown = shown.sort_by([(AT, "ascending"), (ROW, "ascending")] if AT in shown.column_names else ROW)
    columns: dict[str, Any] = {}
    for measure in design.measures:
        if measure.metric is not None:
            value, weight = _of_metric(measure.metric, shown, params["task"])
        else:
            value, weight = _of_outcome(inputs[f"outcome.{measure.name}"], shown, params["as_of"])
        columns |= {VALUE + measure.name: value, WEIGHT + measure.name: weight}
    if design.covariate is not None:
        columns[COVARIATE] = shown[design.covariate].cast(pa.float64())
    columns |= {SEGMENT + name: shown[name].cast(pa.string()) for name in design.segments}
    kept = shown.select([name for name in shown.column_names if name not in columns])
    for name, column in columns.items():
        kept = kept.append_column(name, column)
    table = unit_table(kept, design)
    context.log(f"{len(table.arm)} units, {table.mixed} of two arms left out")
    return {"analysis": dump_analysis(analyse(design, table))}


def _of_metric(name: str, shown: pa.Table, task: Any) -> tuple[pa.Array, pa.Array]:
    """What each row adds to a metric; null where it has no label or no answer."""
    import numpy as np

    known = np.logical_and(answered(task, shown).to_numpy(), shown["$label"].is_valid().to_numpy())
    rows = shown.filter(pa.array(known))
    answers = read(task, rows)
    if METRICS[name].needs == "probability" and answers.probability is None and rows.num_rows:
        raise StepError(
            "MLC939",
            f"`{name}` needs probabilities, and a model gives none",
            "Choose a model that has `predict_proba`, or a metric of decisions such as `accuracy`.",
        )
    value, weight = np.zeros(shown.num_rows), np.zeros(shown.num_rows)
    if rows.num_rows:
        scored = Scored(task, labels(rows, task), answers.value, weights(rows), answers.probability)
        value[known], weight[known] = losses(name, scored)
    return pa.array(value, mask=~known), pa.array(weight, mask=~known)


def _of_outcome(outcome: pa.Table, shown: pa.Table, as_of: int | None) -> tuple[pa.Array, pa.Array]:
    """What came after a unit's first row, once its window is over; the other rows count for nothing."""
    import numpy as np

    value = known_by(outcome.take(positions(outcome, shown)), as_of).cast(pa.float64()).combine_chunks()
    units = np.array(shown[UNIT].to_pylist(), dtype=object)
    first = np.zeros(len(units), dtype=bool)
    first[np.unique(units, return_index=True)[1]] = True
    known = first & value.is_valid().to_numpy(zero_copy_only=False)
    return pa.array(value.to_numpy(zero_copy_only=False), mask=~known), pa.array(known * 1.0, mask=~known)
