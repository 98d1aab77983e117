"""The catalogue's metrics, computed; one without meaning on these rows is an error with a reason, never a number.

Every one is weighted where the examples have weights. With several classes, `roc_auc`, `average_precision`,
`precision`, `recall` and `f1` are the plain mean of one class against the rest, over the classes among the labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlc_runtime.learn import confusion
from mlc_runtime.learn.predictions import TRUE
from mlc_runtime.metrics_catalogue import METRICS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from mlc_runtime.metrics_catalogue import Task

    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

_BINS = 10


class UndefinedError(Exception):
    """The metric has no value on these rows; the message says why."""


@dataclass(frozen=True)
class Scored:
    """Labels beside answers, every row with both.

    Attributes:
        task: what the label is.
        label: bool, object (strings) or float64.
        value: the decisions, classes or numbers predicted, of the same kind.
        weight: of each row, or None where all count the same.
        probability: of each class (binary: of `true`), or None where the model gives none.
    """

    task: Task
    label: npt.NDArray[Any]
    value: npt.NDArray[Any]
    weight: Floats | None
    probability: Mapping[str, Floats] | None


def compute(name: str, scored: Scored) -> float:
    """The value of a metric of the catalogue.

    Raises:
        UndefinedError: it has no value on these rows.
    """
    import numpy as np

    if not len(scored.label):
        raise UndefinedError("no row has both a label and a prediction")
    if scored.weight is not None and not scored.weight.any():
        raise UndefinedError("every weight is 0")
    if METRICS[name].needs == "value":
        return _NUMBER[name](scored.label, scored.value, scored.weight)
    weight = np.ones(len(scored.label)) if scored.weight is None else scored.weight
    if METRICS[name].needs == "probability":
        return _PROBABILITY[name](scored, weight)
    return _decided(name, scored, weight)


def _decided(name: str, scored: Scored, weight: Floats) -> float:
    import numpy as np

    if scored.task == "binary":
        counts = confusion.count(scored.label, scored.value.astype(bool), weight)
        found = float(confusion.FORMULAS[name](counts))
        if np.isnan(found):
            raise UndefinedError("the labels or the decisions are all the same")
        return found
    from sklearn import metrics

    label, value = scored.label.astype(str), scored.value.astype(str)
    if name == "accuracy":
        return float(metrics.accuracy_score(label, value, sample_weight=weight))
    if name == "mcc":
        if len(np.unique(label)) < 2 or len(np.unique(value)) < 2:
            raise UndefinedError("the labels or the decisions are all the same")
        return float(metrics.matthews_corrcoef(label, value, sample_weight=weight))
    mean_of = {"f1": metrics.f1_score, "precision": metrics.precision_score, "recall": metrics.recall_score}
    score = mean_of.get(name, metrics.recall_score)  # balanced accuracy is the mean recall
    options = {"labels": np.unique(label), "average": "macro", "sample_weight": weight, "zero_division": 0.0}
    return float(score(label, value, **options))


def _against_rest(score: Callable[..., float]) -> Callable[[Scored, Floats], float]:
    """The mean of a binary score over the classes among the labels, each against the rest."""

    def mean(scored: Scored, weight: Floats) -> float:
        pairs = [pair for pair in _pairs(scored) if pair[0].any()]
        if any(label.all() for label, _ in pairs) or not pairs:
            raise UndefinedError("the labels are all the same")
        found = [float(score(label, probability, sample_weight=weight)) for label, probability in pairs]
        return sum(found) / len(found)

    return mean


def _roc_auc(label: Bools, probability: Floats, sample_weight: Floats) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(label, probability, sample_weight=sample_weight))


def _average_precision(label: Bools, probability: Floats, sample_weight: Floats) -> float:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(label, probability, sample_weight=sample_weight))


def _pairs(scored: Scored) -> list[tuple[Bools, Floats]]:
    """For each class, which labels are it and its probability; a class that the model never met has probability 0."""
    import numpy as np

    probability = scored.probability or {}
    if scored.task == "binary":
        return [(scored.label, probability[TRUE])]
    unmet = np.zeros(len(scored.label))
    classes = sorted(set(probability) | set(scored.label))
    return [(scored.label == name, probability.get(name, unmet)) for name in classes]


def _log_loss(scored: Scored, weight: Floats) -> float:
    import numpy as np

    given = np.zeros(len(scored.label))
    for label, probability in _pairs(scored):
        given[label] = probability[label]
        if scored.task == "binary":
            given[~label] = 1 - probability[~label]
    # The same bound as scikit-learn's, so that a certain mistake costs much and not infinitely much.
    return float(np.average(-np.log(np.clip(given, np.finfo(np.float64).eps, 1.0)), weights=weight))


def _brier(scored: Scored, weight: Floats) -> float:
    """Brier 1950; binary is half of its sum over two classes, as is the custom."""
    import numpy as np

    squares = sum((probability - label) ** 2 for label, probability in _pairs(scored))
    return float(np.average(squares, weights=weight))


def _calibration_error(scored: Scored, weight: Floats) -> float:
    """Naeini 2015 for binary labels; of the likeliest class (Guo 2017) for several."""
    import numpy as np

    if scored.task == "binary":
        label, sure = _pairs(scored)[0]
    else:
        stacked = np.stack(list((scored.probability or {}).values()))
        label, sure = scored.label == scored.value, stacked.max(axis=0)
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, weights=weight * (label.astype(np.float64) - sure), minlength=_BINS)
    return float(np.abs(gaps).sum() / weight.sum())


_PROBABILITY: dict[str, Callable[[Scored, Floats], float]] = {
    "roc_auc": _against_rest(_roc_auc),
    "average_precision": _against_rest(_average_precision),
    "log_loss": _log_loss,
    "brier": _brier,
    "calibration_error": _calibration_error,
}


def _mse(label: Floats, value: Floats, weight: Floats | None) -> float:
    import numpy as np

    return float(np.average((label - value) ** 2, weights=weight))


def _mae(label: Floats, value: Floats, weight: Floats | None) -> float:
    import numpy as np

    return float(np.average(np.abs(label - value), weights=weight))


def _mape(label: Floats, value: Floats, weight: Floats | None) -> float:
    import numpy as np

    if not label.all():
        raise UndefinedError("a label is 0")
    return float(np.average(np.abs((label - value) / label), weights=weight))


def _median_absolute_error(label: Floats, value: Floats, weight: Floats | None) -> float:
    from sklearn.metrics import median_absolute_error

    return float(median_absolute_error(label, value, sample_weight=weight))


def _r2(label: Floats, value: Floats, weight: Floats | None) -> float:
    import numpy as np

    mean = np.average(label, weights=weight)
    variance = np.average((label - mean) ** 2, weights=weight)
    if variance == 0:
        raise UndefinedError("the labels are all the same")
    return float(1 - _mse(label, value, weight) / variance)


_NUMBER: dict[str, Callable[[Floats, Floats, Floats | None], float]] = {
    "mae": _mae,
    "rmse": lambda label, value, weight: _mse(label, value, weight) ** 0.5,
    "mse": _mse,
    "mape": _mape,
    "median_absolute_error": _median_absolute_error,
    "r2": _r2,
}
