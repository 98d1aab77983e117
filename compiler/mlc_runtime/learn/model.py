"""A fitted model: the estimator or whatever a user's function returned, with how to ask it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from numbers import Number
from typing import TYPE_CHECKING, Any, Protocol

from mlc_runtime.errors import StepError
from mlc_runtime.learn.arrays import rows_for, without_names
from mlc_runtime.learn.columns import passing
from mlc_runtime.learn.complaints import explained
from mlc_runtime.learn.frames import Encoding
from mlc_runtime.learn.predictions import TRUE, Answers, from_probability, write

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from mlc_runtime.metrics_catalogue import Task


class Model(Protocol):
    """Whatever predicts: one fitted model, the assembled predictor of a training, or a bundle of those.

    All of them are plain objects that pickle and, once loaded, predict a table as they did before.
    """

    def predict(self, table: pa.Table, keep: Sequence[str] = ()) -> pa.Table:
        """Predict all rows in one call.

        Args:
            table: rows with the model's features; a batch is never split, for a row alone may round differently.
            keep: columns to keep beside the predictions; the row, moment, label and weight always are.

        Returns:
            A table of predictions, as `mlc_runtime.learn.predictions` describes.
        """
        ...


@dataclass(frozen=True)
class FittedModel:
    """One fit of a training's model, which reads rows that its stages have prepared.

    Attributes:
        estimator: what was fitted; has `predict`, and may have `predict_proba`.
        use: what the spec calls it.
        task: what the label is.
        encoding: how its features become a data frame.
        classes: the sorted classes of the training labels; empty unless the task is `classes`.
    """

    estimator: Any
    use: str
    task: Task
    encoding: Encoding
    classes: tuple[str, ...]

    def predict(self, table: pa.Table, keep: Sequence[str] = ()) -> pa.Table:
        """Predict; see `Model`.

        Raises:
            StepError: `MLC934`, `MLC935` for rows that it refuses; `MLC938` where its answer does not fit the task.
        """
        rows = rows_for(self.estimator, self.encoding, table)
        with explained(self.use, partial(self.encoding.frame, table)):
            answers = self._answers(without_names(self.estimator, rows), rows)
        return write(self.task, passing(table, keep), answers)

    def _answers(self, estimator: Any, rows: Any) -> Answers:
        import numpy as np

        if not len(rows):
            return self._silence()
        if self.task != "number" and hasattr(estimator, "predict_proba"):
            return from_probability(self.task, self._probability(estimator, rows))
        given = self._rows(estimator.predict(rows), len(rows))
        if self.task == "number":
            odd = [] if given.dtype.kind in "buif" else [x for x in given if not isinstance(x, Number | None)]
            if odd:
                raise self._unfit(f"`{odd[0]}` for a number")
            numbers = given.astype(np.float64)
            if np.isinf(numbers).any():
                raise self._unfit("an infinite number")
            return Answers(numbers)
        if self.task == "classes":
            return Answers(np.array([None if value is None else str(value) for value in given], dtype=object))
        if given.dtype.kind != "f":
            return Answers(given.astype(bool).astype(object))
        return from_probability(self.task, {TRUE: self._checked(given)})

    def _silence(self) -> Answers:
        import numpy as np

        nothing = np.empty(0, dtype=np.float64)
        if self.task == "number":
            return Answers(nothing)
        asked = hasattr(self.estimator, "predict_proba")
        names = (TRUE,) if self.task == "binary" else self.classes
        return Answers(nothing.astype(object), dict.fromkeys(names, nothing) if asked else None)

    def _probability(self, estimator: Any, rows: Any) -> dict[str, npt.NDArray[np.float64]]:
        import numpy as np

        given = np.asarray(estimator.predict_proba(rows), dtype=np.float64)
        if self.task == "binary" and (given.ndim == 1 or given.shape[1] == 1):
            return {TRUE: self._checked(self._rows(given, len(rows)))}
        known: Sequence[Any] = [False, True] if self.task == "binary" else self.classes
        classes = list(getattr(estimator, "classes_", known))
        if given.shape != (len(rows), len(classes)):
            raise self._unfit(f"probabilities of shape {given.shape} for {len(rows)} rows and {len(classes)} classes")
        if self.task == "binary":
            if True not in classes:
                raise self._unfit(f"probabilities of the classes {classes}")
            return {TRUE: self._checked(given[:, classes.index(True)])}
        return {
            str(name): self._checked(given[:, i]) for i, name in sorted(enumerate(classes), key=lambda c: str(c[1]))
        }

    def _rows(self, given: Any, count: int) -> npt.NDArray[Any]:
        import numpy as np

        column = np.asarray(given)
        if column.ndim == 2 and column.shape[1] == 1:
            column = column[:, 0]
        if column.shape != (count,):
            raise self._unfit(f"predictions of shape {column.shape} for {count} rows")
        return column

    def _checked(self, probability: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        if ((probability < 0) | (probability > 1)).any():
            raise self._unfit("numbers outside 0 to 1 for probabilities")
        return probability

    def _unfit(self, what: str) -> StepError:
        return StepError(
            "MLC938",
            f"`{self.use}` gave {what}",
            "A model of a bool label predicts bools, or the probability of true; of a string label one class a row;"
            " of a number one number a row.",
        )
