"""A metric as a ratio of two sums over rows, so that it can be compared between arms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlc_runtime.learn.predictions import TRUE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from mlc_runtime.learn.metrics import Scored

    Floats = npt.NDArray[np.float64]

_TINY = 1e-15
"""Probabilities are held so far from 0 and 1, as scikit-learn's `log_loss` did: one row must not weigh infinitely."""


def losses(name: str, scored: Scored) -> tuple[Floats, Floats]:
    """What each row adds to a metric's numerator and to its denominator.

    Args:
        name: one of `mlc_runtime.metrics_catalogue.RATIOS`.
        scored: labels beside answers.
    """
    import numpy as np

    weight = np.ones(len(scored.label)) if scored.weight is None else scored.weight
    if name in ("brier", "log_loss"):
        return _of_probability(name, scored) * weight, weight
    if name in ("mae", "mse", "mape"):
        miss = np.abs(scored.value.astype(float) - scored.label.astype(float))
        if name == "mse":
            miss = miss**2
        elif name == "mape":
            miss = miss / np.abs(scored.label.astype(float))
        return miss * weight, weight
    right = scored.label == scored.value
    if name == "accuracy":
        return right * weight, weight
    yes, decided = scored.label.astype(bool), scored.value.astype(bool)
    of = {"precision": decided * 1.0, "recall": yes * 1.0, "f1": (yes * 1.0 + decided) / 2}[name]
    return (yes & decided) * weight, of * weight


def _of_probability(name: str, scored: Scored) -> Floats:
    import numpy as np

    if scored.probability is None:
        return np.full(len(scored.label), np.nan)
    if scored.task == "binary":
        yes = scored.label.astype(bool)
        likely = scored.probability[TRUE]
        right = np.where(yes, likely, 1 - likely)
        squared = (1 - right) ** 2
    else:
        classes = list(scored.probability)
        chances = np.stack([scored.probability[each] for each in classes], axis=1)
        true = scored.label[:, None] == np.array(classes, dtype=object)[None, :]
        right = (chances * true).sum(axis=1)
        squared = ((chances - true) ** 2).sum(axis=1) + (~true.any(axis=1))
    return squared if name == "brier" else -np.log(np.clip(right, _TINY, None))
