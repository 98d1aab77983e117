"""What the runtime reads in every pod: the plan, and of the environment what it needs to know."""

from __future__ import annotations

import bz2
import json
from typing import Any

from mlc_argo.environment import Site
from mlc_argo.metadata import labels, short_plan
from mlc_argo.names import resource_name
from mlc_argo.pod import ENVIRONMENT_FILE, PLAN_FILE
from mlc_argo.secrets import variable_name
from mlc_runtime.keys import digest_bytes
from mlc_runtime.plan import Plan, dump


def configuration_name(plan: Plan, site: Site) -> str:
    """The name of the ConfigMap, which another plan or environment changes, so that runs under way keep theirs."""
    content = short_plan(plan).encode() + runtime_environment(site)
    return f"{resource_name(plan.name)}-{digest_bytes(content)[:12]}"


def configuration_files(plan: Plan, site: Site) -> dict[str, bytes]:
    """The ConfigMap's content, by key.

    The plan is packed, to a tenth: a ConfigMap holds a mebibyte. Of the packers that Python has, bzip2 has had one
    implementation for twenty years, so that every machine gives the same bytes.
    """
    return {PLAN_FILE: bz2.compress(_compact(dump(plan))), ENVIRONMENT_FILE: runtime_environment(site)}


def _compact(document: bytes) -> bytes:
    return json.dumps(json.loads(document), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def runtime_environment(site: Site) -> bytes:
    """Store, connections and secrets; a secret is where a pod has it: in a variable of its container."""
    data = {
        "store": site.data.get("store", {}),
        "connections": site.data.get("connections", {}),
        "secrets": {name: {"env": variable_name(name)} for name in site.data.get("secrets", {})},
    }
    return (json.dumps(data, indent=1, sort_keys=True) + "\n").encode()


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
        "resources": resources,
        "configMapGenerator": [
            {
                "name": configuration,
                "files": [PLAN_FILE, ENVIRONMENT_FILE],
                "options": {"disableNameSuffixHash": True, "immutable": True, "labels": labels(plan, site)},
            }
        ],
    }
