"""A training's result for one value of `each`: from raw features to answers, with all that was fitted inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlc_runtime.errors import StepError
from mlc_runtime.learn.calibrator import Calibrator
from mlc_runtime.learn.columns import passing
from mlc_runtime.learn.combine import average
from mlc_runtime.learn.model import FittedModel
from mlc_runtime.learn.predictions import THRESHOLD, is_answer
from mlc_runtime.learn.stage import Stage

if TYPE_CHECKING:
    import pyarrow as pa

    from mlc_runtime.metrics_catalogue import Task


@dataclass(frozen=True)
class Member:
    """One of the settings kept: its stages in order, its model, and its calibrator where one was asked for."""

    stages: tuple[Stage, ...]
    model: FittedModel
    calibrator: Calibrator | None

    def predict(self, table: pa.Table) -> pa.Table:
        """Apply the stages, predict, calibrate."""
        for stage in self.stages:
            table = stage.transform(table)
        predictions = self.model.predict(table)
        return predictions if self.calibrator is None else self.calibrator.apply(predictions)


@dataclass(frozen=True)
class Predictor:
    """The mean of the settings kept, decided on at the threshold.

    Attributes:
        task: what the label is.
        features: names and types (of the language) of the features that it reads.
        members: the settings kept, the best first.
        threshold: from which probability on a binary label is decided true.
    """

    task: Task
    features: tuple[tuple[str, str], ...]
    members: tuple[Member, ...]
    threshold: float = THRESHOLD

    def predict(self, table: pa.Table, keep: Sequence[str] = ()) -> pa.Table:
        """Predict rows of raw features; see `Model`.

        Raises:
            StepError: `MLC945` where a feature is not among the columns.
        """
        names = [name for name, _ in self.features]
        missing = [name for name in names if name not in table.column_names]
        if missing:
            listed = ", ".join(f"`{name}`" for name in missing)
            raise StepError("MLC945", f"the rows lack {listed}", "The model was trained with these features.")
        rows = passing(table, names)
        answers = average(self.task, [member.predict(rows) for member in self.members], self.threshold)
        predictions = passing(table, keep)
        for name in filter(is_answer, answers.column_names):
            predictions = predictions.append_column(name, answers[name])
        return predictions
