"""What Argo says of a run, in the words of the plan."""

import base64
import gzip
import json
from typing import Any

import pytest

from mlc_argo.follow import pods_in_order, run_state, task_of
from mlc_runtime.plan import Plan, PlanAxis, PlanStep
from mlc_runtime.relation import Listed

PLAN = Plan(
    "p",
    axes={"g": PlanAxis("g", ("g",), values=Listed(("g",), ((1,), (2,))))},
    steps=(
        PlanStep("a.b", "python", "0", origin=(("steps", "a"),)),
        PlanStep("late.fit", "train", "0", axes=("g",), tiles={"max": 2}, origin=(("training", "late", "model"),)),
    ),
)


def node(name: str, kind: str, phase: str, message: str = "") -> dict[str, Any]:
    return {"name": name, "type": kind, "phase": phase, "message": message, "startedAt": name}


NODES = (
    node("r", "DAG", "Running"),
    node("r.mlc-prepare", "Retry", "Succeeded"),
    node("r.mlc-prepare(0)", "Pod", "Succeeded"),
    node("r.a-b", "Retry", "Succeeded"),
    node("r.a-b(0)", "Pod", "Error", "pod deleted"),
    node("r.a-b(1)", "Pod", "Succeeded"),
    node("r.late-fit", "TaskGroup", "Running"),
    node("r.late-fit(0:0)", "Retry", "Succeeded"),
    node("r.late-fit(0:0)(0)", "Pod", "Succeeded"),
    node("r.late-fit(1:1)(0)", "Pod", "Failed", "OOMKilled (exit code 137)"),
    node("r.onExit", "Steps", "Running"),
    node("r.onExit[0]", "StepGroup", "Running"),
    node("r.onExit[0].mlc-finish(0)", "Pod", "Pending", "ImagePullBackOff"),
)


@pytest.mark.parametrize("packed", [False, True])
def test_a_run_is_told_in_the_plan_s_words(packed: bool) -> None:
    nodes = {each["name"]: each for each in NODES}
    status: dict[str, Any] = {"phase": "Running", "nodes": nodes}
    if packed:
        text = base64.b64encode(gzip.compress(json.dumps(nodes).encode())).decode()
        status = {"phase": "Running", "compressedNodes": text}
    state = run_state({"metadata": {"name": "r"}, "status": status}, PLAN)
    assert (state.run, state.ended, state.succeeded) == ("r", False, False)
    prepare, first, fit, finish = state.steps
    assert (prepare.name, prepare.done, prepare.tiles) == ("mlc-prepare", 1, 1)
    assert (first.name, first.phase, first.done, first.attempts) == ("a.b", "Succeeded", 1, 1)
    assert first.messages == ("pod deleted",)
    assert (fit.name, fit.phase, fit.done, fit.tiles) == ("late.fit", "Running", 1, 2)
    assert (fit.messages, fit.origin) == (("OOMKilled (exit code 137)",), ("training", "late", "model"))
    assert (finish.name, finish.messages) == ("mlc-finish", ("ImagePullBackOff",))


def test_a_run_that_nobody_has_seen_has_no_phase() -> None:
    state = run_state({"metadata": {"name": "r"}}, PLAN)
    assert (state.phase, state.ended, state.steps) == ("", False, ())


@pytest.mark.parametrize("name", ["r", "r.onExit", "other.a-b(0)"])
def test_nodes_of_the_order_are_of_no_task(name: str) -> None:
    assert task_of("r", name) is None


def test_pods_that_have_begun_are_read_in_order() -> None:
    def pod(name: str, second: int, state: str, init: str = "") -> dict[str, Any]:
        statuses = {"containerStatuses": [{"name": "main", "state": {state: {}}}]} if state else {}
        statuses |= {"initContainerStatuses": [{"name": "container", "state": {init: {}}}]} if init else {}
        return {
            "metadata": {
                "name": name,
                "annotations": {"workflows.argoproj.io/node-name": f"run.{name}({second}:0)(0)"},
            },
            "spec": {"initContainers": [{"name": "container"}]} if init else {},
            "status": {"startTime": f"2026-01-01T00:00:0{second}Z", **statuses},
        }

    pods = [
        pod("ended", 3, "terminated"),
        pod("runs", 1, "running"),
        pod("waits", 2, "waiting"),
        pod("new", 4, ""),
        pod("own", 5, "waiting", "terminated"),
        pod("fetches", 6, "waiting", "waiting"),
    ]
    assert list(pods_in_order("run", pods)) == [
        ("runs", "1", "runs", "main"),
        ("ended", "3", "ended", "main"),
        ("own", "5", "own", "container"),
    ]
