"""What the engine refuses of a state machine before anything runs."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.engines.aws.workspace import Document, Workspace

PASS: Document = {"Type": "Pass", "End": True}
JOB = {"JobName": "job", "JobQueue": "{% $queue %}", "JobDefinition": "definition"}
TASK: Document = {
    "Type": "Task",
    "Resource": "arn:aws:states:::batch:submitJob.sync",
    "Arguments": {**JOB, "ArrayProperties": {"Size": "{% $states.input.tiles %}"}, "Tags": {"any": "thing"}},
    "End": True,
}


def machine(language: str = "JSONata", /, **states: Document) -> Document:
    return {"QueryLanguage": language, "StartAt": next(iter(states)), "States": deepcopy(states)}


def changed(**arguments: Any) -> Document:
    """A task with other arguments; None takes one away."""
    given = {**TASK["Arguments"], **arguments}
    return {**TASK, "Arguments": {name: value for name, value in given.items() if value is not None}}


def test_what_is_right_is_taken(workspace: Workspace) -> None:
    workspace.create(machine(A=TASK))
    given = {name: value for name, value in JOB.items() if name != "JobQueue"} | {"JobQueue.$": "$.queue"}
    old = {name: value for name, value in TASK.items() if name != "Arguments"}
    workspace.create(machine("JSONPath", A={**old, "Parameters": given}))


@pytest.mark.parametrize(
    ("definition", "error"),
    [
        (machine(A={**PASS, "Wibble": 1}), "Wibble"),
        (machine(A={"Type": "Pass", "Next": "Nowhere"}), "Nowhere"),
        (machine(A=PASS, B=PASS), "B"),
        (machine(A={"Type": "Pass"}), "Next"),
        (machine(A={"Type": "Taks", "End": True}), "Type"),
        (machine(A={**PASS, "InputPath": "$.x"}), "QueryLanguage"),
        (machine(A={**PASS, "Output": "{% $foo( %}"}), "Output"),
        (machine("JSONPath", A={**PASS, "InputPath": "$.a["}), "InputPath"),
        (machine("JSONPath", A={**PASS, "Parameters": {"x.$": "States.Formatt($.a)"}}), "Parameters"),
        ({**machine(A=PASS), "StartAt": "B"}, "B"),
        (machine(A={**TASK, "Resource": "arn:aws:states:::batch:submitJobs.sync"}), "SubmitJobs"),
        (machine(A={**TASK, "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f"}), "calls no"),
        (machine(A=changed(JobNme="x")), "JobNme"),
        (machine(A=changed(JobName=None)), "jobName"),
        (machine(A=changed(ArrayProperties={"Size": "many"})), "size"),
        (machine(A=changed(ContainerOverrides={"Env": []})), "Env"),
        (machine(M={"Type": "Map", "ItemProcessor": {**machine(A=changed(JobNme="x"))}, "End": True}), "JobNme"),
        (
            machine(
                M={
                    "Type": "Map",
                    "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
                    | machine(A=PASS),
                    "End": True,
                }
            ),
            "Distributed Map",
        ),
        (machine(A={**PASS, "Comment": "x" * 1_048_576}), "at most 1048576"),
    ],
)
def test_what_is_wrong_is_refused(workspace: Workspace, definition: Document, error: str) -> None:
    for inside in definition["States"].values():
        inside.get("ItemProcessor", {}).pop("QueryLanguage", None)
    with pytest.raises(ClientError, match=r"InvalidDefinition[\s\S]*" + error):
        workspace.create(definition)


def test_a_refused_definition_spoils_no_other(workspace: Workspace) -> None:
    with pytest.raises(ClientError):
        workspace.create(machine(A={"Type": "Pass", "Next": "Nowhere"}))
    workspace.create(machine("JSONPath", A=PASS))


def test_an_update_is_checked_too(workspace: Workspace) -> None:
    arn = workspace.create(machine(A=PASS))
    with pytest.raises(ClientError, match="InvalidDefinition"):
        workspace.states.update_state_machine(stateMachineArn=arn, definition='{"StartAt": "A"}')
