"""Metrics of a yes-or-no decision, from weighted counts; arrays of counts give arrays of values.

One formula serves both the report of a model and the scan for its threshold. A value without meaning (a precision
where nothing was decided true) is NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Confusion:
    """Weighted counts of decisions: true and false positives, true and false negatives."""

    tp: Floats
    fp: Floats
    tn: Floats
    fn: Floats


def count(label: npt.NDArray[np.bool_], decision: npt.NDArray[np.bool_], weight: Floats) -> Confusion:
    """The counts of one set of decisions, as arrays of no dimension."""
    import numpy as np

    def total(rows: npt.NDArray[np.bool_]) -> Floats:
        return np.asarray(weight[rows].sum(), dtype=np.float64)

    return Confusion(
        tp=total(label & decision),
        fp=total(~label & decision),
        tn=total(~label & ~decision),
        fn=total(label & ~decision),
    )


def at_thresholds(label: npt.NDArray[np.bool_], probability: Floats, weight: Floats, thresholds: Floats) -> Confusion:
    """The counts of `probability >= threshold` for each of the thresholds, which ascend; one sort and two sums."""
    import numpy as np

    order = np.argsort(probability, kind="stable")
    below = np.searchsorted(probability[order], thresholds, side="left")
    negatives = _sums(np.where(label, 0.0, weight)[order])
    positives = _sums(np.where(label, weight, 0.0)[order])
    tn, fn = negatives[below], positives[below]
    return Confusion(tp=positives[-1] - fn, fp=negatives[-1] - tn, tn=tn, fn=fn)


def _sums(steps: Floats) -> Floats:
    import numpy as np

    return np.concatenate([[0.0], np.cumsum(steps)])


def _ratio(part: Floats, whole: Floats) -> Floats:
    import numpy as np

    empty = whole == 0
    return np.where(empty, np.nan, part / np.where(empty, 1.0, whole))


def accuracy(c: Confusion) -> Floats:
    """Share of right decisions."""
    return _ratio(c.tp + c.tn, c.tp + c.tn + c.fp + c.fn)


def precision(c: Confusion) -> Floats:
    """Share of true among those decided true."""
    return _ratio(c.tp, c.tp + c.fp)


def recall(c: Confusion) -> Floats:
    """Share of the true that is decided true."""
    return _ratio(c.tp, c.tp + c.fn)


def balanced_accuracy(c: Confusion) -> Floats:
    """Mean of the shares of the true and of the false that are decided right."""
    return (recall(c) + _ratio(c.tn, c.tn + c.fp)) / 2


def f1(c: Confusion) -> Floats:
    """Harmonic mean of precision and recall."""
    return _ratio(2 * c.tp, 2 * c.tp + c.fp + c.fn)


def mcc(c: Confusion) -> Floats:
    """Matthews correlation coefficient (Matthews 1975)."""
    import numpy as np

    spread = np.sqrt(c.tp + c.fp) * np.sqrt(c.tp + c.fn) * np.sqrt(c.tn + c.fp) * np.sqrt(c.tn + c.fn)
    return _ratio(c.tp * c.tn - c.fp * c.fn, spread)


FORMULAS: dict[str, Callable[[Confusion], Floats]] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "f1": f1,
    "precision": precision,
    "recall": recall,
    "mcc": mcc,
}
"""The formulas by the names of the catalogue."""
