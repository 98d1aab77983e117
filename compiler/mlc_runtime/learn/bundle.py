"""A training's whole result: one predictor for each value of `each`, and the fallback for everything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlc_runtime.data.rows import ROW
from mlc_runtime.learn.columns import ROUTE, passing
from mlc_runtime.learn.combine import together
from mlc_runtime.learn.model import Model
from mlc_runtime.learn.predictions import Answers, answered, is_answer, write
from mlc_runtime.learn.values import Key, keys

if TYPE_CHECKING:
    import pyarrow as pa

    from mlc_runtime.metrics_catalogue import Task


@dataclass(frozen=True)
class Bundle:
    """Routes each row to the predictor of its value, else to the fallback, else answers null.

    Without `each` there are no fields and one predictor, which gets every row.

    Attributes:
        task: what the label is.
        fields: the columns of `each`.
        models: the predictors by their values of the fields, in the order of the axis.
        fallback: answers what no predictor does: values unseen, with too few rows, or whose fit failed.
    """

    task: Task
    fields: tuple[str, ...]
    models: Mapping[Key, Model]
    fallback: Model | None = None

    def predict(self, table: pa.Table, keep: Sequence[str] = ()) -> pa.Table:
        """Predict rows of raw features, one call for each predictor; see `Model`.

        The column `$route` says who answered: `model`, `fallback` or null.
        """
        import numpy as np

        places: dict[Key | None, list[int]] = {key: [] for key in self.models}
        places[None] = []
        for place, key in enumerate(keys(table, self.fields)):
            places[key if key in self.models else None].append(place)
        asked = {key: np.array(rows, np.int64) for key, rows in places.items() if rows or not table.num_rows}
        parts = [self._answer(key, table.take(rows)) for key, rows in asked.items()]
        answers = together(self.task, parts)
        back = np.argsort(np.concatenate(list(asked.values())))
        predictions = passing(table, keep)
        for name, column in zip(answers.column_names, answers.take(back).columns, strict=True):
            predictions = predictions.append_column(name, column.combine_chunks())
        return predictions

    def _answer(self, key: Key | None, rows: pa.Table) -> pa.Table:
        """The answers' columns alone, and the route."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        model, route = (self.fallback, "fallback") if key is None else (self.models[key], "model")
        if model is None:
            nobody = np.full(rows.num_rows, np.nan if self.task == "number" else None)
            predictions = write(self.task, rows.select([ROW]), Answers(nobody))
        else:
            predictions = model.predict(rows)
        mask = answered(self.task, predictions)
        columns = {name: predictions[name] for name in predictions.column_names if is_answer(name)}
        return pa.table(columns | {ROUTE: pc.if_else(mask, pa.scalar(route), pa.scalar(None, pa.string()))})
