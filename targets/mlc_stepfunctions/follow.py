"""A run as Step Functions and AWS Batch see it, told in the words of the plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlc_compiler.target import RunState, StepState

Data = Mapping[str, Any]
Origin = tuple[str | int, ...]

_RUNNING = "RUNNING"
_BAD = frozenset({"FAILED", "LEFT OUT"})


@dataclass(frozen=True)
class Row:
    """A row of the state machine's table.

    Attributes:
        step: the step's name.
        after: the names of those without which it is left out.
    """

    step: str
    after: tuple[str, ...] = ()

    @staticmethod
    def of(row: Data) -> Row:
        """A row as the definition has it."""
        return Row(row["step"], tuple(row.get("after", ())))


@dataclass(frozen=True)
class Submitted:
    """A job that a run started.

    Attributes:
        job: its id; empty while a person is asked first.
        phase: how it ended, as the history says; empty while it has not.
    """

    job: str
    phase: str = ""


def read_submitted(history: Iterable[Data]) -> dict[str, Submitted]:
    """The last job of each step that a run started, by the step's name, in the order in which they began.

    Args:
        history: the events of the run, the first one first.
    """
    steps: dict[int, str] = {}
    found: dict[str, Submitted] = {}
    for event in history:
        step = steps.get(event.get("previousEventId", 0))
        kind = event["type"]
        if kind == "TaskScheduled":
            details = event["taskScheduledEventDetails"]
            given = json.loads(details["parameters"])
            if details["resourceType"] == "batch":
                steps[event["id"]] = given["Parameters"]["step"]
            elif details["resourceType"] == "sns":
                found[given["MessageAttributes"]["step"]["StringValue"]] = Submitted("", "WAITING")
        elif step is not None and kind.startswith("Task"):
            steps[event["id"]] = step
            if kind == "TaskSubmitted":
                found[step] = Submitted(json.loads(event["taskSubmittedEventDetails"]["output"])["JobId"])
            elif kind in ("TaskSucceeded", "TaskFailed", "TaskTimedOut") and step in found:
                phase = "SUCCEEDED" if kind == "TaskSucceeded" else "FAILED"
                found[step] = Submitted(found[step].job, phase)
    return found


def run_state(
    execution: Data,
    rows: Sequence[Row],
    submitted: Mapping[str, Submitted],
    jobs: Mapping[str, Data],
    failed: Mapping[str, Sequence[Data]],
    origins: Mapping[str, Origin],
) -> RunState:
    """How a run stands.

    Args:
        execution: as Step Functions describes it.
        rows: the steps of its state machine, in order.
        submitted: the job of each step that was started.
        jobs: jobs by their ids, as AWS Batch describes those that it has not forgotten.
        failed: the jobs of a step, or some of its tiles, that failed.
        origins: where in the spec steps come from.
    """
    ended = execution["status"] != _RUNNING
    last = max((place for place, row in enumerate(rows) if row.step in submitted), default=-1)
    states: dict[str, StepState] = {}
    for place, row in enumerate(rows):
        origin = origins.get(row.step, ())
        if row.step in submitted:
            one = submitted[row.step]
            states[row.step] = _state(row.step, one, jobs.get(one.job, {}), failed.get(row.step, ()), origin)
        elif any(states[other].phase in _BAD for other in row.after if other in states):
            states[row.step] = StepState(row.step, "LEFT OUT", origin=origin)
        elif place < last or execution["status"] == "SUCCEEDED":
            states[row.step] = StepState(row.step, "SKIPPED", origin=origin)
    return RunState(
        execution["name"],
        execution["status"],
        execution.get("cause") or "",
        ended,
        execution["status"] == "SUCCEEDED",
        tuple(states.values()),
    )


def _state(name: str, one: Submitted, job: Data, failed: Sequence[Data], origin: Origin) -> StepState:
    phase = job.get("status") or one.phase or "SUBMITTED"
    summary = job.get("arrayProperties", {}).get("statusSummary")
    tiles = job["arrayProperties"]["size"] if summary else 1
    done = summary.get("SUCCEEDED", 0) if summary else int(phase == "SUCCEEDED")
    attempts = max(0, len(job.get("attempts", ())) - 1)
    return StepState(name, phase, tiles, done, attempts, tuple(dict.fromkeys(map(_message, failed))), origin)


def _message(job: Data) -> str:
    """Why a job failed: what AWS Batch says, and the exit code where there was one."""
    code = job.get("container", {}).get("exitCode")
    said = str(job.get("statusReason") or "failed")
    return said if code is None else f"{said} (exit code {code})"
