"""Put together what was fitted for the settings kept: stages, model, calibrator, threshold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.context import Collected, Context, collected
from mlc_runtime.errors import StepError
from mlc_runtime.learn.predictions import THRESHOLD
from mlc_runtime.learn.predictor import Member, Predictor


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The `model`: a predictor that reads raw features.

    Params: `task`; `features`, a list of `[name, type]`; `stages`, how many there are. Inputs, collected over the
    settings kept (and the folds, where there is no refit): `models`, and `stage.N` for each stage, from 0; over the
    settings: `calibrators`, absent without `calibrate`; aligned: `threshold`. A model of which a part is missing is
    left out.

    Raises:
        StepError: `MLC943` where no model is left.
    """
    stages = [collected(inputs[f"stage.{number}"]) for number in range(params["stages"])]
    calibrators = collected(inputs["calibrators"]) if "calibrators" in inputs else None
    members = []
    for record, model in collected(inputs["models"]):
        parts = [_of(record, stage) for stage in stages]
        calibrator = None if calibrators is None else _of(record, calibrators)
        if None in parts or (calibrators is not None and calibrator is None):
            context.log(f"the model of {dict(record)} is left out: a stage or its calibrator is missing")
        else:
            members.append(Member(tuple(parts), model, calibrator))
    if not members:
        raise StepError("MLC943", "none of the settings kept has all its parts", "Look at the tasks that failed.")
    threshold = THRESHOLD if inputs.get("threshold") is None else inputs["threshold"]["threshold"]
    types = tuple((name, kind) for name, kind in params["features"])
    return {"model": Predictor(params["task"], types, tuple(members), threshold)}


def _of(record: Mapping[str, Any], collected: Collected) -> Any:
    """What was collected for the coordinates of a model, or for a part of them."""
    return next((value for part, value in collected if part.items() <= record.items()), None)
