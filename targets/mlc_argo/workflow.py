"""The workflow template: everything that a run is, but for its parameters' values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlc_argo.access import executor_name, launcher_name, steps_account
from mlc_argo.approval import ask_template
from mlc_argo.children import child_name, child_template, children_of, closed
from mlc_argo.configuration import configuration_name
from mlc_argo.container import container_template, pending_template
from mlc_argo.dag import child_dag, exit_steps, main_dag, parent_dag
from mlc_argo.encode import encode_text
from mlc_argo.environment import Site
from mlc_argo.layout import EXIT, MAIN, arrange
from mlc_argo.metadata import API, metadata, run_labels
from mlc_argo.pod import container, security, volumes
from mlc_argo.quantity import seconds, whole_seconds
from mlc_argo.template import finish_template, prepare_template, step_templates
from mlc_containers.layout import Node
from mlc_containers.names import resource_name
from mlc_containers.parts import Part
from mlc_runtime.plan import Plan

Data = dict[str, Any]

_PARALLELISM = 50
"""Pods at once, where the environment does not say."""


_RUN, _OF_PARENT = "{{workflow.name}}", "{{workflow.parameters.run}}"
"""The run's name, in a workflow of its own and in a child of one."""


def workflow_templates(part: Part, site: Site) -> list[Data]:
    """The WorkflowTemplate of a pipeline or of a part of it, and then those of its children, where it has any."""
    plan, nodes = part.plan, arrange(part.plan)
    children = children_of(nodes, site.settings.nodes)
    if not children:
        names, steps = step_templates(plan, site, nodes)
        order = [main_dag(nodes, names), exit_steps(nodes, names)]
        return [_whole(part, site, [*order, prepare_template(plan, site), *_own(site, nodes, _RUN), *steps])]
    last = [node for node in nodes if node.step.policy.always]
    names, steps = step_templates(plan, site, nodes)
    used = {names[node.name] for node in closed(last, {node.name: node for node in nodes})}
    start = child_template(resource_name(plan.name) + part.suffix, launcher_name(plan))
    order = [parent_dag(len(children)), exit_steps(nodes, names), prepare_template(plan, site), start]
    steps = [template for template in steps if template["name"] in used]
    return [
        _whole(part, site, [*order, *_own(site, last, _RUN), *steps]),
        *(_child(part, site, number, group) for number, group in enumerate(children, 1)),
    ]


def _whole(part: Part, site: Site, templates: list[Data]) -> Data:
    first = {"entrypoint": MAIN, "onExit": EXIT, "arguments": {"parameters": parameters(part.plan)}}
    return _template(part, site, first, _locks(site), _RUN, [*templates, finish_template()])


def _child(part: Part, site: Site, number: int, nodes: Sequence[Node]) -> Data:
    """The template of a child. Its parent holds the locks, and judges the run."""
    names, steps = step_templates(part.plan, site, nodes)
    first = {"entrypoint": MAIN, "arguments": {"parameters": [{"name": "run"}]}}
    templates = [child_dag(nodes, names), *_own(site, nodes, _OF_PARENT), *steps]
    return _template(part, site, first, {}, _OF_PARENT, templates, child_name(part.suffix, number))


def _own(site: Site, nodes: Sequence[Node], run: str) -> list[Data]:
    """The templates of what steps have before their tiles."""
    containers = [node for node in nodes if node.containers]
    most = whole_seconds(site.settings.deadline.micros)
    return [
        *(ask_template(node) for node in nodes if node.step.op == "approve"),
        *([pending_template()] if containers else []),
        *(container_template(site, node, most, run) for node in containers),
    ]


def _template(
    part: Part, site: Site, first: Data, locks: Data, run: str, templates: list[Data], suffix: str | None = None
) -> Data:
    """A WorkflowTemplate, with what all of them have.

    Args:
        part: what it is of.
        site: the environment.
        first: what it begins with.
        locks: what its runs wait for.
        run: the run's name, a tag of Argo's.
        templates: its templates.
        suffix: what its name ends with; that of the part by default.
    """
    plan, settings = part.plan, site.settings
    labelled = {"labels": run_labels(plan, site)}
    spec: Data = {
        **first,
        "parallelism": site.data.get("parallelism") or _PARALLELISM,
        "activeDeadlineSeconds": whole_seconds(settings.deadline.micros),
        "ttlStrategy": {
            "secondsAfterSuccess": whole_seconds(settings.keep_succeeded.micros),
            "secondsAfterFailure": whole_seconds(settings.keep_failed.micros),
        },
        "podGC": {"strategy": "OnPodCompletion", "deleteDelayDuration": seconds(settings.keep_pods.micros)},
        "archiveLogs": settings.archive_logs,
        "serviceAccountName": steps_account(plan, site),
        "automountServiceAccountToken": False,
        "executor": {"serviceAccountName": executor_name(plan)},
        "securityContext": security(),
        "podMetadata": labelled,
        "workflowMetadata": labelled,
        **_options(site),
        **locks,
        "volumes": volumes(site, configuration_name(plan, site)),
        "templateDefaults": {"container": container(site, run)},
        "templates": templates,
    }
    named = metadata(plan, site, part.suffix if suffix is None else suffix, annotate=True)
    return {**API, "kind": "WorkflowTemplate", "metadata": named, "spec": spec}


def parameters(plan: Plan) -> list[Data]:
    """What a run may be given: its logical time, and the spec's parameters with their defaults."""
    found: list[Data] = [{"name": "as_of", "value": ""}]
    for name, rule in plan.params.items():
        parameter: Data = {"name": name, "value": encode_text(text(rule["default"]))}
        if "one_of" in rule:
            parameter["enum"] = [encode_text(text(value)) for value in rule["one_of"]]
        found.append(parameter)
    return found


def text(value: Any) -> str:
    """A parameter's value as a command line gives it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _options(site: Site) -> Data:
    """What only some environments ask for."""
    settings = site.settings
    options: Data = {}
    if settings.image_pull_secrets:
        options["imagePullSecrets"] = [{"name": name} for name in settings.image_pull_secrets]
    if settings.artifact_repository is not None:
        repository = settings.artifact_repository
        options["artifactRepositoryRef"] = {"configMap": repository.config_map, "key": repository.key}
    return options


def _locks(site: Site) -> Data:
    """What a run waits for before it begins."""
    locks: Data = {}
    if site.settings.mutex is not None:
        locks["mutexes"] = [{"name": site.settings.mutex}]
    if site.settings.semaphore is not None:
        semaphore = site.settings.semaphore
        locks["semaphores"] = [{"configMapKeyRef": {"name": semaphore.config_map, "key": semaphore.key}}]
    return {"synchronization": locks} if locks else {}
