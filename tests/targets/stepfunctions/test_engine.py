"""What is asked of AWS, and what is said when it refuses."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from mlc_compiler.target import EngineError
from mlc_runtime.plan import Plan, PlanStep
from mlc_stepfunctions import engine, stack
from mlc_stepfunctions.cloud import Cloud, RefusedError
from mlc_stepfunctions.environment import site_of
from mlc_stepfunctions.state_machines import state_machines

SITE = site_of({
    "store": {"path": "s3://bucket/prefix"},
    "image": "registry.example/ml@sha256:" + "0" * 64,
    "targets": {"stepfunctions": {"queue": "arn:aws:batch:eu-central-1:123456789012:job-queue/ml"}},
})  # fmt: skip
PLAN = Plan("p", steps=(PlanStep("a", "python", "0", origin=(("steps", "a"),)),))
MACHINES = state_machines(PLAN, SITE)
MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:p"
RUN = "p-20260102-030405-0a1b"
EXECUTION = f"{MACHINE.replace('stateMachine', 'execution')}:{RUN}"
OURS = {"Description": "p, compiled by mlc"}
DONE = {**OURS, "StackStatus": "CREATE_COMPLETE", "Outputs": [{"OutputKey": "Machine", "OutputValue": MACHINE}]}
MISSING = RefusedError("ValidationError", "Stack with id p does not exist")
Answer = Mapping[str, Any] | Exception


class Scripted(Cloud):
    """AWS that answers as it is told: what an operation is answered with, in turn, the last one for ever."""

    def __init__(self, **answers: list[Answer]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def ask(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        self.asked.append((operation, parameters))
        queue = self.answers.get(operation, [{}])
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    def address(self, bucket: str, key: str) -> str:
        return f"https://s3/{bucket}/{key}"

    def made(self, operation: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.asked if name == operation]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack.time, "sleep", lambda _: None)


def stacks(*found: Mapping[str, Any] | Exception) -> list[Answer]:
    return [each if isinstance(each, Exception) else {"Stacks": [each]} for each in found]


def test_a_pipeline_is_installed_and_started() -> None:
    making = {"StackStatus": "CREATE_IN_PROGRESS"}
    cloud = Scripted(describe_stacks=stacks(MISSING, making, DONE))
    run = engine.start(cloud, MACHINES, (), {"text": "x"}, "2026-01-02")
    names = {each["Key"].rpartition("/")[2] for each in cloud.made("put_object")}
    assert names == {"plan.json.bz2", "environment.json", "template.yaml", "state-machine.asl.json"}
    [created] = cloud.made("create_stack")
    assert (created["StackName"], created["Capabilities"]) == ("p", ["CAPABILITY_IAM"])
    [started] = cloud.made("start_execution")
    assert (started["stateMachineArn"], started["name"]) == (MACHINE, run)
    assert json.loads(started["input"]) == {"as_of": "2026-01-02", "parameters": {"text": "x"}}
    assert engine._RUN.fullmatch(run)


def test_what_has_not_changed_is_not_updated() -> None:
    same = RefusedError("ValidationError", "No updates are to be performed.")
    cloud = Scripted(describe_stacks=stacks(DONE), update_stack=[same])
    assert stack.install(cloud, MACHINES, ()) == MACHINE


def test_a_stack_of_somebody_else_is_left_alone() -> None:
    other = {**DONE, "Description": "the network of the whole company"}
    cloud = Scripted(describe_stacks=stacks(other))
    with pytest.raises(EngineError, match="there is a stack `p` already") as found:
        stack.install(cloud, MACHINES, ())
    assert found.value.help == "give the pipeline another name"
    assert not cloud.made("update_stack")


def test_a_run_of_a_part_is_found_by_its_name() -> None:
    cloud = Scripted(describe_stacks=stacks(DONE), describe_execution=[execution("RUNNING")])
    engine.stop(cloud, "p--scores-20260102-030405-0a1b")
    [asked] = cloud.made("describe_execution")
    assert asked["executionArn"].endswith(":execution:p--scores:p--scores-20260102-030405-0a1b")
    assert {each["StackName"] for each in cloud.made("describe_stacks")} == {"p"}


def test_a_large_template_is_handed_over_by_its_address() -> None:
    steps = tuple(PlanStep(f"s{place}", "python", "0", origin=(("steps", "s"),)) for place in range(600))
    wide = {f"key {place}": "x" * 250 for place in range(45)}
    site = site_of({**SITE.data, "targets": {"stepfunctions": {**SITE.data["targets"]["stepfunctions"], "tags": wide}}})
    cloud = Scripted(describe_stacks=stacks(MISSING, DONE))
    stack.install(cloud, state_machines(Plan("p", steps=steps), site), ())
    [created] = cloud.made("create_stack")
    assert created["TemplateURL"].startswith("https://s3/bucket/prefix/plan/p/")
    assert "TemplateBody" not in created


def test_a_stack_that_failed_says_what_was_wrong_first() -> None:
    events = {
        "StackEvents": [
            {"ResourceStatus": "ROLLBACK_IN_PROGRESS", "LogicalResourceId": "p"},
            {"ResourceStatus": "CREATE_FAILED", "LogicalResourceId": "Logs", "ResourceStatusReason": "cancelled"},
            {"ResourceStatus": "CREATE_FAILED", "LogicalResourceId": "Tile", "ResourceStatusReason": "no such image"},
        ]
    }
    rolled = {**OURS, "StackStatus": "ROLLBACK_COMPLETE"}
    cloud = Scripted(describe_stacks=stacks(MISSING, rolled), describe_stack_events=[events])
    with pytest.raises(EngineError, match="came to ROLLBACK_COMPLETE: Tile: no such image"):
        stack.install(cloud, MACHINES, ())
    with pytest.raises(EngineError, match="is in state ROLLBACK_COMPLETE") as found:
        stack.install(Scripted(describe_stacks=stacks(rolled)), MACHINES, ())
    assert "delete-stack" in found.value.help


@pytest.mark.parametrize(
    "ask",
    [
        lambda cloud: engine.state(cloud, RUN),
        lambda cloud: engine.stop(cloud, RUN),
        lambda cloud: engine.again(cloud, RUN),
    ],
)
def test_a_run_that_is_not_there(ask: Callable[[Cloud], Any]) -> None:
    with pytest.raises(EngineError, match="there is no pipeline `p`"):
        ask(Scripted(describe_stacks=stacks(MISSING)))
    gone = RefusedError("ExecutionDoesNotExist", "Execution Does Not Exist")
    with pytest.raises(EngineError, match=f"there is no run `{RUN}`"):
        ask(Scripted(describe_stacks=stacks(DONE), describe_execution=[gone]))


def execution(status: str) -> Mapping[str, Any]:
    return {"executionArn": EXECUTION, "stateMachineArn": MACHINE, "status": status, "input": '{"as_of": "2026-01-02"}'}


def resumed(status: str, now: str = "{}", **answers: list[Answer]) -> tuple[str, Scripted]:
    cloud = Scripted(
        describe_stacks=stacks(DONE),
        describe_execution=[execution(status)],
        describe_state_machine=[{"definition": now}],
        describe_state_machine_for_execution=[{"definition": "{}"}],
        **answers,
    )
    return engine.again(cloud, RUN), cloud


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT"])
def test_a_run_that_was_stopped_goes_on_as_itself(status: str) -> None:
    name, cloud = resumed(status)
    assert name == RUN
    assert [each["executionArn"] for each in cloud.made("redrive_execution")] == [EXECUTION]
    assert not cloud.made("start_execution")


def test_a_run_that_failed_begins_again_with_the_same_parameters() -> None:
    name, cloud = resumed("FAILED")
    assert name != RUN
    assert not cloud.made("redrive_execution")
    assert [each["input"] for each in cloud.made("start_execution")] == ['{"as_of": "2026-01-02"}']


def test_a_run_of_what_is_no_longer_installed_begins_again() -> None:
    name, cloud = resumed("ABORTED", now='{"Comment": "another"}')
    assert (name == RUN, cloud.made("redrive_execution")) == (False, [])


def test_a_run_that_aws_would_not_redrive_begins_again() -> None:
    name, _ = resumed("ABORTED", redrive_execution=[RefusedError("ExecutionNotRedrivable", "too old")])
    assert name != RUN
    with pytest.raises(RefusedError, match="not yours"):
        resumed("ABORTED", redrive_execution=[RefusedError("AccessDeniedException", "not yours")])


def test_refusals_come_with_advice() -> None:
    assert RefusedError("ExpiredToken", "the token is expired").help == "log in again"
    assert RefusedError("Throttling", "slow down").help == ""
