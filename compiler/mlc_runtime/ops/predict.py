"""Predict rows with a model, all in one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.context import Context, single
from mlc_runtime.errors import StepError
from mlc_runtime.learn.complaints import warnings_to


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The table of `predictions` of the `rows`, as `mlc_runtime.learn.predictions` describes it.

    Params: `keep`, columns to keep beside the row, its moment, label and weight. Inputs: `rows`; `model`, None where a
    serving has no live model (where its training has a condition, collected over that).

    Raises:
        StepError: `MLC949` where there is no model.
    """
    model = single(inputs["model"])
    if model is None:
        raise StepError(
            "MLC949", "no version of the model is live", "Its gate refused the first candidate: see its reason."
        )
    with warnings_to(context.log):
        return {"predictions": model.predict(inputs["rows"], params.get("keep", ()))}
