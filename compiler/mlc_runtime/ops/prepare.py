"""Fit one stage of a training's preparation on its training rows, and apply it to those and to the validation rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.call import load
from mlc_runtime.context import Context
from mlc_runtime.errors import StepError
from mlc_runtime.learn.columns import feature_columns
from mlc_runtime.learn.complaints import warnings_to
from mlc_runtime.learn.construct import construct
from mlc_runtime.learn.labels import labelled, task_of
from mlc_runtime.learn.stage import fit_stage


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The fitted `stage`, and the labelled rows of `train`, and of `validation` where given, transformed.

    Params: `call`, with `use` and `with`; `arguments`, those of the grid, which win; `seed`; `columns`, those that the
    stage replaces, all features where null.

    Raises:
        StepError: `MLC945` where an earlier stage took one of the columns away; others as `fit_stage`.
    """
    train, unlabelled = labelled(inputs["train"])
    if unlabelled:
        context.log(f"{unlabelled} training rows without a label are left out")
    columns = feature_columns(train) if params["columns"] is None else params["columns"]
    gone = [name for name in columns if name not in train.column_names]
    if gone:
        raise StepError(
            "MLC945",
            f"before this stage there is no column {', '.join(f'`{name}`' for name in gone)}",
            f"Earlier stages left: {', '.join(f'`{name}`' for name in feature_columns(train))}.",
        )
    call = params["call"]
    cls = load(call["use"], context.root)
    with warnings_to(context.log):
        transformer = construct(cls, call["use"], call["with"] | params["arguments"], params["seed"])
        stage, prepared = fit_stage(transformer, call["use"], train, columns, task_of(train))
        outputs = {"stage": stage, "train": prepared}
        if inputs.get("validation") is not None:
            outputs["validation"] = stage.transform(inputs["validation"])
        return outputs
