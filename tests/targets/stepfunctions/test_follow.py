"""What Step Functions and AWS Batch say of a run, in the words of the plan."""

import json
from typing import Any

from mlc_stepfunctions.follow import Row, Submitted, read_submitted, run_state

ROWS = (
    Row("mlc-prepare"),
    Row("a", ("mlc-prepare",)),
    Row("late.fit", ("a",)),
    Row("empty", ("a",)),
    Row("after", ("late.fit",)),
    Row("later", ("after",)),
    Row("last", ("mlc-prepare",)),
    Row("mlc-finish", ("mlc-prepare",)),
)


def task(identifier: int, step: str, job: str, end: str = "") -> list[dict[str, Any]]:
    """The events of a job, each the next of the one before it."""
    parameters = json.dumps({"Parameters": {"step": step}})
    events = [
        {"type": "TaskScheduled", "taskScheduledEventDetails": {"resourceType": "batch", "parameters": parameters}},
        {"type": "TaskStarted"},
        {"type": "TaskSubmitted", "taskSubmittedEventDetails": {"output": json.dumps({"JobId": job})}},
        *([{"type": end}] if end else []),
    ]
    return [
        {**event, "id": identifier + place, "previousEventId": identifier + place - 1 if place else 0}
        for place, event in enumerate(events)
    ]


def execution(status: str, **more: Any) -> dict[str, Any]:
    return {"name": "r", "status": status, **more}


def test_the_jobs_of_a_run_are_in_its_history() -> None:
    other = {"type": "TaskScheduled", "id": 1, "previousEventId": 0,
             "taskScheduledEventDetails": {"resourceType": "aws-sdk:s3", "parameters": "{}"}}  # fmt: skip
    events = [
        other,
        *task(10, "a", "j1", "TaskFailed"),
        *task(20, "late.fit", "j2"),
        *task(30, "a", "j3", "TaskSucceeded"),
    ]
    assert read_submitted(events) == {"a": Submitted("j3", "SUCCEEDED"), "late.fit": Submitted("j2")}


def test_a_run_is_told_in_the_plan_s_words() -> None:
    submitted = {
        "mlc-prepare": Submitted("p", "SUCCEEDED"),
        "a": Submitted("a", "SUCCEEDED"),
        "late.fit": Submitted("f", "FAILED"),
        "last": Submitted("l"),
    }
    summary = {"SUCCEEDED": 2, "FAILED": 1}
    jobs = {
        "a": {"status": "SUCCEEDED", "attempts": [{}, {}]},
        "f": {"status": "FAILED", "arrayProperties": {"size": 3, "statusSummary": summary}},
        "l": {"status": "RUNNING"},
    }
    children = {"late.fit": [{"statusReason": "Essential container in task exited", "container": {"exitCode": 10}}]}
    state = run_state(
        execution("RUNNING"), ROWS, submitted, jobs, children, {"late.fit": ("training", "late", "model")}
    )
    found = {step.name: step for step in state.steps}
    assert (state.run, state.phase, state.ended, state.succeeded) == ("r", "RUNNING", False, False)
    assert found["mlc-prepare"].phase == "SUCCEEDED", "what AWS Batch has forgotten the history remembers"
    assert (found["a"].phase, found["a"].done, found["a"].attempts) == ("SUCCEEDED", 1, 1)
    fit = found["late.fit"]
    assert (fit.phase, fit.done, fit.tiles, fit.origin) == ("FAILED", 2, 3, ("training", "late", "model"))
    assert fit.messages == ("Essential container in task exited (exit code 10)",)
    assert [found[name].phase for name in ("empty", "after", "later", "last")] == [
        "SKIPPED",
        "LEFT OUT",
        "LEFT OUT",
        "RUNNING",
    ]
    assert "mlc-finish" not in found


def test_a_run_that_has_not_begun_has_no_steps() -> None:
    assert run_state(execution("RUNNING"), ROWS, {}, {}, {}, {}).steps == ()


def test_a_run_that_ended_says_why() -> None:
    state = run_state(execution("FAILED", cause="without a result: a"), ROWS, {}, {}, {}, {})
    assert (state.ended, state.succeeded, state.message) == (True, False, "without a result: a")
