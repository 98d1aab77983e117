"""Let the rows of a batch meet the arms of the experiments that run, and answer each by its arm."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mlc_runtime.context import Context
from mlc_runtime.data.rows import ROW, aligned
from mlc_runtime.errors import StepError
from mlc_runtime.experiment.control import State, check_unchanged, load_running
from mlc_runtime.experiment.definition import load_definition
from mlc_runtime.experiment.shown import Choice, Shown, choose, exposures, meet, merge
from mlc_runtime.learn.columns import ROUTE
from mlc_runtime.learn.complaints import warnings_to
from mlc_runtime.learn.predictions import is_answer


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Divide a batch.

    Args:
        inputs: `predictions` of the serving's own model; `seen.EXPERIMENT`, the rows that take part; of each other
            training of an arm `frame.TRAINING`, `model.TRAINING` and `entry.TRAINING`, and the serving's own `entry`.
        params: `serving`; `model`, its training; `keep`, columns beside the predictions; by experiment `running`, what
            the log said when the run was prepared, None where it does not run, and `declared`, what the spec says;
            `as_of`, microseconds since the epoch.
        context: the task's surroundings.

    Returns:
        `predictions`, and for each experiment `exposures.EXPERIMENT`, without rows where it does not run.

    Raises:
        StepError: `MLC991` where the spec no longer says what was started, `MLC949` where an arm has no model.
    """
    own, predictions = params["model"], inputs["predictions"]
    states = {name: load_running(name, text) for name, text in params["running"].items() if text is not None}
    for name, state in states.items():
        check_unchanged(state, load_definition(json.loads(params["declared"][name])))
    meetings = [meet(state, inputs[f"seen.{name}"]) for name, state in states.items()]
    choices = choose(meetings, own, predictions[ROW].to_pylist())
    answers = {own: predictions}
    with warnings_to(context.log):
        for training in dict.fromkeys(training for training, _ in choices if training != own):
            answers[training] = _answers(inputs, params, training, choices)
    merged = merge(choices, answers)
    entries = {port.removeprefix("entry."): inputs[port] for port in inputs if port.startswith("entry.")}
    versions = {training: entry["version"] for training, entry in entries.items() if entry is not None}
    shown = Shown(params["serving"], merged, [training for training, _ in choices], versions, params["as_of"] or 0)
    logs = {f"exposures.{name}": pa.table({}) for name in params["running"]}
    for meeting in meetings:
        logs[f"exposures.{meeting.state.name}"] = _said(exposures(meeting, shown), meeting.state, context)
    return {"predictions": merged, **logs}


def _answers(inputs: Mapping[str, Any], params: Mapping[str, Any], training: str, choices: list[Choice]) -> pa.Table:
    """The batch's rows with the answers of another training to those that it was chosen for."""
    model, predictions = inputs[f"model.{training}"], inputs["predictions"]
    if model is None:
        raise StepError("MLC949", f"no version of `{training}` is live", "Promote one, or stop the experiment.")
    wanted = predictions.filter(pa.array([chosen == training for chosen, _ in choices]))
    found = model.predict(aligned(inputs[f"frame.{training}"], wanted), params["keep"])
    found = aligned(found, predictions)
    rows = predictions.select([name for name in predictions.column_names if not _made(name)])
    for name in filter(_made, found.column_names):
        rows = rows.append_column(name, found[name])
    return rows


def _made(name: str) -> bool:
    """Whether a column is the model's."""
    return is_answer(name) or name == ROUTE


def _said(rows: pa.Table, state: State, context: Context) -> pa.Table:
    context.log(f"{rows.num_rows} rows meet the arms of `{state.name}`")
    return rows
