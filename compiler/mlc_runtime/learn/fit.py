"""Fit a model: a class with `fit` and `predict`, or a user's function that returns what it fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlc_runtime.call import load
from mlc_runtime.errors import StepError
from mlc_runtime.learn.arrays import rows_for, with_names
from mlc_runtime.learn.complaints import explained, warnings_to
from mlc_runtime.learn.construct import construct, takes
from mlc_runtime.learn.frames import Encoding
from mlc_runtime.learn.labels import labels, weights
from mlc_runtime.learn.model import FittedModel

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from mlc_runtime.metrics_catalogue import Task


@dataclass(frozen=True)
class TrainingContext:
    """What a user's function is told beside its rows.

    Attributes:
        features: the names of the feature columns, in order.
        seed: what its random choices should derive from.
        log: writes a line to the task's log.
        checkpoint: a folder kept between attempts, where the training asked for one.
    """

    features: Sequence[str]
    seed: int
    log: Callable[[str], None]
    checkpoint: Path | None


@dataclass(frozen=True)
class Fit:
    """One fit, as a training states it.

    Attributes:
        use: the call's class or function.
        arguments: what it is given.
        task: what the label is.
        root: the project's folder.
        context: what a function is told; the features, the seed and the log hold for a class too.
    """

    use: str
    arguments: Mapping[str, Any]
    task: Task
    root: Path
    context: TrainingContext

    def run(self, train: pa.Table, validation: pa.Table, start: FittedModel | None = None) -> FittedModel:
        """Fit on labelled rows.

        Args:
            train: rows to fit on.
            validation: rows that a function may stop early by.
            start: a shorter fit on the same rows, to which a class that can do so (`warm_start`) adds.

        Raises:
            StepError: `MLC930`, `MLC931` for rows that nothing can be learned from; `MLC932` for weights that `fit`
                does not take; `MLC934`, `MLC935` for rows that it refuses; `MLC936` for arguments that it does not
                take; `MLC937` for something that is no model. Other exceptions of the user's code propagate.
        """
        classes = self._classes(train)
        encoding = Encoding.learn(train, self.context.features)
        target = load(self.use, self.root)
        with warnings_to(self.context.log):
            if isinstance(target, type):
                fitted = self._fit_class(target, encoding, train, start)
            else:
                frames = [self._with_label(encoding.frame(table), table) for table in (train, validation)]
                fitted = self._call(target, frames)
        return FittedModel(fitted, self.use, self.task, encoding, classes)

    def _classes(self, train: pa.Table) -> tuple[str, ...]:
        if not train.num_rows:
            raise StepError(
                "MLC930", "no training row has a label", "Look at the split and the label in the summary of the run."
            )
        if self.task == "number":
            return ()
        found = sorted({str(label) for label in labels(train, self.task)})
        if len(found) == 1:
            only = found[0].lower() if self.task == "binary" else found[0]
            raise StepError(
                "MLC931",
                f"all {train.num_rows} training rows have the label `{only}`",
                "A classifier needs two. With `each`, set `min_rows` and a `fallback`; else widen the training rows.",
            )
        return tuple(found) if self.task == "classes" else ()

    def _fit_class(self, cls: type, encoding: Encoding, train: pa.Table, start: FittedModel | None) -> Any:
        if not (hasattr(cls, "fit") and hasattr(cls, "predict")):
            raise _no_model(f"`{self.use}` has no `fit` and `predict`")
        estimator = construct(cls, self.use, self.arguments, self.context.seed)
        weight = weights(train)
        if weight is not None and not takes(estimator.fit, "sample_weight"):
            raise StepError(
                "MLC932",
                f"`fit` of `{self.use}` takes no `sample_weight`, and the examples have weights",
                "Choose a model that takes them, or examples without `weight`.",
            )
        options = {} if weight is None else {"sample_weight": weight}
        if start is not None:
            parameters = estimator.get_params(deep=False)
            estimator = deepcopy(start.estimator).set_params(**parameters).set_params(warm_start=True)
        rows = rows_for(estimator, encoding, train)
        with explained(self.use, partial(encoding.frame, train)):
            estimator.fit(rows, labels(train, self.task), **options)
        return with_names(estimator, encoding.columns, rows)

    def _with_label(self, frame: pd.DataFrame, table: pa.Table) -> pd.DataFrame:
        frame["label"] = labels(table, self.task)
        weight = weights(table)
        if weight is not None:
            frame["weight"] = weight
        return frame

    def _call(self, function: Any, frames: Sequence[pd.DataFrame]) -> Any:
        if not callable(function):
            raise _no_model(f"`{self.use}` is a {type(function).__name__}")
        fitted = function(*frames, self.context, **self.arguments)
        if not hasattr(fitted, "predict"):
            raise _no_model(f"`{self.use}` returned a {type(fitted).__name__}, which has no `predict`")
        return fitted


def _no_model(message: str) -> StepError:
    return StepError(
        "MLC937",
        message,
        "A model is a class with `fit` and `predict`, or a function `fit(train, validation, context, **with)` that"
        " returns an object with `predict`.",
    )
