"""The ConfigMap with what the runtime reads in every pod, which holds a mebibyte, and what installs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlc_argo.environment import Site
from mlc_argo.metadata import labels
from mlc_containers.configuration import PLAN_FILE, configuration_digest
from mlc_containers.names import resource_name
from mlc_containers.parts import Part
from mlc_runtime.plan import ENVIRONMENT_FILE, Plan


def configuration_name(plan: Plan, site: Site) -> str:
    """The name of the ConfigMap, which another plan or environment changes, so that runs under way keep theirs."""
    return f"{resource_name(plan.name)}-{configuration_digest(plan, site)}"


def kustomization(
    parts: Sequence[Part], site: Site, resources: list[str], more: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """What `kubectl apply -k` puts together.

    Args:
        parts: the whole and its parts.
        site: the environment.
        resources: the files of the objects but for the ConfigMaps.
        more: by the names of other ConfigMaps, their keys and the files that these come from.
    """
    plan = parts[0].plan
    maps = {
        **{
            configuration_name(part.plan, site): {PLAN_FILE: part.file(PLAN_FILE), ENVIRONMENT_FILE: ENVIRONMENT_FILE}
            for part in parts
        },
        **more,
    }
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        **({"namespace": site.settings.namespace} if site.settings.namespace else {}),
        "labels": [{"pairs": labels(plan, site)}],
        "resources": resources,
        "configMapGenerator": [
            {
                "name": name,
                "files": [file if file == key else f"{key}={file}" for key, file in files.items()],
                "options": {"disableNameSuffixHash": True, "immutable": True},
            }
            for name, files in maps.items()
        ],
    }
