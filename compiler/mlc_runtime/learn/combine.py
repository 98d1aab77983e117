"""Put tables of predictions together: several models on the same rows, or models on different rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlc_runtime.data.rows import ROW
from mlc_runtime.learn.columns import PROBABILITY
from mlc_runtime.learn.predictions import THRESHOLD, TRUE, Answers, answered, beside, from_probability, read, write

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from mlc_runtime.metrics_catalogue import Task

    Floats = npt.NDArray[np.float64]


def average(task: Task, tables: Sequence[pa.Table], threshold: float = THRESHOLD) -> pa.Table:
    """The mean of several models' predictions of the same rows, summed in the order given.

    Probabilities are averaged and decided on again; where a model gives none, the models vote, and in a tie true or
    the first class wins. One table is decided on again too, so that the threshold holds.

    Raises:
        ValueError: the tables are of different rows.
    """
    import numpy as np

    rows = beside(tables[0])
    if any(not _same_rows(table, rows) for table in tables[1:]):
        raise ValueError("predictions of different rows cannot be averaged")
    members = [read(task, table) for table in tables]
    if task == "number":
        return write(task, rows, Answers(_mean([np.asarray(member.value, np.float64) for member in members])))
    if any(member.probability is None for member in members):
        return write(task, rows, Answers(from_probability(task, _votes(task, members)).value))
    classes = sorted({name for member in members for name in member.probability or {}})
    probability = {name: _mean([_of_class(member, name) for member in members]) for name in classes}
    return write(task, rows, from_probability(task, probability, threshold))


def average_by_rows(task: Task, tables: Sequence[pa.Table]) -> pa.Table:
    """Predictions of several settings on several parts: averaged over the settings of each part, parts together.

    Tables of the same rows are one part; the result is sorted by row.
    """
    parts: list[list[pa.Table]] = []
    for table in tables:
        part = next((part for part in parts if _same_rows(part[0], table)), None)
        if part is None:
            parts.append([table])
        else:
            part.append(table)
    return together(task, [average(task, part) for part in parts]).sort_by(ROW)


def together(task: Task, parts: Sequence[pa.Table]) -> pa.Table:
    """Predictions of different rows, one part after the other.

    The parts' models need not know the same classes: a class that one has not met has probability 0 there.
    """
    import pyarrow as pa

    classes = sorted({name for part in parts for name in _classes(part)}) if task == "classes" else []
    alike = [_with_classes(part, classes) for part in parts] if classes else list(parts)
    return pa.concat_tables(alike, promote_options="permissive")


def _with_classes(part: pa.Table, classes: Sequence[str]) -> pa.Table:
    """The part with these probability columns; what was not answered, or not with probabilities, is null in them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = {name: part[name] for name in part.column_names if name not in classes}
    unmet = pa.nulls(part.num_rows, pa.float64())
    if _classes(part):
        unmet = pc.if_else(answered("classes", part), pa.scalar(0.0), unmet)
    return pa.table(columns | {name: part[name] if name in part.column_names else unmet for name in classes})


def _classes(part: pa.Table) -> list[str]:
    return [name for name in part.column_names if name.startswith(PROBABILITY)]


def _same_rows(one: pa.Table, other: pa.Table) -> bool:
    return bool(one[ROW].equals(other[ROW]))


def _of_class(member: Answers, name: str) -> Floats:
    """A class that a model has not met has no probability there; rows without an answer stay without one."""
    import numpy as np

    probability = member.probability or {}
    if name in probability:
        return probability[name]
    return np.where([value is None for value in member.value], np.nan, 0.0)


def _votes(task: Task, members: Sequence[Answers]) -> dict[str, Floats]:
    import numpy as np

    def share(wanted: object) -> Floats:
        return _mean(
            [np.array([np.nan if v is None else float(v == wanted) for v in member.value]) for member in members]
        )

    if task == "binary":
        return {TRUE: share(True)}
    return {name: share(name) for name in sorted({v for member in members for v in member.value if v is not None})}


def _mean(columns: Sequence[Floats]) -> Floats:
    total = columns[0]
    for column in columns[1:]:
        total = total + column
    return total / len(columns)
