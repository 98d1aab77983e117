"""Score a table of predictions: what a training's `metrics` say of it, and how many rows they could not see."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlc_runtime.call import load
from mlc_runtime.data.rows import aligned
from mlc_runtime.errors import StepError
from mlc_runtime.learn import metrics
from mlc_runtime.learn.columns import ROUTE
from mlc_runtime.learn.frames import plain_frame
from mlc_runtime.learn.labels import labelled, labels, weights
from mlc_runtime.learn.predictions import TRUE, answered_rows, read
from mlc_runtime.metrics_catalogue import METRICS

if TYPE_CHECKING:
    import pyarrow as pa

    from mlc_runtime.metrics_catalogue import Task

Scores = dict[str, Any]
"""`rows` scored, `unlabelled` and `unanswered` left out, `metrics` by name, and for those that are null, `undefined`
by name: why. Predictions of a bundle also have `routes`: how many rows each route answered."""


def score(
    predictions: pa.Table,
    task: Task,
    wanted: Sequence[Mapping[str, Any]],
    root: Path,
    original: pa.Table | None = None,
) -> Scores:
    """Score the rows that have a label and an answer.

    Args:
        predictions: a table of predictions with labels.
        task: what the label is.
        wanted: metrics, each with a `name`, and `use` and `with` where it is a function of the user's,
            `f(label, prediction, rows, **with) -> float`.
        root: the project's folder.
        original: the `rows` of such a function: a table that has the predicted rows among its own, by `$row`; the
            predictions themselves where it is None.

    Raises:
        StepError: `MLC939` for a metric of probabilities on a model without; `MLC940` for a function whose result is
            no number.
    """
    known, unlabelled = labelled(predictions)
    rows = answered_rows(task, known)
    answers = read(task, rows)
    scored = metrics.Scored(task, labels(rows, task), answers.value, weights(rows), answers.probability)
    values: dict[str, float | None] = {}
    undefined: dict[str, str] = {}
    for metric in wanted:
        name = metric["name"]
        try:
            values[name] = _value(metric, scored, rows if original is None else aligned(original, rows), root)
        except metrics.UndefinedError as error:
            values[name] = None
            undefined[name] = str(error)
    found: Scores = {
        "rows": rows.num_rows,
        "unlabelled": unlabelled,
        "unanswered": known.num_rows - rows.num_rows,
        "metrics": values,
        "undefined": undefined,
    }
    if ROUTE in predictions.column_names:
        found["routes"] = routes(predictions)
    return found


def routes(predictions: pa.Table) -> dict[str, int]:
    """How many rows of a bundle's predictions the models answered, the fallback answered, and nobody answered."""
    route = predictions[ROUTE].to_pylist()
    return {
        "model": route.count("model"),
        "fallback": route.count("fallback"),
        "unanswered": route.count(None),
    }


def _value(metric: Mapping[str, Any], scored: metrics.Scored, rows: pa.Table, root: Path) -> float:
    name = metric["name"]
    if metric.get("use"):
        value = _call(metric, scored, rows, root)
    else:
        if METRICS[name].needs == "probability" and scored.probability is None:
            raise StepError(
                "MLC939",
                f"`{name}` needs probabilities, and the model gives none",
                "Choose a model that has `predict_proba`, or a metric of decisions such as `f1`.",
            )
        value = metrics.compute(name, scored)
    if not math.isfinite(value):
        raise metrics.UndefinedError(f"its value is {value}")
    return value


def _call(metric: Mapping[str, Any], scored: metrics.Scored, rows: pa.Table, root: Path) -> float:
    import pandas as pd

    if not rows.num_rows:
        raise metrics.UndefinedError("no row has both a label and a prediction")
    given = scored.value if scored.task != "binary" or scored.probability is None else scored.probability[TRUE]
    function = load(metric["use"], root)
    result = function(pd.Series(scored.label), pd.Series(given), plain_frame(rows), **metric.get("with", {}))
    try:
        return float(result)
    except (TypeError, ValueError) as error:
        raise StepError(
            "MLC940",
            f"the metric `{metric['name']}` returned a {type(result).__name__}, not a number",
            f"Let `{metric['use']}` return a float.",
        ) from error
