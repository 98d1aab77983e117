"""State machines as the engine interprets them: what a Batch job does decides what the execution does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.engines.aws.workspace import QUEUE, Document, Workspace

SUBMIT = "arn:aws:states:::batch:submitJob.sync"
LANGUAGES = ("JSONPath", "JSONata")


def job(definition: str, script: str, language: str = "JSONata", **more: Any) -> Document:
    """A state that runs a script and waits for it."""
    given = {"JobName": "job", "JobQueue": QUEUE, "JobDefinition": definition, **more}
    given["ContainerOverrides"] = {"Command": ["sh", "-c", script], **more.get("ContainerOverrides", {})}
    return {"Type": "Task", "Resource": SUBMIT, "Arguments" if language == "JSONata" else "Parameters": given}


def machine(language: str = "JSONata", /, **states: Document) -> Document:
    """A state machine whose first state is where it starts; a state that names no next one ends it."""
    last = ("Fail", "Succeed", "Choice")
    return {
        "QueryLanguage": language,
        "StartAt": next(iter(states)),
        "States": {
            name: state if "Next" in state or state["Type"] in last else {**state, "End": True}
            for name, state in states.items()
        },
    }


@pytest.fixture(scope="module")
def shell(workspace: Workspace) -> str:
    return workspace.define()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_execution_succeeds_as_its_jobs_do(workspace: Workspace, shell: str, language: str) -> None:
    first = job(shell, "echo $MARK; echo $MANAGED_BY_AWS", language)
    variables = first["Arguments" if language == "JSONata" else "Parameters"]["ContainerOverrides"]
    if language == "JSONata":
        variables["Environment"] = [{"Name": "MARK", "Value": "{% 'run ' & $states.context.Execution.Name %}"}]
        first["Output"] = {"job": "{% $states.result.JobId %}"}
    else:
        variables["Environment"] = [{"Name": "MARK", "Value.$": "States.Format('run {}', $$.Execution.Name)"}]
        first["ResultSelector"] = {"job.$": "$.JobId"}
    ended = workspace.run(machine(language, First=first))
    assert ended["status"] == "SUCCEEDED", ended
    found = workspace.job(json.loads(ended["output"])["job"])
    assert workspace.log(found) == [f"run {ended['name']}", "STARTED_BY_STEP_FUNCTIONS"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_planted_failure_fails_the_execution(workspace: Workspace, shell: str, language: str) -> None:
    states = {"Good": {**job(shell, "true", language), "Next": "Bad"}, "Bad": job(shell, "exit 10", language)}
    ended = workspace.run(machine(language, **states))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(ended["cause"])
    assert (cause["Status"], cause["Container"]["ExitCode"]) == ("FAILED", 10)


def test_a_failed_child_fails_the_execution(workspace: Workspace, shell: str) -> None:
    tiles = job(shell, "test $AWS_BATCH_JOB_ARRAY_INDEX != 2", ArrayProperties={"Size": 3})
    ended = workspace.run(machine(Tiles=tiles))
    assert ended["status"] == "FAILED"
    assert json.loads(ended["cause"])["ArrayProperties"]["StatusSummary"]["FAILED"] == 1


def test_the_size_of_an_array_is_worked_out(workspace: Workspace, shell: str) -> None:
    tiles = job(shell, "true", ArrayProperties={"Size": "{% $number($states.input.tiles) %}"})
    tiles["Output"] = "{% $states.result.ArrayProperties.Size %}"
    ended = workspace.wait(workspace.start(workspace.create(machine(Tiles=tiles)), {"tiles": "3"}))
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", "3")


def test_an_array_of_one_is_refused_as_batch_does(workspace: Workspace, shell: str) -> None:
    ended = workspace.run(machine(Tiles=job(shell, "true", ArrayProperties={"Size": 1})))
    assert (ended["status"], ended["error"]) == ("FAILED", "Batch.ClientException")
    assert "between 2 and 10000" in ended["cause"]


def test_a_failure_is_caught(workspace: Workspace, shell: str) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "After", "Output": "{% $states.errorOutput.Error %}"}]
    states = {"Bad": {**job(shell, "exit 10"), "Next": "After", "Catch": catch}, "After": {"Type": "Pass"}}
    ended = workspace.run(machine(**states))
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", '"States.TaskFailed"')


def test_a_state_is_tried_again(workspace: Workspace, shell: str) -> None:
    retry = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    arn = workspace.start(workspace.create(machine(Bad={**job(shell, "exit 11"), "Retry": retry})))
    assert workspace.wait(arn)["status"] == "FAILED"
    assert [event["type"] for event in workspace.events(arn)].count("TaskSubmitted") == 2


@pytest.mark.parametrize(("count", "expected"), [(0, "none"), (1, "one"), (5, "many")])
def test_a_choice_takes_one_way(workspace: Workspace, count: int, expected: str) -> None:
    ways = [
        {"Condition": "{% $states.input.count = 0 %}", "Next": "None"},
        {"Condition": "{% $states.input.count = 1 %}", "Next": "One"},
    ]
    states = {
        "Which": {"Type": "Choice", "Choices": ways, "Default": "Many"},
        "None": {"Type": "Pass", "Output": "{% 'none' %}"},
        "One": {"Type": "Pass", "Output": "{% 'one' %}"},
        "Many": {"Type": "Pass", "Output": "{% 'many' %}"},
    }
    ended = workspace.wait(workspace.start(workspace.create(machine(**states)), {"count": count}))
    assert json.loads(ended["output"]) == expected


def test_metadata_of_an_object_is_read(workspace: Workspace) -> None:
    s3 = workspace.engine.client("s3")
    s3.create_bucket(Bucket="counts")
    s3.put_object(Bucket="counts", Key="run/tiles", Metadata={"tiles": "12"})
    head = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:headObject",
        "Arguments": {"Bucket": "counts", "Key": "run/tiles"},
        "Output": "{% $number($states.result.Metadata.tiles) %}",
    }
    assert workspace.run(machine(Head=head))["output"] == "12"


def test_a_state_over_its_time_ends_its_job(workspace: Workspace, shell: str) -> None:
    arn = workspace.start(workspace.create(machine(Slow={**job(shell, "sleep 60"), "TimeoutSeconds": 2})))
    ended = workspace.wait(arn)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")
    assert workspace.wait_for_job(submitted(workspace, arn))["statusReason"] == "Terminated by AWS Step Functions"


def test_a_stopped_execution_ends_its_jobs(workspace: Workspace, shell: str) -> None:
    tiles = job(shell, "sleep 60", ArrayProperties={"Size": 6})
    arn = workspace.start(workspace.create(machine(Tiles=tiles)))
    workspace.wait(arn, lambda _: running(workspace, arn))
    workspace.states.stop_execution(executionArn=arn, error="Stopped", cause="by a test")
    ended = workspace.wait(arn)
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Stopped", "by a test")
    found = workspace.wait_for_job(submitted(workspace, arn))
    assert found["arrayProperties"]["statusSummary"]["FAILED"] == 6


def test_an_execution_that_is_stopped_in_a_map_is_aborted(workspace: Workspace, shell: str) -> None:
    slow = {**job(shell, "sleep 60"), "Output": "{% $states.input %}", "End": True}
    slow["Catch"] = [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.input %}", "Next": "after"}]
    inside = {"StartAt": "slow", "States": {"slow": slow, "after": {"Type": "Succeed"}}}
    both = {"Type": "Map", "Items": [1, 2], "ItemProcessor": inside, "Assign": {"done": "{% $states.result[$ > 1] %}"}}
    after = {"Type": "Pass", "Output": "{% $done %}"}
    arn = workspace.start(workspace.create(machine(Both={**both, "Next": "After"}, After=after)))
    workspace.wait(arn, lambda _: len(workspace.submitted(arn)) == 2)
    workspace.states.stop_execution(executionArn=arn)
    assert workspace.wait(arn)["status"] == "ABORTED"
    for each in workspace.submitted(arn):
        assert workspace.wait_for_job(each["jobId"])["statusReason"] == "Terminated by AWS Step Functions"


def test_a_redriven_execution_goes_on_where_it_stood(workspace: Workspace, shell: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    states = {
        "Before": {**job(shell, "true"), "Assign": {"mark": "{% $states.result.JobId %}"}, "Next": "Slow"},
        "Slow": {**job(shell, f"test -e {mark} || sleep 60"), "Output": "{% $mark %}"},
    }
    machine_arn = workspace.create(machine(**states))
    arn = workspace.start(machine_arn)
    workspace.wait(arn, lambda _: len(workspace.submitted(arn)) == 2)
    with pytest.raises(ClientError, match="ExecutionNotRedrivable"):
        workspace.states.redrive_execution(executionArn=arn)
    workspace.states.stop_execution(executionArn=arn)
    workspace.wait(arn)
    changed = machine(**{**states, "Slow": {"Type": "Pass"}})
    workspace.states.update_state_machine(stateMachineArn=machine_arn, definition=json.dumps(changed))
    found = workspace.states.describe_state_machine_for_execution(executionArn=arn)
    assert json.loads(found["definition"]) == machine(**states), "an execution keeps its definition"
    mark.touch()
    workspace.states.redrive_execution(executionArn=arn)
    ended = workspace.wait(arn)
    first, *slow = [job["jobId"] for job in workspace.submitted(arn)]
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", first)
    assert [workspace.wait_for_job(each)["status"] for each in slow] == ["FAILED", "SUCCEEDED"]


def test_branches_run_together_and_one_s_failure_ends_the_others(workspace: Workspace, shell: str) -> None:
    branches = [machine(Slow=job(shell, "sleep 60")), machine(Bad=job(shell, "sleep 1; exit 10"))]
    for branch in branches:
        del branch["QueryLanguage"]
    arn = workspace.start(workspace.create(machine(Both={"Type": "Parallel", "Branches": branches})))
    assert workspace.wait(arn)["status"] == "FAILED"
    ends = [workspace.wait_for_job(job["jobId"])["statusReason"] for job in workspace.submitted(arn)]
    assert sorted(ends) == ["Essential container in task exited", "Terminated by AWS Step Functions"]


def test_a_name_is_taken_once(workspace: Workspace) -> None:
    arn = workspace.create(machine(Only={"Type": "Pass"}))
    first = workspace.states.start_execution(stateMachineArn=arn, name="mine", input="{}")
    workspace.wait(first["executionArn"])
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        workspace.states.start_execution(stateMachineArn=arn, name="mine", input='{"other": 1}')


def submitted(workspace: Workspace, arn: str) -> str:
    """The id of the only job that an execution has submitted."""
    [found] = workspace.submitted(arn)
    return str(found["jobId"])


def running(workspace: Workspace, arn: str) -> bool:
    """Whether children of the only job run."""
    return any(job["arrayProperties"]["statusSummary"]["RUNNING"] for job in workspace.submitted(arn))
