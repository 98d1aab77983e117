"""Choose a decision threshold on validation predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mlc_runtime.context import Collected, Context, collected
from mlc_runtime.errors import StepError
from mlc_runtime.learn.combine import average_by_rows
from mlc_runtime.learn.confusion import FORMULAS, Confusion
from mlc_runtime.learn.labels import labelled, labels, weights
from mlc_runtime.learn.predictions import TRUE, answered_rows, read
from mlc_runtime.learn.threshold import choose_threshold
from mlc_runtime.sql import open_session

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The `threshold`: a value `{"threshold", "objective"}`.

    Params: `maximize` or `minimize`: a metric of decisions, or `{"sql"}` over tp, fp, tn and fn. Inputs:
    `predictions`, collected over the settings kept and the folds; `calibrators`, collected over the settings, absent
    without `calibrate`. Each setting's predictions are calibrated first, then averaged.

    Raises:
        StepError: `MLC939` where a model gives no probabilities; `MLC944` where the objective has no value.
    """
    maximize = "maximize" in params
    wanted = params["maximize"] if maximize else params["minimize"]
    calibrators = collected(inputs["calibrators"]) if "calibrators" in inputs else None
    tables = [
        calibrated for record, table in inputs["predictions"] for calibrated in _calibrated(record, table, calibrators)
    ]
    known, _ = labelled(average_by_rows("binary", tables))
    rows = answered_rows("binary", known)
    given = read("binary", rows).probability
    if given is None:
        raise StepError(
            "MLC939",
            "`threshold` needs probabilities, and the model gives none",
            "Choose a model that has `predict_proba`, or leave `threshold` out.",
        )
    import numpy as np

    weight = weights(rows)
    threshold, value = choose_threshold(
        labels(rows, "binary"),
        given[TRUE],
        np.ones(rows.num_rows) if weight is None else weight,
        FORMULAS[wanted] if isinstance(wanted, str) else _expression(wanted["sql"], context),
        maximize=maximize,
    )
    return {"threshold": {"threshold": threshold, "objective": value}}


def _calibrated(record: Mapping[str, Any], table: Any, calibrators: Collected | None) -> list[Any]:
    """The predictions by the calibrator of their setting; none where that calibrator could not be fitted."""
    if calibrators is None:
        return [table]
    return [calibrator.apply(table) for setting, calibrator in calibrators if setting.items() <= record.items()]


def _expression(sql: str, context: Context) -> Callable[[Confusion], npt.NDArray[np.float64]]:
    """An expression over counts as an objective; null has no value."""

    def objective(counts: Confusion) -> npt.NDArray[np.float64]:
        import pyarrow as pa

        with open_session(context.parameters, context.timezone) as session:
            session.register("counts", pa.table(vars(counts)))
            result = session.query(f"SELECT ({sql})::DOUBLE AS value FROM counts")
        values: npt.NDArray[np.float64] = result["value"].to_numpy()
        return values

    return objective
