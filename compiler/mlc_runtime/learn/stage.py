"""A fitted preparation: columns in, columns out, the others untouched."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlc_runtime.errors import StepError
from mlc_runtime.learn.complaints import explained
from mlc_runtime.learn.frames import Encoding
from mlc_runtime.learn.labels import labels

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from mlc_runtime.metrics_catalogue import Task


@dataclass(frozen=True)
class Stage:
    """A transformer fitted on training rows.

    Its columns make room for what it makes, at the place of the first of them, so that a stage that keeps its columns
    keeps their order.

    Attributes:
        transformer: what was fitted; has `transform`.
        use: what the spec calls it.
        encoding: how the columns that it reads become a data frame.
        made: names and types of the columns that it makes.
    """

    transformer: Any
    use: str
    encoding: Encoding
    made: Mapping[str, pa.DataType]

    def transform(self, table: pa.Table) -> pa.Table:
        """The table with the stage's columns replaced.

        Raises:
            StepError: `MLC934`, `MLC935` for rows that it refuses; `MLC938` where it now makes another number of
                columns or rows than it did in training.
        """
        import pyarrow as pa

        frame = self.encoding.frame(table)
        if not len(frame):
            return _replace(self, table, [pa.array([], kind) for kind in self.made.values()])
        with explained(self.use, lambda: frame):
            made = self.transformer.transform(frame)
        return _replace(self, table, _arrow(made, self.use))


def fit_stage(
    transformer: Any, use: str, table: pa.Table, columns: Sequence[str], task: Task
) -> tuple[Stage, pa.Table]:
    """Fit a transformer on labelled rows; the stage, and those rows transformed.

    Where a class has `fit_transform` it is used for the rows fitted on: for a target encoder it differs from `fit`
    and `transform` on purpose, so that a row's own label does not reach its features.

    Raises:
        StepError: `MLC930` where there is no row; `MLC934`, `MLC935` for rows that it refuses; `MLC937` where it is no
            transformer; `MLC938` where it makes no table with one row for each.
    """
    if not (hasattr(transformer, "fit") and hasattr(transformer, "transform")):
        raise StepError("MLC937", f"`{use}` has no `fit` and `transform`", "A stage is a class that has both.")
    if not table.num_rows:
        raise StepError(
            "MLC930", "no training row has a label", "Look at the split and the label in the summary of the run."
        )
    encoding = Encoding.learn(table, columns)
    frame = encoding.frame(table)
    arguments = (frame, labels(table, task)) if _takes_labels(transformer.fit) else (frame,)
    with explained(use, lambda: frame):
        if hasattr(transformer, "fit_transform"):
            result = transformer.fit_transform(*arguments)
        else:
            transformer.fit(*arguments)
            result = transformer.transform(frame)
    arrays = _arrow(result, use)
    others = [name for name in table.column_names if name not in columns]
    names = _unique(_names(transformer, result, use, columns, len(arrays)), others)
    made = {name: array.type for name, array in zip(names, arrays, strict=True)}
    stage = Stage(transformer, use, encoding, made)
    return stage, _replace(stage, table, arrays)


def _takes_labels(fit: Any) -> bool:
    parameters = inspect.signature(fit).parameters.values()
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return len(places) > 1 or any(p.kind is p.VAR_POSITIONAL for p in parameters)


def _names(transformer: Any, result: Any, use: str, columns: Sequence[str], count: int) -> list[str]:
    """Its own names, else those of the columns it read if there are as many, else its class's name and a number."""
    named = getattr(transformer, "get_feature_names_out", None)
    if hasattr(result, "columns"):
        names = [str(name) for name in result.columns]
    elif named is not None:
        names = [str(name) for name in named(list(columns))]
    elif count == len(columns):
        names = list(columns)
    else:
        names = []
    if len(names) == count:
        return names
    base = use.replace(":", ".").rpartition(".")[2].lower()
    return [f"{base}{i}" for i in range(count)]


def _unique(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    """The names, each that is taken with the first free number behind it."""
    used = dict.fromkeys(taken)
    chosen = []
    for name in names:
        free, number = name, 1
        while free in used:
            number += 1
            free = f"{name}_{number}"
        used[free] = None
        chosen.append(free)
    return chosen


def _arrow(result: Any, use: str) -> list[pa.Array]:
    """One Arrow array a column, all numbers as float64, text as strings."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    dense = result.toarray() if hasattr(result, "toarray") else result
    frame = dense if isinstance(dense, pd.DataFrame) else _frame(np.asarray(dense), use)
    arrays = []
    for place in range(frame.shape[1]):
        column = frame.iloc[:, place]
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype(object)
        try:
            array = pa.array(column, from_pandas=True)
        except pa.ArrowInvalid as error:
            raise StepError(
                "MLC938", f"a column made by `{use}` mixes kinds of values", "Let it make numbers or text, not both."
            ) from error
        numeric = pa.types.is_integer(array.type) or pa.types.is_floating(array.type) or pa.types.is_null(array.type)
        if numeric:
            array = array.cast(pa.float64(), safe=False)
        elif pa.types.is_large_string(array.type):
            array = array.cast(pa.string())
        arrays.append(array)
    return arrays


def _frame(values: Any, use: str) -> pd.DataFrame:
    import pandas as pd

    if values.ndim != 2:
        raise StepError(
            "MLC938", f"`{use}` made an array of shape {values.shape}", "A stage makes a table with one row for each."
        )
    return pd.DataFrame(values)


def _replace(stage: Stage, table: pa.Table, arrays: Sequence[pa.Array]) -> pa.Table:
    import pyarrow as pa

    wrong = [len(array) for array in arrays if len(array) != table.num_rows]
    if len(arrays) != len(stage.made) or wrong:
        raise StepError(
            "MLC938",
            f"`{stage.use}` made {len(arrays)} columns for {table.num_rows} rows, and {len(stage.made)} in training",
            "A stage makes the same columns each time, with one row for each row.",
        )
    made = {name: array.cast(kind) for (name, kind), array in zip(stage.made.items(), arrays, strict=True)}
    replaced = stage.encoding.columns
    first = next((name for name in table.column_names if name in replaced), None)
    columns: dict[str, pa.Array] = {}
    for name in table.column_names:
        if name == first:
            columns |= made
        if name not in replaced:
            columns[name] = table[name]
    return pa.table(columns)
