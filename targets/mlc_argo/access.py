"""Who may do what: steps nothing, Argo's own container beside them only report how they ended."""

from __future__ import annotations

from typing import Any

from mlc_argo.environment import Site
from mlc_argo.metadata import metadata
from mlc_containers.names import resource_name
from mlc_runtime.plan import Plan

Data = dict[str, Any]

_EXECUTOR = "-executor"
_RBAC = "rbac.authorization.k8s.io"


def steps_account(plan: Plan, site: Site) -> str:
    """The service account that steps run as."""
    return site.settings.service_account or resource_name(plan.name)


def executor_name(plan: Plan) -> str:
    """The service account of Argo's container in each pod."""
    return resource_name(plan.name) + _EXECUTOR


def access(plan: Plan, site: Site) -> list[Data]:
    """Service accounts, the executor's token, and the only role there is."""
    executor = metadata(plan, site, _EXECUTOR)
    name = executor["name"]
    token = {
        **metadata(plan, site, f"{_EXECUTOR}.service-account-token"),
        "annotations": {"kubernetes.io/service-account.name": name},
    }
    own = metadata(plan, site)
    if site.settings.service_account_annotations:
        own["annotations"] = dict(site.settings.service_account_annotations)
    steps = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": own, "automountServiceAccountToken": False}
    subject = {"kind": "ServiceAccount", "name": name}
    if site.settings.namespace:
        subject["namespace"] = site.settings.namespace
    return [
        *([] if site.settings.service_account else [steps]),
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": executor},
        {"apiVersion": "v1", "kind": "Secret", "metadata": token, "type": "kubernetes.io/service-account-token"},
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "Role",
            "metadata": executor,
            "rules": [
                {"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"]}
            ],
        },
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": executor,
            "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": name},
            "subjects": [subject],
        },
    ]
