"""What the real controller and executor do with the constructs that our workflows are made of."""

from __future__ import annotations

from functools import partial

from tests.engines.argo.api import ApiError, Document
from tests.engines.argo.engine import Engine
from tests.engines.argo.workspace import Workspace, node, nodes, phase


def attempts(workflow: Document, task: str) -> list[str]:
    """How each attempt at a task ended."""
    return [
        each["outputs"]["exitCode"] for each in nodes(workflow, "Pod") if each["displayName"].startswith(f"{task}(")
    ]


def test_one_pod_succeeds_and_its_log_can_be_read(basics: Workspace) -> None:
    workflow = basics.wait("one")
    assert (phase(workflow), workflow["status"]["progress"]) == ("Succeeded", "1/1")
    [pod] = basics.pods("one")
    log = basics.log(pod).splitlines()
    assert [line for line in log if "argo=true" not in line] == ["hello from one", "complaint"]


def test_a_pod_that_has_ended_leaves_what_it_printed_and_takes_no_space(engine: Engine, basics: Workspace) -> None:
    def left(_: Document) -> bool:
        [pod] = basics.pods("one")
        return {file.name for file in engine.files_of(pod)} == {"log", "pid", "termination"}

    basics.wait("one")
    basics.wait("one", left)


def test_a_sequence_is_as_long_as_a_step_said_and_may_be_empty(basics: Workspace) -> None:
    workflow = basics.wait("fan-out")
    assert phase(workflow) == "Succeeded"
    tiles = [each for each in nodes(workflow, "Pod") if each["displayName"].startswith("tiles(")]
    assert [each["inputs"]["parameters"][0]["value"] for each in tiles] == ["0", "1", "2"]
    assert node(workflow, "none")["phase"] == "Skipped"
    assert node(workflow, "finish")["startedAt"] >= max(each["finishedAt"] for each in tiles)


def test_no_more_pods_at_a_time_than_allowed(basics: Workspace) -> None:
    tiles = [each for each in nodes(basics.wait("fan-out"), "Pod") if each["displayName"].startswith("tiles(")]
    together = [sum(other["startedAt"] <= each["startedAt"] < other["finishedAt"] for other in tiles) for each in tiles]
    assert max(together) <= 2


def test_infrastructure_is_tried_again_and_applications_are_not(basics: Workspace) -> None:
    workflow = basics.wait("retry")
    assert phase(workflow) == "Failed"
    assert attempts(workflow, "infrastructure") == ["11", "11", "0"]
    assert attempts(workflow, "killed") == ["137", "0"]
    assert attempts(workflow, "application") == ["10"]


def test_an_executor_needs_two_verbs_and_user_code_no_token(basics: Workspace) -> None:
    workflow = basics.wait("rights")
    assert phase(workflow) == "Succeeded", node(workflow, "rights")
    assert node(workflow, "rights")["outputs"]["parameters"][0]["value"] == "8737"


def test_an_executor_without_them_is_an_error(basics: Workspace) -> None:
    workflow = basics.wait("no-rights")
    assert phase(workflow) == "Error"
    assert 'cannot create resource "workflowtaskresults"' in node(workflow, "no-rights")["message"]


def test_an_approval_waits_until_it_is_given(basics: Workspace) -> None:
    waiting = basics.wait("approval", lambda workflow: any(each["type"] == "Suspend" for each in nodes(workflow)))
    assert [each["displayName"] for each in nodes(waiting, "Pod")] == []
    approve = node(waiting, "approve")
    assert approve["phase"] == "Running"
    basics.change(
        "approval", {"status": {"nodes": {approve["id"]: {"phase": "Succeeded", "finishedAt": approve["startedAt"]}}}}
    )
    workflow = basics.wait("approval")
    assert (phase(workflow), node(workflow, "after")["phase"]) == ("Succeeded", "Succeeded")


def test_the_last_step_runs_after_a_failure_and_knows_of_it(basics: Workspace) -> None:
    workflow = basics.wait("exit")
    assert phase(workflow) == "Failed"
    assert node(workflow, "exit.onExit")["phase"] == "Succeeded"
    [last] = [pod for pod in basics.pods("exit") if "-last-" in pod["metadata"]["name"]]
    assert "it Failed" in basics.log(last)


def test_a_stopped_pod_is_told_to_end(basics: Workspace) -> None:
    for name, how in (("stop", "Stop"), ("terminate", "Terminate")):
        basics.wait(name, partial(_said, basics, name, "started"))
        basics.change(name, {"spec": {"shutdown": how}})
    for name in ("stop", "terminate"):  # Argo calls the workflow failed before its pods have ended
        assert phase(basics.wait(name)) == "Failed"
        basics.wait(name, partial(_ended, basics, name, 13))
        assert _said(basics, name, "told to end")


def test_a_pod_over_its_deadline_is_ended(basics: Workspace) -> None:
    workflow = basics.wait("deadline")
    assert phase(workflow) == "Failed"
    assert "deadline" in node(workflow, "deadline")["message"]


def test_pods_go_to_the_nodes_that_take_them(basics: Workspace) -> None:
    def settled(workflow: Document) -> bool:
        seen = {each["displayName"]: each for each in nodes(workflow, "Pod")}
        return len(seen) == 2 and seen["allowed"]["phase"] == "Succeeded" and "message" in seen["kept-away"]

    workflow = basics.wait("pools", settled)
    assert node(workflow, "allowed")["hostNodeName"] == "gpu"
    assert "untolerated taint" in node(workflow, "kept-away")["message"]


def _said(workspace: Workspace, name: str, words: str, _: Document | None = None) -> bool:
    try:
        return any(words in workspace.log(pod) for pod in workspace.pods(name))
    except ApiError:  # the container has not started
        return False


def _ended(workspace: Workspace, name: str, code: int, _: Document) -> bool:
    [pod] = workspace.pods(name)
    [main] = [each for each in pod["status"]["containerStatuses"] if each["name"] == "main"]
    return bool(main["state"].get("terminated", {}).get("exitCode") == code)
