"""Measure how long a model takes for a row that comes alone, as a server's rows do."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from mlc_runtime.context import Context, single
from mlc_runtime.data.rows import TEST
from mlc_runtime.learn.complaints import warnings_to

_WARM = 5
"""Rows before them, with which what is loaded or compiled at first use is."""


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The `report`, in the form of a training's: `latency` of test rows, the 95th percentile in milliseconds.

    What is measured is the model, stages and calibration included, on one thread; features are looked up before. It is
    measured once for each model, where the run's step happens to run.

    Params: `rows`, how many at most. Inputs: `model`, None where the run fits none; `rows`, all rows of its examples.
    """
    import numpy as np
    import threadpoolctl

    model, rows = single(inputs["model"]), inputs["rows"]
    rows = rows.filter(rows[TEST]).slice(0, params["rows"] + _WARM)
    if model is None or rows.num_rows <= _WARM:
        return {"report": None}
    seconds = []
    with warnings_to(context.log), threadpoolctl.threadpool_limits(1):
        for place in range(rows.num_rows):
            row = rows.slice(place, 1)
            started = time.perf_counter()
            model.predict(row)
            seconds.append(time.perf_counter() - started)
    found = 1000 * float(np.quantile(seconds[_WARM:], 0.95))
    context.log(f"{found:.1f} ms for 95 % of {len(seconds) - _WARM} rows")
    return {"report": {"test": {"metrics": {"latency": found}}}}
