"""Read the log of what an experiment showed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from mlc_runtime.context import Context
from mlc_runtime.data.rows import AT, numbered
from mlc_runtime.experiment.exposure import SEEN, nothing_shown, read_parts
from mlc_runtime.experiment.unit_table import ARM, UNIT
from mlc_runtime.learn.predictions import is_answer

_OURS = {"unit": UNIT, "arm": ARM, "at": AT}


def run(_: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The rows of a log, in the order in which they were answered.

    Args:
        params: `experiment`; `parts`: the names of the log's objects when the run was prepared.
        context: the task's surroundings.

    Returns:
        `table`: `$row`, its number; `$unit`, `$arm`, `$at`, the answers, and what was kept of it under its own name.

    Raises:
        StepError: `MLC996` where nothing was shown yet.
    """
    rows = read_parts(context.store, params["parts"])
    if rows is None:
        raise nothing_shown(params["experiment"])
    rows = rows.take(np.argsort(rows["answered_at"].cast(pa.int64()).to_numpy(), kind="stable"))
    names = {name: _OURS.get(name, name.removeprefix(SEEN)) for name in rows.column_names}
    kept = rows.select([name for name in names if name in _OURS or is_answer(name) or name.startswith(SEEN)])
    return {"table": numbered(kept.rename_columns([names[name] for name in kept.column_names]))}
