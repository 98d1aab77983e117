"""The limits of Argo and of Kubernetes under it, each with who says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import yaml

from mlc_argo.children import children_of
from mlc_argo.environment import Site
from mlc_argo.fit import count_nodes, count_pods, fit
from mlc_argo.layout import arrange
from mlc_compiler.plan.certify import Limit
from mlc_containers.configuration import PLAN_FILE
from mlc_containers.layout import MOST_TILES, Node
from mlc_containers.manifest import LOADER, json_size
from mlc_runtime.plan import ENVIRONMENT_FILE, Plan

_NODE = 60
"""Bytes that a node adds to a workflow's packed status; 48 were measured, of nodes with short names."""

Compiled = Mapping[str, bytes]


def limits_of(site: Site) -> tuple[Limit, ...]:
    """The limits of a pipeline in an environment."""
    budget = site.settings.nodes

    last: list[tuple[Plan, list[Sequence[Node]]]] = []

    def workflows(plan: Plan) -> list[Sequence[Node]]:
        """The nodes of a run's workflow, or what is left for it and then those of its children; worked out once."""
        if not last or last[0][0] is not plan:
            nodes = arrange(fit(plan, budget))
            children = children_of(nodes, budget)
            held: list[Sequence[Node]] = [nodes]
            if children:
                held = [[node for node in nodes if node.step.policy.always], *children]
            last[:] = [(plan, held)]
        return last[0][1]

    def nodes(plan: Plan, _: Compiled) -> int:
        parent, *children = workflows(plan)
        return max(count_nodes(parent) + 2 * len(children), *map(count_nodes, children), 0)

    def pods(plan: Plan, _: Compiled) -> int:
        return max(map(count_pods, workflows(plan)))

    def tiles(plan: Plan, _: Compiled) -> int:
        return max((node.tiles for nodes in workflows(plan) for node in nodes), default=0)

    def status(plan: Plan, files: Compiled) -> int:
        return 2 * _largest(files["workflow.yaml"]) + _NODE * nodes(plan, files)

    def configuration(_: Plan, files: Compiled) -> int:
        return len(files[PLAN_FILE]) + len(files[ENVIRONMENT_FILE])

    return (
        Limit(
            "nodes of a workflow", budget, "nodes", "`nodes` of `targets.argo`; 5,000 at most without offloading", nodes
        ),
        Limit("pods of a workflow", budget, "pods", "a pod is a node, and its attempts another", pods),
        Limit("tiles of a step", MOST_TILES, "tiles", "more would be shorter than their pods' start", tiles),
        Limit(
            "a workflow with its status",
            1 << 20,
            "bytes",
            "Argo, MAX_WORKFLOW_SIZE of workflow/packer: 1 MiB; estimated with 60 bytes a node",
            status,
        ),
        Limit("the ConfigMap", 1 << 20, "bytes", "Kubernetes, Concepts, ConfigMaps: 1 MiB", configuration),
        Limit(
            "an object under `kubectl apply`",
            262_144,
            "bytes",
            "Kubernetes, TotalAnnotationSizeLimitB: its copy is an annotation",
            lambda plan, files: max(*map(_largest, _manifests(files)), _in_base64(configuration(plan, files))),
        ),
        Limit(
            "a template",
            131_072,
            "bytes",
            "Linux, MAX_ARG_STRLEN: 128 KiB; Argo hands it over in a variable",
            lambda _, files: _largest_template(files["workflow.yaml"]),
        ),
        Limit(
            "the name of a schedule",
            52,
            "characters",
            "Kubernetes, a label has 63; Argo adds the time to the name",
            lambda _, files: max(map(len, _names(files))),
        ),
    )


CAPABILITIES = {
    "approval": "a suspended node with an answer that is supplied; a `no` when its time is over",
    "checkpoint": "with a store on a volume",
    "condition": "a fan-out over none or one",
    "container": "an init container of a pod of its own, between one that lays out its inputs and one that commits",
    "each x grid": "tiles of a product, of which the engine sees the number",
    "exit step": "in the exit handler",
    "gpu": "a limit of the container",
    "online serving": "a Deployment, a Service and an autoscaler; KServe or Seldon Core, where they are installed",
    "parameter": "an argument of the workflow",
    "pool": "node selector, tolerations and priority class of the pod",
    "resources": "requests and limits of the container",
    "retry": "of the application by the runner, task by task; of the machine by Argo, pod by pod",
    "schedule": "a CronWorkflow, of the whole pipeline or of a part of it with live models for the rest",
    "secret": "a reference to a Kubernetes secret",
    "timeout": "of a task by the runner, of a pod by Argo, which is all that a container has",
    "tolerated failure": "by who collects, in the runner",
}
"""What Argo does with what a spec asks for."""


def _names(files: Compiled) -> list[str]:
    """The names of what runs are named after, with those of their children where they have any."""
    return [
        each["metadata"]["name"] for name, data in files.items() if name.startswith("workflow") for each in _load(data)
    ]


def _in_base64(size: int) -> int:
    return 4 * size // 3 + 1000


def _manifests(files: Compiled) -> list[bytes]:
    return [data for name, data in files.items() if name.endswith(".yaml")]


def _largest(manifests: bytes) -> int:
    """The size of the largest object in a file, as the cluster keeps it."""
    return max((json_size(document) for document in _load(manifests)), default=0)


def _largest_template(manifest: bytes) -> int:
    return max(json_size(template) for workflow in _load(manifest) for template in workflow["spec"]["templates"])


@lru_cache(maxsize=16)
def _load(manifests: bytes) -> list[Any]:
    return list(yaml.load_all(manifests, LOADER))
