"""Fit a calibrator on validation predictions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.context import Context
from mlc_runtime.learn.calibrator import fit_calibrator
from mlc_runtime.learn.combine import together


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The `calibrator` of one setting.

    Params: `method`, `sigmoid` or `isotonic`; `task`. Input: `predictions`, collected over the folds.
    """
    predictions = together(params["task"], [table for _, table in inputs["predictions"]])
    context.log(f"{params['method']} on {predictions.num_rows} validation predictions")
    return {"calibrator": fit_calibrator(predictions, params["task"], params["method"])}
