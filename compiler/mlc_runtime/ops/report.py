"""Report a training: its metrics on validation and test rows, in all and for each value of `each`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.context import Context
from mlc_runtime.learn.report import make_report


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The `report`; see `mlc_runtime.learn.report`.

    Params: `task`, `metrics`; `fields`, the columns of `each`. Inputs: `test`, predictions of all test rows;
    `validation`, predictions collected over `each`, the folds and the settings kept, absent without folds;
    `original`, all rows.
    """
    validation = inputs.get("validation") or []
    return {"report": make_report(params, inputs["test"], validation, inputs["original"], context.root)}
