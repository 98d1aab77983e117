"""The ConfigMap with what the runtime reads in every pod, which holds a mebibyte, and what installs it."""

from __future__ import annotations

from typing import Any

from mlc_argo.environment import Site
from mlc_argo.metadata import labels
from mlc_containers.configuration import ENVIRONMENT_FILE, PLAN_FILE, configuration_digest
from mlc_containers.names import resource_name
from mlc_runtime.plan import Plan


def configuration_name(plan: Plan, site: Site) -> str:
    """The name of the ConfigMap, which another plan or environment changes, so that runs under way keep theirs."""
    return f"{resource_name(plan.name)}-{configuration_digest(plan, site)}"


def kustomization(plan: Plan, site: Site, configuration: str, resources: list[str]) -> dict[str, Any]:
    """What `kubectl apply -k` puts together.

    Args:
        plan: the plan.
        site: the environment.
        configuration: the name of the ConfigMap.
        resources: the files of the other objects.
    """
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        **({"namespace": site.settings.namespace} if site.settings.namespace else {}),
        "labels": [{"pairs": labels(plan, site)}],
        "resources": resources,
        "configMapGenerator": [
            {
                "name": configuration,
                "files": [PLAN_FILE, ENVIRONMENT_FILE],
                "options": {"disableNameSuffixHash": True, "immutable": True},
            }
        ],
    }
