"""Choose the probability from which on the decision is true, by an exact scan of all that differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlc_runtime.errors import StepError
from mlc_runtime.learn.confusion import Confusion, at_thresholds

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def candidates(probability: Floats) -> Floats:
    """One threshold for each set of decisions that some threshold makes, ascending.

    The lowest is 0 (all true), the highest lies above every probability (all false), the others halfway between two
    neighbours, where rounding in another batch turns no decision.

    >>> import numpy as np
    >>> candidates(np.array([0.5, 0.25, 0.5])).tolist()
    [0.0, 0.375, 0.75]
    """
    import numpy as np

    distinct = np.unique(probability)
    if not len(distinct):
        return np.zeros(1)
    upper = np.append(distinct[1:], max(1.0, np.nextafter(distinct[-1], 2.0)))
    middle = (distinct + upper) / 2
    # Between two neighbouring floats there is no halfway.
    return np.concatenate([[0.0], np.where(middle > distinct, middle, upper)])


def choose_threshold(
    label: npt.NDArray[np.bool_],
    probability: Floats,
    weight: Floats,
    objective: Callable[[Confusion], Floats],
    *,
    maximize: bool,
) -> tuple[float, float]:
    """The best threshold and its objective; in a tie the lowest.

    Args:
        label: the truth of each row.
        probability: of true, of each row.
        weight: of each row.
        objective: from the counts at each candidate to its value; not finite where it has none.
        maximize: whether the greatest is the best.

    Raises:
        StepError: `MLC944` where the objective has no value at any threshold.
    """
    import numpy as np

    thresholds = candidates(probability)
    values = objective(at_thresholds(label, probability, weight, thresholds))
    values = np.where(np.isfinite(values), values, np.nan)
    if np.isnan(values).all():
        raise StepError(
            "MLC944",
            f"the objective of `threshold` has no value at any of {len(thresholds)} thresholds",
            "The validation part may have one label only, or the expression may divide by zero.",
        )
    best = int(np.nanargmax(values) if maximize else np.nanargmin(values))
    return float(thresholds[best]), float(values[best])
