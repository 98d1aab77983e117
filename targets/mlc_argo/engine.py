"""Hand runs to Argo, follow and stop them."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from mlc_argo.access import access
from mlc_argo.cluster import Cluster
from mlc_argo.configuration import configuration_name
from mlc_argo.encode import encode_text
from mlc_argo.environment import Site
from mlc_argo.follow import pods_in_order, run_state
from mlc_argo.layout import arrange
from mlc_argo.metadata import labelled
from mlc_argo.schedule import cron_workflow, run_manifest
from mlc_argo.workflow import workflow_template
from mlc_compiler.target import EngineError, RunState
from mlc_containers.configuration import PLAN_FILE, configuration_files
from mlc_runtime.plan import Plan, load

Data = dict[str, Any]

_RUN = "workflows.argoproj.io/workflow"


def start(cluster: Cluster, plan: Plan, site: Site, parameters: Mapping[str, str], as_of: str | None) -> str:
    """Install the pipeline, and begin a run; its name.

    Args:
        cluster: where.
        plan: as it was fitted to Argo.
        site: the environment.
        parameters: texts by name, of parameters that the plan has.
        as_of: the run's logical time, as text.
    """
    configuration = configuration_name(plan, site)
    manifests = [
        _config_map(plan, site, configuration),
        *access(plan, site),
        workflow_template(plan, site, arrange(plan), configuration),
        *([cron_workflow(plan, site)] if plan.spec.get("schedule") else []),
    ]
    for manifest in manifests:
        cluster.apply(labelled(manifest, plan, site))
    given = [{"name": name, "value": encode_text(text)} for name, text in parameters.items()]
    given += [{"name": "as_of", "value": encode_text(as_of)}] if as_of else []
    return _create(cluster, run_manifest(plan, site), given)


def again(cluster: Cluster, run: str) -> str:
    """Begin a run with the parameters of another one: what that has done is found by its keys, and not done again."""
    workflow = cluster.get("Workflow", run)
    template = workflow["spec"].get("workflowTemplateRef", {}).get("name")
    if template is None:
        raise EngineError(f"`{run}` is no run of a pipeline of mlc's")
    manifest = {
        "apiVersion": workflow["apiVersion"],
        "kind": "Workflow",
        "metadata": {
            "generateName": f"{template}-",
            "labels": {**_without_argo(workflow["metadata"].get("labels", {})), "mlc/resumes": run},
        },
        "spec": {"workflowTemplateRef": {"name": template}},
    }
    return _create(cluster, manifest, workflow["spec"].get("arguments", {}).get("parameters", []))


def state(cluster: Cluster, run: str) -> RunState:
    """How a run stands."""
    workflow = cluster.get("Workflow", run)
    return run_state(workflow, _plan(cluster, workflow))


def logs(cluster: Cluster, run: str, step: str | None) -> Iterator[tuple[str, str]]:
    """What the pods of a run that are still there printed, or those of one step."""
    workflow = cluster.get("Workflow", run)
    steps = {node.name: node.step.name for node in arrange(_plan(cluster, workflow))}
    if step is not None and step not in steps.values():
        raise EngineError(f"the run has no step `{step}`")
    for task, tile, pod in pods_in_order(run, cluster.pods(f"{_RUN}={run}")):
        name = steps.get(task, task)
        if step is None or name == step:
            for line in cluster.log(pod).splitlines():
                yield f"{name} {tile}", line


def stop(cluster: Cluster, run: str) -> None:
    """Have a run end: its pods are asked to stop, and what is to run last runs."""
    cluster.change("Workflow", run, {"spec": {"shutdown": "Stop"}})


def _config_map(plan: Plan, site: Site, name: str) -> Data:
    content = configuration_files(plan, site)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "immutable": True,
        "binaryData": {key: base64.b64encode(data).decode() for key, data in content.items()},
    }


def _create(cluster: Cluster, manifest: Data, parameters: list[Data]) -> str:
    spec = {**manifest["spec"], **({"arguments": {"parameters": parameters}} if parameters else {})}
    return str(cluster.create({**manifest, "spec": spec})["metadata"]["name"])


def _plan(cluster: Cluster, workflow: Mapping[str, Any]) -> Plan:
    """The plan that a run runs, which its configuration holds."""
    spec = workflow.get("status", {}).get("storedWorkflowTemplateSpec") or {}
    names = [one["configMap"]["name"] for one in spec.get("volumes", ()) if one["name"] == "configuration"]
    if not names:
        return Plan(workflow["metadata"]["name"])
    content = cluster.get("ConfigMap", names[0])["binaryData"]
    return load(base64.b64decode(content[PLAN_FILE]))


def _without_argo(found: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in found.items() if not name.startswith("workflows.argoproj.io/")}
