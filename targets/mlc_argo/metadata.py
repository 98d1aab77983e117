"""Names, labels and annotations of what is emitted.

Labels have a syntax that no free text fits; such text is in annotations, and only of objects that Argo does not expand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_argo.environment import Site
from mlc_containers.configuration import short_plan
from mlc_containers.names import resource_name
from mlc_runtime.plan import Plan

API = {"apiVersion": "argoproj.io/v1alpha1"}

Data = dict[str, Any]

_NAME, _MANAGER = "app.kubernetes.io/name", "app.kubernetes.io/managed-by"
OWN_LABELS = frozenset((_NAME, _MANAGER))
"""The labels that every object has; those that begin with `mlc/` are ours, too."""


def metadata(plan: Plan, site: Site, suffix: str = "", *, annotate: bool = False) -> Data:
    """The metadata of an object, but for its namespace and labels: the kustomization gives those to all of them.

    Args:
        plan: the plan.
        site: the environment.
        suffix: what its name ends with, beyond the pipeline's.
        annotate: whether it tells who answers for the pipeline.
    """
    found: Data = {"name": resource_name(plan.name) + suffix}
    annotations = {**({"mlc/owner": site.settings.owner} if site.settings.owner else {}), **site.settings.annotations}
    if annotate and annotations:
        found["annotations"] = annotations
    return found


def labels(plan: Plan, site: Site) -> dict[str, str]:
    """The labels of every object."""
    return {_NAME: resource_name(plan.name), _MANAGER: "mlc", **site.settings.labels}


def labelled(manifest: Mapping[str, Any], plan: Plan, site: Site) -> Data:
    """An object with its labels, as the kustomization makes it."""
    return {**manifest, "metadata": {**manifest["metadata"], "labels": labels(plan, site)}}


def run_labels(plan: Plan, site: Site) -> dict[str, str]:
    """The labels of runs and of their pods, which Argo manages: which pipeline they are of, and which plan they run."""
    return {_NAME: resource_name(plan.name), "mlc/plan": short_plan(plan), **site.settings.labels}
