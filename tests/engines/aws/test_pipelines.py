"""What specs ask of Step Functions and AWS Batch, each with a real run behind it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from tests.engines.aws.pipeline import Project, Started, submit
from tests.engines.aws.workspace import Workspace
from tests.engines.compiled import plan_for

from mlc_compiler.cli.main import main
from mlc_compiler.target import RunState, StepState
from mlc_runtime.parameters import instant
from mlc_stepfunctions.target import TARGET

pytestmark = pytest.mark.timeout(900)

HOSTILE = (
    "{% $states.input %} $.a $$.b States.Format('{}') Ref::run ${Tile} $(HOME) `id` 'it\"s' \\ {{resolve:ssm:x}} "
    "\a\x1b\x7f \U000e0001 \N{PILE OF POO}\n<&> \u2028"
)


def ended(started: Started) -> RunState:
    """How a run that has ended stands."""
    started.wait()
    return started.state()


def step(started: Started, state: RunState, name: str) -> StepState:
    """How a step stands, by its name or that of one that runs within it."""
    hosts = [each.name for each in started.plan.steps if name in (each.name, *each.members)]
    return next(each for each in state.steps if each.name == hosts[-1])


@pytest.fixture(scope="session")
def capabilities(workspace: Workspace, projects: dict[str, Project]) -> Started:
    workspace.engine.client("ssm").put_parameter(Name="/crm/token", Value=HOSTILE, Type="SecureString")
    return submit(workspace, projects["capabilities"], spread=True, text=HOSTILE)


@pytest.fixture(scope="session")
def mishaps(workspace: Workspace, projects: dict[str, Project]) -> Started:
    return submit(workspace, _beside(projects["capabilities"], "mishaps.yaml"))


@pytest.fixture(scope="session")
def together(capabilities: Started, mishaps: Started) -> None:
    """All runs at once: waiting for one is waiting for all."""


@pytest.fixture(scope="session")
def done(capabilities: Started) -> RunState:
    return ended(capabilities)


@pytest.fixture(scope="session")
def failed(mishaps: Started) -> RunState:
    return ended(mishaps)


def test_a_run_succeeds(together: None, done: RunState, capabilities: Started) -> None:
    assert done.succeeded, done
    assert capabilities.results.summary["verdict"] == "done"


def test_a_parameter_arrives_as_it_was(done: RunState, capabilities: Started) -> None:
    assert capabilities.results.value("echo", "text") == HOSTILE


def test_each_and_grid_are_tiles_of_one_call(done: RunState, capabilities: Started) -> None:
    fits = step(capabilities, done, "line.fit")
    assert fits.tiles == fits.done == 6
    ran = [each for each in done.steps if each.phase == "SUCCEEDED"]
    assert len(capabilities.submitted()) == len(ran), "each step is one SubmitJob call"


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


def test_a_schedule_says_as_of_when(workspace: Workspace, projects: dict[str, Project]) -> None:
    """The engine has no clock that starts runs: what EventBridge Scheduler would send is sent."""
    by_hand = submit(workspace, _beside(projects["capabilities"], "scheduled.yaml"))
    scheduler = workspace.engine.client("scheduler")
    names = [each["Name"] for each in scheduler.list_schedules()["Schedules"] if "cheduled" in each["Name"]]
    [found] = [scheduler.get_schedule(Name=name) for name in names]
    assert found["ScheduleExpression"] == "cron(0/5 * * * ? *)"
    assert found["ScheduleExpressionTimezone"] == "Europe/Zurich"
    due = "2026-01-31T10:05:00Z"
    given = found["Target"]["Input"].replace("<aws.scheduler.scheduled-time>", due)
    machine = found["Target"]["Arn"]
    arn = workspace.states.start_execution(stateMachineArn=machine, name="due", input=given)["executionArn"]
    assert workspace.wait(arn, seconds=300)["status"] == "SUCCEEDED"
    assert replace(by_hand, name="due").results.run.bind["parameters"]["as_of"] == instant(due, "UTC")
    assert ended(by_hand).succeeded
    assert by_hand.results.run.bind["parameters"]["as_of"] is None


def test_a_run_is_submitted_followed_stopped_and_resumed(
    workspace: Workspace,
    projects: dict[str, Project],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = _beside(projects["capabilities"], "waits.yaml")
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


def _beside(project: Project, name: str) -> Project:
    """Another spec of a project."""
    return replace(project, spec=project.spec.with_name(name))
