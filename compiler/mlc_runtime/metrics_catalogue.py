"""The metrics that the language knows by name: data only, so that the compiler can read it without any library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Task = Literal["binary", "classes", "number"]
Direction = Literal["maximize", "minimize"]
Need = Literal["probability", "decision", "value"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        name: as written in a spec.
        tasks: the kinds of label that it fits.
        direction: which way is better.
        needs: what it compares the label with: the probability of each class, the class decided on, or a number.
        summary: one clause, for documentation and completion.
    """

    name: str
    tasks: tuple[Task, ...]
    direction: Direction
    needs: Need
    summary: str


_CLASSES: tuple[Task, ...] = ("binary", "classes")
_NUMBER: tuple[Task, ...] = ("number",)

_METRICS = (
    Metric(
        "roc_auc", _CLASSES, "maximize", "probability", "area under the ROC curve; classes: mean of one against rest"
    ),
    Metric("average_precision", _CLASSES, "maximize", "probability", "mean precision over recall; classes: mean"),
    Metric("log_loss", _CLASSES, "minimize", "probability", "negative log-likelihood of the label, in nats"),
    Metric("brier", _CLASSES, "minimize", "probability", "squared error of the probability; classes: summed, 0 to 2"),
    Metric("calibration_error", _CLASSES, "minimize", "probability", "expected calibration error, ten equal bins"),
    Metric("accuracy", _CLASSES, "maximize", "decision", "share of right decisions"),
    Metric("balanced_accuracy", _CLASSES, "maximize", "decision", "mean recall of the classes"),
    Metric("f1", _CLASSES, "maximize", "decision", "harmonic mean of precision and recall; classes: mean"),
    Metric("precision", _CLASSES, "maximize", "decision", "share of true among those decided true; classes: mean"),
    Metric("recall", _CLASSES, "maximize", "decision", "share of the true that is decided true; classes: mean"),
    Metric("mcc", _CLASSES, "maximize", "decision", "Matthews correlation coefficient"),
    Metric("mae", _NUMBER, "minimize", "value", "mean absolute error"),
    Metric("rmse", _NUMBER, "minimize", "value", "root of the mean squared error"),
    Metric("mse", _NUMBER, "minimize", "value", "mean squared error"),
    Metric("mape", _NUMBER, "minimize", "value", "mean absolute error relative to the label"),
    Metric("median_absolute_error", _NUMBER, "minimize", "value", "median absolute error"),
    Metric("r2", _NUMBER, "maximize", "value", "share of the label's variance explained"),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _METRICS}
"""Every metric by name."""

COUNTED: tuple[str, ...] = ("accuracy", "balanced_accuracy", "f1", "precision", "recall", "mcc")
"""The metrics that follow from tp, fp, tn and fn alone: those that a decision threshold can be chosen by."""

RATIOS: tuple[str, ...] = ("brier", "log_loss", "accuracy", "precision", "recall", "f1", "mae", "mse", "mape")
"""The metrics that are a ratio of two sums over rows: those that experiments judge by. Of several classes,
`precision`, `recall` and `f1` are none."""


def task_of(label_type: str) -> Task:
    """The task that a label's type makes: `bool` binary, `string` classes, every number a number."""
    if label_type == "bool":
        return "binary"
    return "classes" if label_type == "string" else "number"
