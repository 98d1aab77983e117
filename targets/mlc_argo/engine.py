"""Hand runs to Argo, follow and stop them."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlc_argo.access import access
from mlc_argo.children import OF_RUN
from mlc_argo.cluster import Cluster
from mlc_argo.configuration import configuration_name
from mlc_argo.encode import encode_text
from mlc_argo.environment import Site
from mlc_argo.fit import parts_of
from mlc_argo.follow import pods_in_order, run_state
from mlc_argo.layout import arrange
from mlc_argo.metadata import labelled
from mlc_argo.pod import PLAN
from mlc_argo.schedule import cron_workflows, run_manifest
from mlc_argo.serving import serving
from mlc_argo.serving.server import Server
from mlc_argo.workflow import workflow_templates
from mlc_compiler.target import EngineError, RunState
from mlc_containers.configuration import PLAN_FILE, configuration_files
from mlc_runtime.plan import Plan, load

Data = dict[str, Any]

_RUN = "workflows.argoproj.io/workflow"


def start(
    cluster: Cluster,
    plan: Plan,
    servers: Sequence[Server],
    site: Site,
    parameters: Mapping[str, str],
    as_of: str | None,
) -> str:
    """Install the pipeline, and begin a run; its name.

    Args:
        cluster: where.
        plan: the whole.
        servers: what answers for its online servings.
        site: the environment.
        parameters: texts by name, of parameters that the plan has.
        as_of: the run's logical time, as text.
    """
    parts = parts_of(plan, site)
    templates = [workflow_templates(part, site) for part in parts]
    manifests = [
        *(_config_map(configuration_name(part.plan, site), configuration_files(part.plan, site)) for part in parts),
        *access(plan, site, children=any(len(each) > 1 for each in templates)),
        *(template for each in templates for template in each),
        *cron_workflows(plan, site, parts),
        *(_config_map(server.configuration(site), server.content(site)) for server in servers),
        *serving(servers, site),
    ]
    for manifest in manifests:
        cluster.apply(labelled(manifest, plan, site))
    given = [{"name": name, "value": encode_text(text)} for name, text in parameters.items()]
    given += [{"name": "as_of", "value": encode_text(as_of)}] if as_of else []
    return _create(cluster, run_manifest(plan, site), given)


def again(cluster: Cluster, run: str) -> str:
    """Begin a run with the parameters of another one: what that has done is found by its keys, and not done again."""
    workflow = cluster.get("Workflow", run)
    whole = workflow["metadata"].get("labels", {}).get(OF_RUN)
    if whole is not None:
        raise EngineError(f"`{run}` is a part of the run `{whole}`", f"mlc resume {whole}")
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
    return run_state(workflow, _plan(cluster, workflow), _children(cluster, run))


def logs(cluster: Cluster, run: str, step: str | None) -> Iterator[tuple[str, str]]:
    """What the pods of a run that are still there printed, or those of one step."""
    workflow = cluster.get("Workflow", run)
    nodes = arrange(_plan(cluster, workflow))
    steps = {name: node.step.name for node in nodes for name in (node.name, *node.parts.values())}
    if step is not None and step not in steps.values():
        raise EngineError(f"the run has no step `{step}`")
    for each in (run, *(child["metadata"]["name"] for child in _children(cluster, run))):
        for task, tile, pod, container in pods_in_order(each, cluster.find("Pod", f"{_RUN}={each}")):
            name = steps.get(task, task)
            if step is None or name == step:
                for line in cluster.log(pod, container).splitlines():
                    yield f"{name} {tile}", line


def stop(cluster: Cluster, run: str) -> None:
    """Have a run end: its pods are asked to stop, and what is to run last runs."""
    for each in (run, *(child["metadata"]["name"] for child in _children(cluster, run))):
        cluster.change("Workflow", each, {"spec": {"shutdown": "Stop"}})


def _children(cluster: Cluster, run: str) -> list[Data]:
    """The workflows that hold the steps of a run, in order; none where its own does."""
    found = cluster.find("Workflow", f"{OF_RUN}={run}")
    return sorted(found, key=lambda child: (len(child["metadata"]["name"]), child["metadata"]["name"]))


def _config_map(name: str, content: Mapping[str, bytes]) -> Data:
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
    names = [one["configMap"]["name"] for one in spec.get("volumes", ()) if one["name"] == PLAN]
    if not names:
        return Plan(workflow["metadata"]["name"])
    content = cluster.get("ConfigMap", names[0])["binaryData"]
    return load(base64.b64decode(content[PLAN_FILE]))


def _without_argo(found: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in found.items() if not name.startswith("workflows.argoproj.io/")}
