"""The order of a run: `mlc-prepare`, the steps as soon as what they read has ended, and at the end, whatever happened,
the steps that run last and `mlc-finish`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlc_argo.children import CHILD, closed
from mlc_argo.container import CONTAINERS
from mlc_argo.layout import ASK, EXIT, LEFT, MAIN, PENDING, RUN
from mlc_argo.template import tiles_of
from mlc_containers.layout import FINISH, PREPARE, Node

Data = dict[str, Any]

_PREPARE = {"name": PREPARE, "template": PREPARE}
_RAN = ("Succeeded", "Skipped", "Failed", "Errored")
_GO_ON = {"continueOn": {"failed": True, "error": True}}


def main_dag(nodes: Sequence[Node], templates: Mapping[str, str]) -> Data:
    """The steps that run in the ordinary course. One that fails stops what reads it, and nothing else.

    Args:
        nodes: the steps, arranged.
        templates: the name of the template of each task.
    """
    ordinary = [node for node in nodes if not node.step.policy.always]
    return _dag(MAIN, [_PREPARE, *_in_order(ordinary, templates, PREPARE)])


def child_dag(nodes: Sequence[Node], templates: Mapping[str, str]) -> Data:
    """The steps of a child: the run was prepared before it, and the earlier children have ended."""
    return _dag(MAIN, _in_order(nodes, templates))


def parent_dag(children: int) -> Data:
    """The children, one after the other. What one of them failed, the next ones do without or cannot do."""
    tasks: list[Data] = [_PREPARE]
    depends = PREPARE
    for number in range(1, children + 1):
        name = f"{CHILD}-{number}"
        arguments = {"parameters": [{"name": "child", "value": str(number)}]}
        tasks.append({"name": name, "template": CHILD, "depends": depends, "arguments": arguments})
        depends = f"{name}.Succeeded || {name}.Failed"
    return _dag(MAIN, tasks)


def exit_steps(nodes: Sequence[Node], templates: Mapping[str, str]) -> Data:
    """What runs last, one after the other and whatever the others came to: no part of the main order, so it runs also
    where that was stopped. Of a dag, Argo would then start only what waits for nothing, and call the run over."""
    last = closed([node for node in nodes if node.step.policy.always], {node.name: node for node in nodes})
    steps = [{**task, **_GO_ON} for node in last for task in _tasks(node, templates, "", "steps")]
    for step in steps:
        step.pop("depends", None)
    return {"name": EXIT, "steps": [[step] for step in (*steps, {"name": FINISH, "template": FINISH})]}


def _dag(name: str, tasks: Sequence[Data]) -> Data:
    return {"name": name, "dag": {"failFast": False, "tasks": list(tasks)}}


def _in_order(nodes: Sequence[Node], templates: Mapping[str, str], first: str = "") -> list[Data]:
    return [task for node in nodes for task in _tasks(node, templates, " && ".join(node.after) or first)]


def _tasks(node: Node, templates: Mapping[str, str], depends: str, scope: str = "tasks") -> list[Data]:
    """The task of a step, after those that belong to it.

    Args:
        node: the step.
        templates: the name of the template of each task.
        depends: what the first of them waits for.
        scope: what Argo calls the order that they are in, where it speaks of their outputs.
    """
    task: Data = {"name": node.name, "template": templates[node.name]}
    shared = templates[node.name] != node.name
    # By its name, not its place: another step before it leaves this line as it was.
    arguments: list[Data] = [{"name": "step", "value": node.step.name}] if shared else []
    before: list[Data] = []
    if node.step.op == "approve":
        ask = node.parts[ASK]
        before = [_question(node, depends, scope)]
        arguments.append({"name": "approved", "value": f"{{{{{scope}.{ask}.outputs.parameters.approved}}}}"})
        depends = ask if node.finder is None else f"{ask} && {node.finder}"
    elif node.containers:
        before = _containers(node, depends, scope)
        ended = " || ".join(f"{node.parts[RUN]}.{result}" for result in _RAN)
        depends = " && ".join(filter(None, (node.parts[LEFT], node.finder, f"({ended})")))
    if depends:
        task["depends"] = depends
    if node.fans_out:
        arguments.append({"name": "tile", "value": "{{item}}"})
        task["withSequence"] = {"count": _count(node, scope)}
    if arguments:
        task["arguments"] = {"parameters": arguments}
    return [*before, task]


def _question(node: Node, depends: str, scope: str) -> Data:
    """The task that asks a person; where a condition is false, nobody is asked."""
    ask: Data = {"name": node.parts[ASK], "template": node.parts[ASK], **({"depends": depends} if depends else {})}
    if node.finder is not None:
        ask["when"] = f"{_count(node, scope)} > 0"
    return ask


def _containers(node: Node, depends: str, scope: str) -> list[Data]:
    """The tasks that find what is left to do, and run a container for each of it."""
    left, run = node.parts[LEFT], node.parts[RUN]
    step = {"name": "step", "value": node.step.name}
    return [
        {
            "name": left,
            "template": PENDING,
            **({"depends": depends} if depends else {}),
            "arguments": {"parameters": [step]},
        },
        {
            "name": run,
            "template": run,
            "depends": left,
            "withSequence": {"count": f"{{{{{scope}.{left}.outputs.parameters.{CONTAINERS}}}}}"},
            "arguments": {"parameters": [step, {"name": "item", "value": "{{item}}"}]},
        },
    ]


def _count(node: Node, scope: str) -> str:
    """The number of tiles: a literal, or what the finder gave, which may be 0."""
    if node.finder is None:
        return str(node.tiles)
    return f"{{{{{scope}.{node.finder}.outputs.parameters.{tiles_of(node.counted)}}}}}"
