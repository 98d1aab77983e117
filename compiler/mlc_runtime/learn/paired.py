"""Whether a model is worse than another one on the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlc_runtime.data.rows import aligned
from mlc_runtime.learn.labels import labelled, labels, weights
from mlc_runtime.learn.predictions import TRUE, answered_rows, read

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from mlc_runtime.metrics_catalogue import Task

    Floats = npt.NDArray[np.float64]


def p_worse(task: Task, candidate: pa.Table, live: pa.Table) -> float | None:
    """The one-sided p-value of a paired t-test that the candidate's loss is greater than the live model's.

    The loss of a row is the squared error of a number or of the probabilities (Brier's score), else whether the
    decision is wrong. Small values speak for a candidate that is worse; of models that answer alike it is 1. A test of
    means over paired differences, as in Dietterich, "Approximate statistical tests for comparing supervised
    classification learning algorithms" (1998), on rows that neither model was fitted on.

    Args:
        task: what the label is.
        candidate: a table of predictions with labels.
        live: predictions of the same rows by the other model.

    Returns:
        None where fewer than two rows have a label and both answers.
    """
    import numpy as np
    from scipy import stats

    rows = answered_rows(task, labelled(candidate)[0])
    other = answered_rows(task, aligned(live, rows))
    rows = aligned(rows, other)
    if rows.num_rows < 2:
        return None
    weight = weights(rows)
    share = 1.0 if weight is None or not weight.sum() else weight / weight.mean()
    difference = (_losses(task, rows) - _losses(task, other)) * share
    if np.ptp(difference) == 0:
        return float(difference[0] <= 0)
    return float(stats.ttest_1samp(difference, 0.0, alternative="greater").pvalue)


def _losses(task: Task, rows: pa.Table) -> Floats:
    """What each row's answer costs."""
    import numpy as np

    truth, answers = labels(rows, task), read(task, rows)
    if task == "number":
        found: Any = np.square(answers.value - truth)
    elif answers.probability is None:
        found = answers.value != truth
    elif task == "binary":
        found = np.square(answers.probability[TRUE] - truth)
    else:
        # Of a class that the model does not know, it says nothing.
        found = sum(np.square(value - (truth == name)) for name, value in answers.probability.items())
        found = found + ~np.isin(truth.astype(str), list(answers.probability))
    return np.asarray(found, np.float64)
