"""Labels and weights of a table: rows without a label are set aside, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlc_runtime.data.rows import LABEL, WEIGHT
from mlc_runtime.errors import StepError
from mlc_runtime.learn.frames import values

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from mlc_runtime.metrics_catalogue import Task


def labelled(table: pa.Table) -> tuple[pa.Table, int]:
    """The rows that have a label, and how many had none."""
    import pyarrow.compute as pc

    missing = table[LABEL].null_count
    return (table.filter(pc.is_valid(table[LABEL])) if missing else table), missing


def task_of(table: pa.Table) -> Task:
    """The task that the type of the labels makes."""
    import pyarrow as pa

    kind = table.schema.field(LABEL).type
    if pa.types.is_boolean(kind):
        return "binary"
    return "classes" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else "number"


def labels(table: pa.Table, task: Task) -> npt.NDArray[Any]:
    """The labels of a labelled table: bools, strings (as objects) or float64."""
    import numpy as np

    kinds: dict[Task, Any] = {"binary": np.bool_, "classes": object, "number": np.float64}
    return np.asarray(values(table[LABEL])).astype(kinds[task])


def weights(table: pa.Table) -> npt.NDArray[np.float64] | None:
    """The rows' weights, or None where the examples have none.

    Raises:
        StepError: `MLC933` for a weight that is null, negative or not finite.
    """
    import numpy as np

    if WEIGHT not in table.column_names:
        return None
    found = np.asarray(values(table[WEIGHT])).astype(np.float64)
    wrong = int(np.count_nonzero(~(np.isfinite(found) & (found >= 0))))
    if wrong:
        raise StepError(
            "MLC933",
            f"{wrong} of {len(found)} rows have a weight that is null, negative or not finite",
            "Make `weight` of the examples at least 0 for every row, for instance with `coalesce` or `greatest`.",
        )
    return found
