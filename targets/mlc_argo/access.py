"""Who may do what: steps nothing, Argo's own container beside them only report how they ended."""

from __future__ import annotations

from typing import Any

from mlc_argo.environment import Site
from mlc_argo.metadata import metadata
from mlc_containers.names import resource_name
from mlc_runtime.plan import Plan

Data = dict[str, Any]

_EXECUTOR, _LAUNCHER = "-executor", "-launcher"
_REPORT = {"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"]}
_START = {"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["create", "get", "patch"]}
_RBAC = "rbac.authorization.k8s.io"


def steps_account(plan: Plan, site: Site) -> str:
    """The service account that steps run as."""
    return site.settings.service_account or resource_name(plan.name)


def executor_name(plan: Plan) -> str:
    """The service account of Argo's container in each pod."""
    return resource_name(plan.name) + _EXECUTOR


def launcher_name(plan: Plan) -> str:
    """The service account that starts the children of a run."""
    return resource_name(plan.name) + _LAUNCHER


def access(plan: Plan, site: Site, *, children: bool) -> list[Data]:
    """Service accounts, the tokens of Argo's containers, and the only roles there are.

    Args:
        plan: the plan.
        site: the environment.
        children: whether runs have children, which something has to start.
    """
    own = metadata(plan, site)
    if site.settings.service_account_annotations:
        own["annotations"] = dict(site.settings.service_account_annotations)
    steps = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": own, "automountServiceAccountToken": False}
    return [
        *([] if site.settings.service_account else [steps]),
        *_allowed(plan, site, _EXECUTOR, [_REPORT]),
        *(_allowed(plan, site, _LAUNCHER, [_REPORT, _START]) if children else []),
    ]


def _allowed(plan: Plan, site: Site, suffix: str, rules: list[Data]) -> list[Data]:
    """A service account with a token that Argo mounts, and what it may do."""
    named = metadata(plan, site, suffix)
    name = named["name"]
    token = {
        **metadata(plan, site, f"{suffix}.service-account-token"),
        "annotations": {"kubernetes.io/service-account.name": name},
    }
    subject = {"kind": "ServiceAccount", "name": name}
    if site.settings.namespace:
        subject["namespace"] = site.settings.namespace
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": named},
        {"apiVersion": "v1", "kind": "Secret", "metadata": token, "type": "kubernetes.io/service-account-token"},
        {"apiVersion": f"{_RBAC}/v1", "kind": "Role", "metadata": named, "rules": rules},
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": named,
            "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": name},
            "subjects": [subject],
        },
    ]
