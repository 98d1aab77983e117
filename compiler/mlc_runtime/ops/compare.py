"""Compare a candidate with the live model, row by row, on the candidate's test rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime import registry
from mlc_runtime.context import Context, single
from mlc_runtime.data.rows import TEST
from mlc_runtime.learn.complaints import warnings_to
from mlc_runtime.learn.paired import p_worse


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The `report`, in the form of a training's: `p_worse` of the test rows; None where no model is live.

    Params: `name`; `version`, what was live when the run started: `{"version", "key"}` or null; `task`. Inputs:
    `candidate`, its predictions of the test rows, None where the run fits none; `rows`, all rows of its examples.
    """
    candidate = single(inputs["candidate"])
    if params["version"] is None or candidate is None:
        return {"report": None}
    version = registry.find(context.store, params["name"], str(params["version"]["version"]))
    rows = inputs["rows"]
    with warnings_to(context.log):
        live = registry.load(context.store, version).predict(rows.filter(rows[TEST]))
    return {"report": {"test": {"metrics": {"p_worse": p_worse(params["task"], candidate, live)}}}}
