"""Tables of predictions: the columns that passed, and one answer a row in the columns of its task.

| task | `prediction` | beside it |
| --- | --- | --- |
| binary | probability of true; null where the model gives none | `decision` |
| classes | the class | `probability.CLASS` for each class, where the model gives them |
| number | the number | |

A row that nothing answered has nulls throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlc_runtime.learn.columns import DECISION, PREDICTION, PROBABILITY

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from mlc_runtime.metrics_catalogue import Task

    Floats = npt.NDArray[np.float64]

THRESHOLD = 0.5
"""A probability from here on is decided true, unless a threshold was chosen."""


@dataclass(frozen=True)
class Answers:
    """What a model says of some rows, before it is written to columns; NaN or None is no answer.

    Attributes:
        value: binary: the decisions (bool, or object with None); classes: the classes (object); number: float64.
        probability: of each class, each an array over the rows; binary has the one class `true`. None where the
            model gives none.
    """

    value: npt.NDArray[Any]
    probability: Mapping[str, Floats] | None = None


TRUE = "true"
"""The one class whose probability a binary model gives."""


def from_probability(task: Task, probability: Mapping[str, Floats], threshold: float = THRESHOLD) -> Answers:
    """Decide by probabilities: true from the threshold on; else the likeliest class, in a tie the first."""
    import numpy as np

    classes = list(probability)
    stacked = np.stack([probability[name] for name in classes]) if classes else np.empty((0, 0))
    unanswered = np.isnan(stacked).any(axis=0)
    if task == "binary":
        value = (stacked[0] >= threshold).astype(object)
    else:
        value = np.array(classes, dtype=object)[np.where(unanswered, -np.inf, stacked).argmax(axis=0)]
    value[unanswered] = None
    return Answers(value, dict(probability))


def write(task: Task, rows: pa.Table, answers: Answers) -> pa.Table:
    """The rows, followed by the task's columns of prediction."""
    import numpy as np
    import pyarrow as pa

    columns: dict[str, pa.Array] = {}
    probability = answers.probability or {}
    if task == "binary":
        given = probability.get(TRUE)
        columns[PREDICTION] = pa.nulls(rows.num_rows, pa.float64()) if given is None else _floats(given)
        columns[DECISION] = pa.array(answers.value.tolist(), pa.bool_())
    elif task == "classes":
        columns[PREDICTION] = pa.array(answers.value.tolist(), pa.string())
        columns |= {PROBABILITY + name: _floats(probability[name]) for name in sorted(probability)}
    else:
        columns[PREDICTION] = _floats(np.asarray(answers.value, dtype=np.float64))
    kept = rows.replace_schema_metadata(None)
    for name, column in columns.items():
        kept = kept.append_column(name, column)
    return kept


def read(task: Task, table: pa.Table) -> Answers:
    """What a table of predictions says."""
    import pyarrow as pa

    def floats(name: str) -> Floats:
        column: Floats = table[name].cast(pa.float64()).to_numpy()
        return column

    if task == "number":
        return Answers(floats(PREDICTION))
    if task == "binary":
        silent = table[PREDICTION].null_count > table[DECISION].null_count
        return Answers(_objects(table[DECISION]), None if silent else {TRUE: floats(PREDICTION)})
    names = [name for name in table.column_names if name.startswith(PROBABILITY)]
    return Answers(
        _objects(table[PREDICTION]), {name.removeprefix(PROBABILITY): floats(name) for name in names} or None
    )


def answered(task: Task, table: pa.Table) -> pa.Array:
    """Which rows have an answer, as a mask."""
    import pyarrow.compute as pc

    return pc.is_valid(_answer(task, table))


def answered_rows(task: Task, table: pa.Table) -> pa.Table:
    """The rows that have an answer."""
    return table.filter(answered(task, table)) if _answer(task, table).null_count else table


def _answer(task: Task, table: pa.Table) -> pa.ChunkedArray:
    return table[DECISION if task == "binary" else PREDICTION]


def beside(table: pa.Table) -> pa.Table:
    """A table of predictions without the answers."""
    return table.select([name for name in table.column_names if not is_answer(name)])


def is_answer(name: str) -> bool:
    """Whether a column of a table of predictions is one of the answer's."""
    return name in (PREDICTION, DECISION) or name.startswith(PROBABILITY)


def _floats(column: Floats) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    return pa.array(column, pa.float64(), mask=np.isnan(column))


def _objects(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    import numpy as np

    found = np.empty(len(column), dtype=object)
    found[:] = column.to_pylist()
    return found
