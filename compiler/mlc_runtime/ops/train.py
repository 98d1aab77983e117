"""Fit a training's model on its training rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.context import Context
from mlc_runtime.learn.columns import feature_columns
from mlc_runtime.learn.fit import Fit, TrainingContext
from mlc_runtime.learn.labels import labelled


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The fitted `model`.

    Params: `call`, with `use` and `with`; `arguments`, those of the grid, which win; `task`; `seed`. Inputs: `train`;
    `validation`, absent in a refit; `start`, the same model fitted with less, where it can go on.
    """
    train, unlabelled = labelled(inputs["train"])
    if unlabelled:
        context.log(f"{unlabelled} training rows without a label are left out")
    validation = train.slice(0, 0) if inputs.get("validation") is None else labelled(inputs["validation"])[0]
    call = params["call"]
    fit = Fit(
        use=call["use"],
        arguments=call["with"] | params["arguments"],
        task=params["task"],
        root=context.root,
        context=TrainingContext(feature_columns(train), params["seed"], context.log, context.checkpoint),
    )
    return {"model": fit.run(train, validation, inputs.get("start"))}
