"""Add what a batch showed to the logs of its experiments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mlc_runtime.context import Context
from mlc_runtime.data.rows import ROW
from mlc_runtime.experiment.exposure import write_part


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Write one part an experiment; that of the same serving and time is replaced, as the predictions are.

    Args:
        inputs: `exposures.EXPERIMENT`, as `divide` gives them; any other input is waited for.
        params: `serving`; `pipeline`; `as_of`, microseconds since the epoch.
        context: the task's surroundings.

    Returns:
        `exposed`: the number of rows of each experiment.
    """
    exposed: dict[str, int] = {}
    for port, rows in inputs.items():
        kind, _, experiment = port.partition(".")
        if kind == "exposures" and rows.num_rows:
            asked = pa.array([context.run] * rows.num_rows, pa.string())
            kept = rows.drop_columns([ROW])
            kept = kept.set_column(kept.column_names.index("request"), "request", asked)
            part = f"batch-{params['serving']}-{params['as_of'] or 'all'}"
            write_part(context.store, params["pipeline"], experiment, part, kept)
            exposed[experiment] = rows.num_rows
    return {"exposed": exposed}
