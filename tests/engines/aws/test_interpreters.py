"""Two interpreters that know nothing of each other read a definition alike."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from tests.engines.aws.independent import Outside, ending, interpret
from tests.engines.aws.workspace import QUEUE, Document, Workspace

BUCKET = "interpreters"
HOSTILE = """'"\\ ` $ $x $$ {% 1 %} ${x} Ref::step States.Format('{}') \t\n\x7f \u2028 \N{PILE OF POO} /x/ (:=;)"""
SUBMIT = "arn:aws:states:::batch:submitJob.sync"
STAGES = [[{"step": "a"}, {"step": "b", "tiles": 3}], [{"step": "c", "found": True, "after": ["b"]}], [{"step": "d"}]]
"""Steps in the order of stages: one tile, several, as many as the store says, and one after all."""


def stages(definition: str) -> Document:
    """A loop over a table of stages, each of which is a fan-out over its steps: what failed is collected and known."""
    one: Document = {
        "Type": "Task",
        "Resource": SUBMIT,
        "Arguments": {
            "JobName": "{% $states.input.step %}",
            "JobQueue": QUEUE,
            "JobDefinition": definition,
            "Parameters": {"step": "{% $states.input.step %}", "run": "{% $run %}"},
        },
        "Output": "{% '' %}",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.input.step %}", "Next": "end"}],
        "End": True,
    }
    many = {**one, "Arguments": {**one["Arguments"], "ArrayProperties": {"Size": "{% $states.input.tiles %}"}}}
    left_out = "{% $count($lost[$ in $states.input.after]) > 0 %}"
    steps = {
        "needed": {
            "Type": "Choice",
            "Choices": [
                {"Condition": left_out, "Output": "{% $states.input.step %}", "Next": "end"},
                {"Condition": "{% $exists($states.input.found) %}", "Next": "count"},
                {"Condition": "{% $exists($states.input.tiles) %}", "Next": "many"},
            ],
            "Default": "one",
        },
        "count": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
            "Arguments": {"Bucket": BUCKET, "Key": "{% $run & '/' & $states.input.step %}"},
            "Output": "{% $merge([$states.input, {'tiles': $number($states.result.Body)}]) %}",
            "Catch": one["Catch"],
            "Next": "any",
        },
        "any": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.tiles = 0 %}", "Output": "{% '' %}", "Next": "end"},
                {"Condition": "{% $states.input.tiles = 1 %}", "Next": "one"},
            ],
            "Default": "many",
        },
        "one": one,
        "many": many,
        "end": {"Type": "Succeed"},
    }
    states = {
        "begin": {
            "Type": "Pass",
            "Assign": {
                "run": "{% $states.input.run %}",
                "text": "{% $states.input.text %}",
                "stage": 0,
                "lost": [],
                "stages": STAGES,
            },
            "Next": "given",
        },
        "given": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
            "Arguments": {
                "Bucket": BUCKET,
                "Key": "{% $run & '/given' %}",
                "Body": "{% $states.context.Execution.Input %}",
            },
            "Output": "{% '' %}",
            "Next": "more",
        },
        "more": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $stage < $count($stages) %}", "Next": "stage"}],
            "Default": "judge",
        },
        "stage": {
            "Type": "Map",
            "Items": "{% $stages[$stage] %}",
            "MaxConcurrency": 40,
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "needed", "States": steps},
            "Assign": {"stage": "{% $stage + 1 %}", "lost": "{% $append($lost, $states.result[$ != '']) %}"},
            "Next": "more",
        },
        "judge": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $count($lost) > 0 %}", "Next": "failed"}],
            "Default": "done",
        },
        "failed": {"Type": "Fail", "Error": "Lost", "Cause": "{% $join($lost, ', ') %}"},
        "done": {"Type": "Succeed", "Output": {"lost": "{% $count($lost) %}", "text": "{% $text %}"}},
    }
    return {"QueryLanguage": "JSONata", "TimeoutSeconds": 300, "StartAt": "begin", "States": states}


@dataclass(frozen=True)
class Case:
    """A step that fails, and how many tiles the store says of `c`: nothing, if it has no such object."""

    failing: str
    tiles: str

    @property
    def run(self) -> str:
        """The name of the run, which says which step fails."""
        return f"{self.failing}-{self.tiles or 'unknown'}"

    @property
    def given(self) -> Document:
        """The input of the execution."""
        return {"run": self.run, "text": HOSTILE, "more": [1, 2.5, None, True, {"a": []}]}

    @property
    def outside(self) -> Outside:
        """What the execution finds."""
        objects = {(BUCKET, f"{self.run}/c"): self.tiles} if self.tiles else {}
        return Outside(lambda request: bool(request["Parameters"]["step"] != self.failing), objects)

    @property
    def fails(self) -> bool:
        """Whether the execution shall fail."""
        return self.failing in {"a", "b", "d"} or not self.tiles or (self.failing == "c" and self.tiles != "0")


CASES = [Case(failing, tiles) for failing in ("nothing", "a", "b", "c", "d") for tiles in ("0", "1", "2", "")]


@pytest.fixture(scope="module")
def machine(workspace: Workspace) -> Document:
    """Its jobs fail if the failing step is theirs: of an array, in its second child."""
    script = "case $1 in $0-*) test ${AWS_BATCH_JOB_ARRAY_INDEX:-1} != 1;; esac"
    return stages(workspace.define(["sh", "-c", script, "Ref::step", "Ref::run"]))


@pytest.fixture(scope="module")
def started(workspace: Workspace, machine: Document) -> dict[Case, str]:
    """All executions, on their way together."""
    s3 = workspace.engine.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for case in CASES:
        for (bucket, key), text in case.outside.objects.items():
            s3.put_object(Bucket=bucket, Key=key, Body=text)
    made = workspace.create(machine)
    return {case: workspace.start(made, case.given) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.run)
def test_both_come_to_the_same(workspace: Workspace, machine: Document, started: dict[Case, str], case: Case) -> None:
    outside = case.outside
    here = ending(workspace, started[case])
    assert here == interpret(machine, case.given, outside)
    assert here.status == ("FAILED" if case.fails else "SUCCEEDED")
    body = workspace.engine.client("s3").get_object(Bucket=BUCKET, Key=f"{case.run}/given")["Body"].read()
    assert json.loads(body) == json.loads(outside.objects[BUCKET, f"{case.run}/given"]) == case.given
