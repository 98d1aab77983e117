"""Map a model's probabilities to probabilities that hold: fitted on predictions of rows that it has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mlc_runtime.errors import StepError
from mlc_runtime.learn.labels import labelled, labels, weights
from mlc_runtime.learn.predictions import TRUE, answered_rows, beside, from_probability, read, write

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from mlc_runtime.metrics_catalogue import Task

    Floats = npt.NDArray[np.float64]

Method = Literal["sigmoid", "isotonic"]


@dataclass(frozen=True)
class Calibrator:
    """One monotone map for each class, each class against the rest, scaled to sum to 1.

    Attributes:
        task: `binary` or `classes`.
        method: `sigmoid` (Platt 1999, on the log-odds) or `isotonic` (Zadrozny and Elkan 2002).
        maps: the fitted regression of each class; a class never seen among the labels keeps its probability.
    """

    task: Task
    method: Method
    maps: Mapping[str, Any]

    def apply(self, predictions: pa.Table) -> pa.Table:
        """The predictions with their probabilities mapped, and decided on again at one half."""
        given = read(self.task, predictions).probability or {}
        mapped = {name: self._map(name, probability) for name, probability in given.items()}
        return write(self.task, beside(predictions), from_probability(self.task, _scaled(mapped)))

    def _map(self, name: str, probability: Floats) -> Floats:
        import numpy as np

        fitted = self.maps.get(name)
        known = ~np.isnan(probability)
        if fitted is None or not known.any():
            return probability
        mapped = np.full(len(probability), np.nan)
        if self.method == "isotonic":
            mapped[known] = fitted.predict(probability[known])
        else:
            mapped[known] = fitted.predict_proba(_log_odds(probability[known]))[:, 1]
        return mapped


def fit_calibrator(predictions: pa.Table, task: Task, method: Method) -> Calibrator:
    """Fit on the predictions that have a label and an answer.

    Raises:
        StepError: `MLC939` where the model gave no probabilities; `MLC941` where the labels are all the same.
    """
    known, _ = labelled(predictions)
    rows = answered_rows(task, known)
    given = read(task, rows).probability
    if given is None:
        raise StepError(
            "MLC939",
            "`calibrate` needs probabilities, and the model gives none",
            "Choose a model that has `predict_proba`, or leave `calibrate` out.",
        )
    label, weight = labels(rows, task), weights(rows)
    truths = {name: label if task == "binary" else label == name for name in given}
    maps = {
        name: _fit(truth, given[name], weight, method)
        for name, truth in truths.items()
        if truth.any() and not truth.all()
    }
    if not maps:
        raise StepError(
            "MLC941",
            f"nothing to calibrate on: the labels of the {rows.num_rows} validation predictions are all the same",
            "Make the validation part larger, or leave `calibrate` out.",
        )
    return Calibrator(task, method, maps)


def _fit(truth: npt.NDArray[np.bool_], probability: Floats, weight: Floats | None, method: Method) -> Any:
    import numpy as np

    if method == "isotonic":
        from sklearn.isotonic import IsotonicRegression

        regression = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        return regression.fit(probability, truth.astype(np.float64), sample_weight=weight)
    from sklearn.linear_model import LogisticRegression

    # Platt's targets: each row counts a little for the other label too, so that separable rows keep a finite slope.
    weight = np.ones(len(truth)) if weight is None else weight
    positive, negative = weight[truth].sum(), weight[~truth].sum()
    target = np.where(truth, (positive + 1) / (positive + 2), 1 / (negative + 2))
    odds = _log_odds(probability)
    return LogisticRegression(C=np.inf, max_iter=1000).fit(
        np.concatenate([odds, odds]),
        np.repeat([True, False], len(truth)),
        sample_weight=np.concatenate([weight * target, weight * (1 - target)]),
    )


def _log_odds(probability: Floats) -> Floats:
    """As one column; probabilities of exactly 0 or 1 are moved to the nearest that have finite odds."""
    import numpy as np

    tiny = 1e-12
    inside = np.clip(probability, tiny, 1 - tiny)
    return np.asarray(np.log(inside / (1 - inside)))[:, np.newaxis]


def _scaled(mapped: dict[str, Floats]) -> dict[str, Floats]:
    """Scaled to sum to 1; where all are 0, even."""
    import numpy as np

    if list(mapped) == [TRUE]:
        return mapped
    total = np.sum(list(mapped.values()), axis=0)
    empty = total == 0
    return {
        name: np.where(empty, 1 / len(mapped), probability / np.where(empty, 1.0, total))
        for name, probability in mapped.items()
    }
