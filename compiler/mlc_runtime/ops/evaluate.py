"""Score a model on rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.context import Context
from mlc_runtime.learn.complaints import warnings_to
from mlc_runtime.learn.scores import score


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The `scores` of the `model` on the `rows`; see `mlc_runtime.learn.scores`.

    Params: `task`; `metrics`, a list of `{"name", "use"?, "with"?}`. Inputs: `model`; `rows`; `original`, the rows
    before any stage, for metrics that look at them.
    """
    with warnings_to(context.log):
        predictions = inputs["model"].predict(inputs["rows"])
        return {"scores": score(predictions, params["task"], params["metrics"], context.root, inputs.get("original"))}
