"""A run as Argo sees it, told in the words of the plan."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mlc_argo.container import CONTAINER
from mlc_argo.layout import ASK, LEFT, RUN, arrange
from mlc_compiler.target import RunState, StepState
from mlc_containers.layout import FINISH, PREPARE
from mlc_runtime.plan import Plan

_ENDED = frozenset({"Succeeded", "Failed", "Error"})
_PARTS = {ASK: "question", LEFT: "what is left", RUN: "containers"}
_NODE = re.compile(r"(?:onExit(?:\[\d+\])?\.)?(?P<task>[-a-z0-9]+)(?:\((?P<tile>\d+):\d+\))?(?:\((?P<attempt>\d+)\))?")


@dataclass
class _Task:
    """What the nodes of a task say."""

    phase: str = ""
    tiles: dict[str, str] = field(default_factory=dict)
    attempts: int = 0
    messages: dict[str, None] = field(default_factory=dict)


def run_state(workflow: Mapping[str, Any], plan: Plan, children: Sequence[Mapping[str, Any]] = ()) -> RunState:
    """How a run stands.

    Args:
        workflow: the Workflow, as the cluster has it.
        plan: what it runs.
        children: the Workflows that hold its steps, in order.
    """
    status = workflow.get("status", {})
    run, phase = workflow["metadata"]["name"], status.get("phase", "")
    tasks: dict[str, _Task] = {}
    for each in (workflow, *children):
        tasks |= _tasks(each["metadata"]["name"], nodes_of(each))
    known: dict[str, tuple[str, tuple[str | int, ...]]] = {PREPARE: (PREPARE, ()), FINISH: (FINISH, ())}
    for node in arrange(plan):
        for part, name in node.parts.items():
            known[name] = (f"{node.step.name} ({_PARTS[part]})", node.origin)
        known[node.name] = (node.step.name, node.origin)
    order = [PREPARE, *(name for name in known if name not in (PREPARE, FINISH)), FINISH]
    steps = tuple(_state(known[name], tasks[name]) for name in order if name in tasks)
    return RunState(run, phase, status.get("message", ""), phase in _ENDED, phase == "Succeeded", steps)


def nodes_of(workflow: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The nodes of a run, unpacked where Argo packed them."""
    status = workflow.get("status", {})
    packed = status.get("compressedNodes")
    found = json.loads(gzip.decompress(base64.b64decode(packed))) if packed else status.get("nodes", {})
    return sorted(found.values(), key=lambda node: str(node.get("startedAt", "")))


def task_of(run: str, node_name: str) -> tuple[str, str] | None:
    """The task and the tile that a node is of; None for the nodes of the order itself.

    >>> task_of("run", "run.late-fit(3:3)(0)"), task_of("run", "run.onExit[0].last(0)"), task_of("run", "run.onExit[0]")
    (('late-fit', '3'), ('last', '0'), None)
    """
    found = _NODE.fullmatch(node_name.removeprefix(f"{run}."))
    if found is None or not node_name.startswith(f"{run}.") or node_name == f"{run}.onExit":
        return None
    return found["task"], found["tile"] or "0"


def _tasks(run: str, nodes: Iterable[Mapping[str, Any]]) -> dict[str, _Task]:
    tasks: dict[str, _Task] = {}
    for node in nodes:
        where = task_of(run, node["name"])
        if where is None:
            continue
        name, tile = where
        task = tasks.setdefault(name, _Task())
        if node["name"].rpartition(".")[2] == name:
            task.phase = node["phase"]
        if node["type"] in ("Pod", "Suspend"):
            task.attempts += tile in task.tiles
            task.tiles[tile] = node["phase"]
            if node["phase"] in ("Failed", "Error", "Pending") and node.get("message"):
                task.messages[node["message"]] = None
    return tasks


def _state(known: tuple[str, tuple[str | int, ...]], task: _Task) -> StepState:
    name, origin = known
    done = sum(phase == "Succeeded" for phase in task.tiles.values())
    return StepState(name, task.phase, len(task.tiles), done, task.attempts, tuple(task.messages), origin)


def pods_in_order(run: str, pods: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    """The task, the tile and the name of each pod of a run, by when it began, and the container that does the work.

    A pod whose container has not begun yet is left out: it has no log.
    """
    for pod in sorted(pods, key=lambda pod: (str(pod["status"].get("startTime", "")), pod["metadata"]["name"])):
        where = task_of(run, pod["metadata"]["annotations"].get("workflows.argoproj.io/node-name", ""))
        if where is not None:
            own = any(each["name"] == CONTAINER for each in pod["spec"].get("initContainers", ()))
            container = CONTAINER if own else "main"
            if _begun(pod["status"], container):
                yield *where, pod["metadata"]["name"], container


def _begun(status: Mapping[str, Any], container: str) -> bool:
    containers = (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ()))
    states = [each.get("state", {}) for each in containers if each["name"] == container]
    return any("running" in state or "terminated" in state for state in states)
