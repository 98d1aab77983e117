"""The workflow template: everything that a run is, but for its parameters' values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlc_argo.access import executor_name, steps_account
from mlc_argo.approval import ask_template
from mlc_argo.dag import exit_dag, main_dag
from mlc_argo.encode import encode_text
from mlc_argo.environment import Site
from mlc_argo.layout import EXIT, MAIN
from mlc_argo.metadata import API, metadata, pod_metadata
from mlc_argo.pod import container, security, volumes
from mlc_argo.quantity import seconds
from mlc_argo.template import finish_template, prepare_template, step_templates
from mlc_containers.layout import Node
from mlc_runtime.plan import Plan

Data = dict[str, Any]

_PARALLELISM = 50
"""Pods at once, where the environment does not say."""


def workflow_template(plan: Plan, site: Site, nodes: Sequence[Node], configuration: str) -> Data:
    """The WorkflowTemplate of a pipeline.

    Args:
        plan: the plan.
        site: the environment.
        nodes: the plan's steps, arranged.
        configuration: the name of the ConfigMap with the plan.
    """
    settings, labelled = site.settings, pod_metadata(plan, site)
    names, steps = step_templates(plan, site, nodes)
    asking = [node for node in nodes if node.step.op == "approve"]
    spec: Data = {
        "entrypoint": MAIN,
        "onExit": EXIT,
        "arguments": {"parameters": parameters(plan)},
        "parallelism": site.data.get("parallelism") or _PARALLELISM,
        "activeDeadlineSeconds": settings.deadline.micros // 1_000_000,
        "ttlStrategy": {
            "secondsAfterSuccess": settings.keep_succeeded.micros // 1_000_000,
            "secondsAfterFailure": settings.keep_failed.micros // 1_000_000,
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
        "volumes": volumes(site, configuration),
        "templateDefaults": {"container": container(site)},
        "templates": [
            main_dag(nodes, names),
            exit_dag(nodes, names),
            prepare_template(plan, site),
            *(ask_template(node) for node in asking),
            *steps,
            finish_template(),
        ],
    }
    return {**API, "kind": "WorkflowTemplate", "metadata": metadata(plan, site, annotate=True), "spec": spec}


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
    locks: Data = {}
    if settings.mutex is not None:
        locks["mutexes"] = [{"name": settings.mutex}]
    if settings.semaphore is not None:
        semaphore = settings.semaphore
        locks["semaphores"] = [{"configMapKeyRef": {"name": semaphore.config_map, "key": semaphore.key}}]
    if locks:
        options["synchronization"] = locks
    if settings.artifact_repository is not None:
        repository = settings.artifact_repository
        options["artifactRepositoryRef"] = {"configMap": repository.config_map, "key": repository.key}
    return options
