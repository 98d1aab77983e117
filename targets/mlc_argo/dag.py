"""The order of a run: `mlc-prepare`, the steps as soon as what they read has ended, and at the end, whatever happened,
the steps that run last and `mlc-finish`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlc_argo.layout import EXIT, MAIN
from mlc_argo.template import tiles_of
from mlc_containers.layout import FINISH, PREPARE, Node

Data = dict[str, Any]

_ENDED = ("Succeeded", "Skipped", "Failed", "Errored", "Omitted")


def main_dag(nodes: Sequence[Node], templates: Mapping[str, str]) -> Data:
    """The steps that run in the ordinary course. One that fails stops what reads it, and nothing else.

    Args:
        nodes: the steps, arranged.
        templates: the name of the template of each task.
    """
    ordinary = [node for node in nodes if not node.step.policy.always]
    tasks = [{"name": PREPARE, "template": PREPARE}]
    for node in ordinary:
        tasks += _tasks(node, templates, " && ".join(node.after or (PREPARE,)))
    return {"name": MAIN, "dag": {"failFast": False, "tasks": tasks}}


def exit_dag(nodes: Sequence[Node], templates: Mapping[str, str]) -> Data:
    """What runs last: it is no part of the main order, so it runs also where that was stopped."""
    last = [node for node in nodes if node.step.policy.always]
    names = {node.name for node in last}
    tasks: list[Data] = []
    for node in last:
        tasks += _tasks(node, templates, " && ".join(map(_ended, (name for name in node.after if name in names))))
    finish: Data = {"name": FINISH, "template": FINISH}
    if last:
        finish["depends"] = " && ".join(_ended(node.name) for node in last)
    return {"name": EXIT, "dag": {"failFast": False, "tasks": [*tasks, finish]}}


def _tasks(node: Node, templates: Mapping[str, str], depends: str) -> list[Data]:
    """The task of a step; before one that a person approves, the task that asks."""
    task: Data = {"name": node.name, "template": templates[node.name]}
    asking: list[Data] = []
    # By its name, not its place: another step before it leaves this line as it was.
    arguments: list[Data] = [{"name": "step", "value": node.step.name}]
    if node.step.op == "approve":
        ask = ask_name(node)
        asking = [{"name": ask, "template": ask, **({"depends": depends} if depends else {})}]
        arguments.append({"name": "approved", "value": f"{{{{tasks.{ask}.outputs.parameters.approved}}}}"})
        count = _count(node)
        if node.finder is not None:
            asking[0]["when"] = f"{count} > 0"
        depends = ask if node.finder is None else f"{ask} && {node.finder}"
    if depends:
        task["depends"] = depends
    if node.fans_out:
        arguments.append({"name": "tile", "value": "{{item}}"})
        task["withSequence"] = {"count": _count(node)}
    task["arguments"] = {"parameters": arguments}
    return [*asking, task]


def ask_name(node: Node) -> str:
    """The template, and the task, that asks a person before a step."""
    return f"{node.name}-ask"


def _count(node: Node) -> str:
    """The number of tiles: a literal, or what the finder gave, which may be 0."""
    if node.finder is None:
        return str(node.tiles)
    return f"{{{{tasks.{node.finder}.outputs.parameters.{tiles_of(node.counted)}}}}}"


def _ended(task: str) -> str:
    return "(" + " || ".join(f"{task}.{result}" for result in _ENDED) + ")"
