"""The state machines of the examples, read by both interpreters: their jobs do nothing, and one may fail."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.engines.aws.independent import Outside, ending, interpret
from tests.engines.aws.workspace import QUEUE, Document, Workspace
from tests.engines.image import ROOT

from mlc_runtime import layout

RUN = "execution"
"""The name that sfnx gives to each run."""

BUCKET = "acme-ml"
CASES = [("flights", ""), ("flights", "late.score"), ("countries", ""), ("penguins", "mlc-prepare")]


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
