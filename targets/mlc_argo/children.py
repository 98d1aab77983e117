"""Workflows of workflows: where one object of the cluster's cannot hold all nodes of a run, children hold its steps.

They run one after the other, so that no more pods run at once than one workflow would run. A step whose tiles a step
of an earlier child counts has that step repeated beside it: it finds its result, and says the number again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mlc_argo.fit import count_nodes
from mlc_argo.metadata import API
from mlc_argo.retry import retry
from mlc_containers.layout import Node

Data = dict[str, Any]

CHILD = "mlc-child"
"""The template that starts a child and waits for it."""
OF_RUN = "mlc/run"
"""The label of a child that says whose it is."""
_LOST = (137, 143)


def children_of(nodes: Sequence[Node], most: int) -> tuple[tuple[Node, ...], ...]:
    """The steps of each child, in order; none where one workflow holds all.

    Args:
        nodes: the steps, arranged.
        most: the most nodes of a workflow.
    """
    if count_nodes(nodes) <= most:
        return ()
    known = {node.name: node for node in nodes}
    groups: list[list[Node]] = [[]]
    for node in nodes:
        if node.step.policy.always:
            continue
        if groups[-1] and count_nodes(closed([*groups[-1], node], known)) > most:
            groups.append([])
        groups[-1].append(node)
    return tuple(closed(group, known) for group in groups)


def closed(group: Sequence[Node], known: Mapping[str, Node]) -> tuple[Node, ...]:
    """Steps that wait for each other only; those that count the tiles of others among them, and are not, come first.

    Args:
        group: some of the steps, arranged.
        known: all of them by name.
    """
    names = {node.name for node in group}
    repeated = {node.finder: known[node.finder] for node in group if node.finder and node.finder not in names}
    inside = names | repeated.keys()

    def among(node: Node) -> Node:
        counting = (node.finder,) if node.finder in repeated else ()
        return replace(node, after=tuple(dict.fromkeys((*(name for name in node.after if name in inside), *counting))))

    return (*(replace(node, after=()) for node in repeated.values()), *map(among, group))


def child_template(template: str, account: str) -> Data:
    """The template that starts a child; it is done when that is.

    Args:
        template: the name of the workflow template of a run, which those of its children begin with.
        account: the service account that may start workflows.
    """
    number = "{{inputs.parameters.child}}"
    manifest = {
        **API,
        "kind": "Workflow",
        "metadata": {"name": f"{{{{workflow.name}}}}-{number}", "labels": {OF_RUN: "{{workflow.name}}"}},
        "spec": {
            "workflowTemplateRef": {"name": child_name(template, number)},
            "arguments": {"parameters": [{"name": "run", "value": "{{workflow.name}}"}]},
        },
    }
    return {
        "name": CHILD,
        "inputs": {"parameters": [{"name": "child"}]},
        "executor": {"serviceAccountName": account},
        "retryStrategy": retry(codes=_LOST),
        "resource": {
            "action": "apply",
            "setOwnerReference": True,
            "successCondition": "status.phase == Succeeded",
            "failureCondition": "status.phase in (Failed, Error)",
            "manifest": json.dumps(manifest),
        },
    }


def child_name(template: str, number: int | str) -> str:
    """The name of the workflow template of a child. No pipeline's name has two dashes in a row."""
    return f"{template}--{number}"
