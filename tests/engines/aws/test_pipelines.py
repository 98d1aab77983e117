"""What specs ask of Step Functions and AWS Batch, each with a real run behind it."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.engines.aws import test_serving
from tests.engines.aws.inbox import Asked
from tests.engines.aws.pipeline import DUE, HOSTILE, SCORES, Project, Started, come_due
from tests.engines.aws.workspace import Workspace
from tests.engines.compiled import plan_for

from mlc_compiler.cli.main import main
from mlc_compiler.target import RunState, StepState
from mlc_runtime.parameters import instant
from mlc_stepfunctions.target import TARGET

pytestmark = [pytest.mark.timeout(900), pytest.mark.usefixtures("together")]


def ended(started: Started) -> RunState:
    """How a run that has ended stands."""
    started.wait()
    return started.state()


def step(started: Started, state: RunState, name: str) -> StepState:
    """How a step stands, by its name or that of one that runs within it."""
    hosts = [each.name for each in started.plan.steps if name in (each.name, *each.members)]
    return next(each for each in state.steps if each.name == hosts[-1])


@pytest.fixture(scope="session")
def done(capabilities: Started, asked: Future[Asked]) -> RunState:
    asked.result()
    return ended(capabilities)


@pytest.fixture(scope="session")
def failed(mishaps: Started) -> RunState:
    return ended(mishaps)


def test_a_run_succeeds(done: RunState, capabilities: Started) -> None:
    assert done.succeeded, done
    assert capabilities.results.summary["verdict"] == "done"


def test_a_parameter_arrives_as_it_was(done: RunState, capabilities: Started) -> None:
    assert capabilities.results.value("echo", "text") == HOSTILE


def test_each_and_grid_are_tiles_of_one_call(done: RunState, capabilities: Started) -> None:
    fits = step(capabilities, done, "line.fit")
    assert fits.tiles == fits.done == 6
    ran = [each for each in done.steps if each.phase == "SUCCEEDED"]
    assert len(capabilities.submitted()) == len(ran), "each step is one SubmitJob call"


def test_no_more_run_at_once_than_may(penguins: Started) -> None:
    assert ended(penguins).succeeded, penguins.troubles()
    jobs = penguins.processes()
    turns = sorted([*((job["startedAt"], 1) for job in jobs), *((job["stoppedAt"], -1) for job in jobs)])
    assert max(accumulate(turn for _, turn in turns)) <= penguins.site["parallelism"] == 2
    assert any(job.get("arrayProperties") for job in jobs), "a fan-out keeps to it too"


def test_a_retry_in_a_fan_out_is_the_runner_s(done: RunState, capabilities: Started) -> None:
    found = {team: capabilities.results.value("flaky", "attempts", team=team) for team in "abc"}
    assert found == {"a": 1, "b": 3, "c": 1}
    assert step(capabilities, done, "flaky").attempts == 0


def test_a_timeout_is_one_task_s_and_tolerated_by_who_collects(done: RunState, capabilities: Started) -> None:
    [failure] = capabilities.results.summary["steps"]["slow"]["failures"]
    assert (failure["kind"], failure["coordinates"]) == ("timeout", {"team": "c"})
    assert capabilities.results.value("gather", "teams") == 2


def test_a_condition_that_is_false_starts_no_job(done: RunState, capabilities: Started) -> None:
    assert step(capabilities, done, "many").phase == "SKIPPED"
    assert capabilities.results.summary["steps"]["many"]["tasks"] == 0
    assert capabilities.results.value("few", "mark") == "ran"


def test_a_secret_is_where_its_step_is(done: RunState, capabilities: Started) -> None:
    assert capabilities.results.value("guarded", "digest") == hashlib.sha256(HOSTILE.encode()).hexdigest()


def test_resources_and_pools_are_the_job_s(done: RunState, capabilities: Started, workspace: Workspace) -> None:
    definitions = workspace.batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"]
    wanted = [
        {one["type"]: one["value"] for one in each["containerProperties"]["resourceRequirements"]}
        for each in definitions
        if each["jobDefinitionName"].startswith("capabilities-") and each["platformCapabilities"] == ["EC2"]
    ]
    assert wanted == [{"VCPU": "2", "MEMORY": "512", "GPU": "1"}]


def test_a_question_waits_for_its_answer(asked: Future[Asked], done: RunState, capabilities: Started) -> None:
    question, state = asked.result().message, asked.result().state
    assert question.startswith("Go on? {% $states.input %} ${Tile} Ref::run 'é' 1+1\n")
    found = {name: step(capabilities, state, name).phase for name in ("few", "ask")}
    assert found == {"few": "SUCCEEDED", "ask": "WAITING"}
    assert "approved" not in [each.name for each in state.steps]
    assert capabilities.results.value("approved", "mark") == "ran"


def test_no_answer_is_a_no(failed: RunState, mishaps: Started) -> None:
    assert "not approved" in mishaps.results.summary["steps"]["ask"]["failures"][0]["message"]
    assert step(mishaps, failed, "refused").phase == "LEFT OUT"


def test_the_exit_step_knows_how_it_ended(
    done: RunState, failed: RunState, capabilities: Started, mishaps: Started
) -> None:
    assert capabilities.results.value("last", "status") == "done"
    assert mishaps.results.value("last", "status") == "failed"


def test_what_fails_stops_what_reads_it_and_nothing_else(failed: RunState, mishaps: Started) -> None:
    assert (failed.phase, failed.succeeded) == ("FAILED", False)
    found = {name: step(mishaps, failed, name).phase for name in ("broken", "reader", "beside")}
    assert found == {"broken": "FAILED", "reader": "LEFT OUT", "beside": "SUCCEEDED"}
    assert step(mishaps, failed, "broken").messages == ("Essential container in task exited (exit code 10)",)
    assert "broken" in failed.message


def test_retries_that_are_used_up_are_a_failure(failed: RunState, mishaps: Started) -> None:
    [failure] = mishaps.results.summary["steps"]["broken"]["failures"]
    assert "attempt 2 is broken" in failure["message"]
    assert step(mishaps, failed, "broken").attempts == 0, "AWS Batch repeats no failure of the application"


def test_more_failures_than_are_tolerated_leave_nothing(failed: RunState, mishaps: Started) -> None:
    assert step(mishaps, failed, "sick").phase == "SUCCEEDED", "its readers may do without"
    summary = mishaps.results.summary["steps"]
    assert (summary["sick"]["done"], summary["sick"]["failed"]) == (1, 2)
    assert summary["gather"]["missing"] == 1


def test_a_process_that_is_killed_is_started_again(failed: RunState, mishaps: Started) -> None:
    assert step(mishaps, failed, "killed").attempts == 1
    assert mishaps.results.value("killed", "mark") == "2"


def test_a_schedule_says_as_of_when(scheduled: Started, workspace: Workspace) -> None:
    """The engine has no clock that starts runs: a door of it does what EventBridge Scheduler would."""
    scheduler = workspace.engine.client("scheduler")
    names = [each["Name"] for each in scheduler.list_schedules()["Schedules"] if each["Name"].startswith("scheduled-")]
    [found] = [scheduler.get_schedule(Name=name) for name in names]
    assert found["ScheduleExpression"] == "cron(0/5 * * * ? *)"
    assert found["ScheduleExpressionTimezone"] == "Europe/Zurich"
    at = "2026-01-31T10:05:00Z"
    due = replace(scheduled, name=come_due(workspace, "scheduled", "Schedule0", at))
    assert ended(due).succeeded
    assert due.results.run.bind["parameters"]["as_of"] == instant(at, "UTC")
    assert ended(scheduled).succeeded
    assert scheduled.results.run.bind["parameters"]["as_of"] is None


def test_a_part_runs_at_its_time_with_the_live_model(parts: Started, folders: dict[str, Path]) -> None:
    state = ended(parts)
    assert state.succeeded, parts.troubles()
    assert not any(each.name.startswith("line.") for each in state.steps), "what is not named is not fitted"
    assert parts.results.value("scores.live", "entry")["version"] == 1
    assert parts.results.run.bind["parameters"]["as_of"] == instant(DUE, "UTC")
    assert pq.read_table(folders[SCORES] / "scores.parquet").num_rows == 24


def test_a_run_is_submitted_followed_stopped_and_resumed(
    workspace: Workspace,
    projects: dict[str, Project],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = projects["capabilities"].beside("waits.yaml")
    monkeypatch.chdir(project.spec.parent)
    where = ("--env", "capabilities.yaml")

    def mlc(command: str, *arguments: str) -> tuple[int, str]:
        code = main([command, *arguments, *where])
        said = capsys.readouterr()
        return code, said.out + (said.err if code else "")

    code, said = mlc("submit", "waits.yaml", "--set", f"text={HOSTILE}")
    assert code == 0, said
    run = said.strip()
    plan, site = plan_for(TARGET, project.spec, project.environment)
    waiting = Started(workspace, project, plan, site, run)
    waiting.wait(lambda _: [job["status"] for job in waiting.submitted() if job["jobName"] == "hangs"] == ["RUNNING"])
    assert mlc("logs", run, "echo") == (0, "")
    code, said = mlc("logs", run, "nothing")
    assert (code, said) == (2, "the run has no step `nothing`\n")
    code, said = mlc("status", run)
    assert (code, "echo: SUCCEEDED" in said, f"{run}: RUNNING" in said) == (0, True, True), said
    assert mlc("resume", run) == (2, f"`{run}` is still running; `mlc stop` ends it\n")
    assert mlc("stop", run)[0] == 0
    for job in waiting.submitted():
        workspace.wait_for_job(job["jobId"])
    code, said = mlc("status", run, "--follow")
    assert (code, "Terminated by AWS Step Functions" in said) == (3, True), said
    code, said = mlc("submit", "waits.yaml", "--set", "seconds=0", "--set", f"text={HOSTILE}")
    first = said.strip()
    assert mlc("status", first, "--follow")[0] == 0
    code, said = mlc("resume", first)
    assert (code, said.strip() == first) == (0, False), "what has ended begins again, under another name"
    again = said.strip()
    assert mlc("status", again, "--follow")[0] == 0
    executions = [workspace.execution(replace(waiting, name=name).execution) for name in (first, again)]
    assert executions[0]["input"] == executions[1]["input"]
    code, said = mlc("status", "nothing-20260102-030405-0a1b")
    assert (code, "there is no pipeline `nothing`" in said) == (2, True), said


SHOWN = {
    "approval": (test_a_question_waits_for_its_answer, test_no_answer_is_a_no),
    "condition": (test_a_condition_that_is_false_starts_no_job,),
    "each x grid": (test_each_and_grid_are_tiles_of_one_call,),
    "exit step": (test_the_exit_step_knows_how_it_ended,),
    "gpu": (test_resources_and_pools_are_the_job_s,),
    "online serving": (test_serving.test_an_endpoint_with_its_variants_is_made_changed_and_kept,),
    "parallelism": (test_no_more_run_at_once_than_may,),
    "parameter": (test_a_parameter_arrives_as_it_was,),
    "pool": (test_resources_and_pools_are_the_job_s,),
    "resources": (test_resources_and_pools_are_the_job_s,),
    "retry": (
        test_a_retry_in_a_fan_out_is_the_runner_s,
        test_retries_that_are_used_up_are_a_failure,
        test_a_process_that_is_killed_is_started_again,
    ),
    "schedule": (test_a_schedule_says_as_of_when, test_a_part_runs_at_its_time_with_the_live_model),
    "secret": (test_a_secret_is_where_its_step_is,),
    "timeout": (test_a_timeout_is_one_task_s_and_tolerated_by_who_collects,),
    "tolerated failure": (
        test_a_timeout_is_one_task_s_and_tolerated_by_who_collects,
        test_more_failures_than_are_tolerated_leave_nothing,
    ),
}
"""What the target says that it can do, each with the tests that see it done."""


def test_every_capability_has_a_run_behind_it() -> None:
    assert SHOWN.keys() == {name for name, how in TARGET.capabilities.items() if not how.startswith("not")}
