"""Judge the live model on the test rows of the candidate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime import registry
from mlc_runtime.context import Context
from mlc_runtime.data.rows import TEST
from mlc_runtime.learn.complaints import warnings_to
from mlc_runtime.learn.report import make_report


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The `report`, as `report` makes it, without validation; None where no model is live.

    Params: `name`; `version`, what was live when the run started: `{"version", "key"}` or null; `task`, `metrics`,
    `fields`. Input: `rows`, all rows of the candidate's examples.
    """
    if params["version"] is None:
        return {"report": None}
    version = registry.find(context.store, params["name"], str(params["version"]["version"]))
    rows = inputs["rows"].filter(inputs["rows"][TEST])
    with warnings_to(context.log):
        predictions = registry.load(context.store, version).predict(rows)
        return {"report": make_report(params, predictions, [], rows, context.root)}
