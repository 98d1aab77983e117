"""Which rows meet which arms, and the rows that this adds to the log of exposures; the same online and in batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from mlc_runtime.data.rows import AT, ROW
from mlc_runtime.data.times import INSTANT
from mlc_runtime.experiment.assignment import position, unit_text
from mlc_runtime.experiment.exposure import SEEN
from mlc_runtime.learn.columns import DECISION, PREDICTION
from mlc_runtime.learn.predictions import is_answer

if TYPE_CHECKING:
    from mlc_runtime.experiment.control import State

Choice = tuple[str, float | None]
"""The training whose model answers a row, and the threshold by which it decides; None for the model's own."""


@dataclass(frozen=True)
class Meeting:
    """Rows of which some meet the arms of an experiment.

    Attributes:
        state: the experiment.
        seen: the rows that take part: `$row`, their moment where there is one, and what is kept of them.
        units: of each of them, as it is hashed; None for no unit.
        arms: that each meets; None for none.
    """

    state: State
    seen: pa.Table
    units: tuple[str | None, ...]
    arms: tuple[str | None, ...]

    def by_row(self) -> dict[int, str]:
        """The arm that a row meets, by its number; rows that meet none are left out."""
        rows = self.seen[ROW].to_pylist()
        return {row: arm for row, arm in zip(rows, self.arms, strict=True) if arm is not None}


@dataclass(frozen=True)
class Shown:
    """What was answered.

    Attributes:
        serving: its name.
        predictions: one row a row, in their order.
        models: of each row, the training that answered.
        versions: of each training, the number of its model.
        answered_at: microseconds since the epoch.
    """

    serving: str
    predictions: pa.Table
    models: Sequence[str]
    versions: Mapping[str, int]
    answered_at: int


def meet(state: State, seen: pa.Table) -> Meeting:
    """Assign the rows that take part in an experiment by their unit."""
    units = tuple(map(unit_text, seen[state.definition.design.unit].to_pylist()))
    met = {unit: None if unit is None else state.allocation.arm(unit) for unit in units}
    return Meeting(state, seen, units, tuple(met[unit] for unit in units))


def choose(meetings: Iterable[Meeting], own: str, rows: Sequence[int]) -> list[Choice]:
    """Who answers each row.

    Args:
        meetings: of the experiments that run; no two change the same for one row.
        own: the serving's training, which answers where no arm says otherwise.
        rows: the numbers of the rows.
    """
    models, thresholds = dict.fromkeys(rows, own), dict[int, float]()
    for meeting in meetings:
        definition = meeting.state.definition
        moves_model = "model" in definition.changes
        for row, arm in meeting.by_row().items():
            treatment = definition.arms[arm]
            if moves_model:
                models[row] = treatment.model
            if treatment.threshold is not None:
                thresholds[row] = treatment.threshold
    return [(models[row], thresholds.get(row)) for row in rows]


def merge(choices: Sequence[Choice], answers: Mapping[str, pa.Table]) -> pa.Table:
    """The answers of those who were chosen, in the order of the rows.

    Args:
        choices: of each row.
        answers: of each training to all rows.
    """
    parts, order = list[pa.Table](), list[int]()
    for choice in dict.fromkeys(choices):
        training, threshold = choice
        mine = [place for place, other in enumerate(choices) if other == choice]
        parts.append(decided(answers[training].take(mine), threshold))
        order += mine
    if len(parts) == 1:
        return parts[0]
    back = sorted(range(len(order)), key=order.__getitem__)
    return pa.concat_tables(parts, promote_options="permissive").take(back)


def decided(predictions: pa.Table, threshold: float | None) -> pa.Table:
    """Answers with the decisions of a threshold; None for those that are there."""
    import pyarrow.compute as pc

    if threshold is None:
        return predictions
    place = predictions.column_names.index(DECISION)
    return predictions.set_column(place, DECISION, pc.greater_equal(predictions[PREDICTION], threshold))


def exposures(meeting: Meeting, shown: Shown, request: str | None = None) -> pa.Table:
    """The rows of the log, of those that met an arm; `$row` stands beside them."""
    place = {row: number for number, row in enumerate(shown.predictions[ROW].to_pylist())}
    chosen = [
        number
        for number, (row, arm) in enumerate(zip(meeting.seen[ROW].to_pylist(), meeting.arms, strict=True))
        if arm is not None and row in place
    ]
    seen = meeting.seen.take(pa.array(chosen, pa.int64()))
    there = [place[row] for row in seen[ROW].to_pylist()]
    answers = shown.predictions.take(pa.array(there, pa.int64()))
    units = [meeting.units[number] for number in chosen]
    models = [shown.models[number] for number in there]
    definition, count = meeting.state.definition, len(chosen)
    answered = pa.array([shown.answered_at] * count, pa.int64()).cast(INSTANT)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        ROW: seen[ROW],
        "unit": pa.array(units, pa.string()),
        "experiment": pa.array([meeting.state.name] * count, pa.string()),
        "arm": pa.array([meeting.arms[number] for number in chosen], pa.string()),
        "position": pa.array([position(definition.salt, unit or "") for unit in units], pa.int32()),
        "layer": pa.array([definition.layer] * count, pa.string()),
        "at": seen[AT].cast(INSTANT) if AT in seen.column_names else answered,
        "answered_at": answered,
        "serving": pa.array([shown.serving] * count, pa.string()),
        "model": pa.array(models, pa.string()),
        "version": pa.array([shown.versions[model] for model in models], pa.int32()),
        "request": pa.array([request] * count, pa.string()),
    }
    columns |= {name: answers[name] for name in answers.column_names if is_answer(name)}
    columns |= {SEEN + name: seen[name] for name in seen.column_names if name not in (ROW, AT)}
    return pa.table(columns)
