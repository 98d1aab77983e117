"""The state machines of the examples, read by both interpreters: their jobs do nothing, and one may fail."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.engines.aws.independent import Outside, ending, interpret
from tests.engines.aws.pipeline import HOSTILE
from tests.engines.aws.workspace import QUEUE, Document, Workspace
from tests.engines.image import ROOT

from mlc_runtime import layout
from mlc_runtime.plan import Plan, PlanStep
from mlc_stepfunctions.target import TARGET

RUN = "execution"
"""The name that sfnx gives to each run."""

BUCKET = "acme-ml"
QUEUE_ARN = "arn:aws:batch:us-east-1:123456789012:job-queue/main"
CASES = [("flights", ""), ("penguins", "species.score"), ("countries", ""), ("penguins", "mlc-prepare")]


def read(example: str) -> str:
    """A state machine as it stands beside its example."""
    file: Path = ROOT / "examples" / example / "stepfunctions" / "state-machine.asl.json"
    return file.read_text(encoding="utf-8")


def counts(example: str, definition: Document) -> dict[tuple[str, str], str]:
    """The numbers of tiles that the steps of a run would have left, by bucket and key."""
    rows = [row for stage in definition["States"]["mlc-begin"]["Assign"]["stages"] for row in stage]
    found = [row["step"] for row in rows if row.get("found")]
    return {(BUCKET, f"{example}/{layout.tiles(RUN, step)}"): str(place % 3) for place, step in enumerate(found)}


@pytest.fixture(scope="module", autouse=True)
def bucket(workspace: Workspace) -> None:
    workspace.engine.client("s3").create_bucket(Bucket=BUCKET)


@pytest.mark.parametrize(("example", "failing"), CASES)
def test_both_come_to_the_same(workspace: Workspace, example: str, failing: str) -> None:
    command = ["sh", "-c", 'test "$0" != "$1"', "Ref::step", "Ref::failing"]
    definition = workspace.define(command, parameters={"failing": failing or "nothing"})
    text = re.sub(r"\$\{(\w+)\}", lambda name: QUEUE if name[1].endswith("Queue") else definition, read(example))
    machine = json.loads(text)
    outside = Outside(lambda request: bool(request["Parameters"]["step"] != failing), counts(example, machine))
    for (_, key), tiles in outside.objects.items():
        workspace.engine.client("s3").put_object(Bucket=BUCKET, Key=key, Body=tiles)
    arn = workspace.states.start_execution(stateMachineArn=workspace.create(machine), name=RUN, input="{}")
    here = ending(workspace, arn["executionArn"])
    assert here == interpret(machine, {}, outside)
    assert here.status == ("FAILED" if failing else "SUCCEEDED")
    assert here.submitted


@pytest.mark.parametrize(("answer", "approved"), [("yes", "yes"), ("no", "no"), ("Yes!", "no"), (None, "no")])
def test_a_question_is_read_by_sfnx_too(answer: str | None, approved: str) -> None:
    ask = PlanStep("ask", "approve", "0", {"message": HOSTILE, "timeout": None}, origin=(("steps", "ask"),))
    topic = "arn:aws:sns:us-east-1:123456789012:leads"
    site = {
        "store": {"path": f"s3://{BUCKET}"},
        "image": f"mlc/shell@sha256:{'0' * 64}",
        "targets": {"stepfunctions": {"queue": {"arn": QUEUE_ARN}, "question_topic": topic}},
    }
    machine = json.loads(TARGET.compile(Plan("p", steps=(ask,)), site)["state-machine.asl.json"])
    outside = Outside(lambda _: True, answer=answer)
    found = interpret(machine, {}, outside)
    [question] = outside.asked
    assert question["Message"].split("\n\n")[0] == "".join(
        sign if sign.isprintable() or sign == "\n" else " " for sign in HOSTILE
    )
    assert "--task-output '\"yes\"' --task-token token\n" in question["Message"]
    assert found.status == "SUCCEEDED"
    [job] = [job for text in found.submitted if (job := json.loads(text))["Parameters"]["step"] == "ask"]
    assert job["Parameters"]["approved"] == approved
