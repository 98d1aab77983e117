"""What is the same in the pods of all steps, and what a step's policy and pool change of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_argo.environment import Site
from mlc_argo.quantity import cores, size
from mlc_containers.configuration import PLAN_FILE
from mlc_containers.image import USER
from mlc_containers.site import PROJECT
from mlc_runtime.plan import Policy

PLAN = "plan"
"""The volume with the plan, and beside it what the runtime has to know of the environment."""
_PLAN_FOLDER = "/mlc/plan"
SCRATCH = "/mlc/scratch"
"""Where a container may write, for its root is read-only: an empty folder of its pod, gone with it."""
INTS = f"{SCRATCH}/ints"
"""Where a finder leaves the numbers of tiles that it found."""
Data = dict[str, Any]


def container(site: Site, run: str) -> Data:
    """The container that runs any step; a step's template adds its arguments.

    Args:
        site: the environment.
        run: the run's name, a tag of Argo's.
    """
    return {
        "image": site.image,
        "command": ["python", "-m", "mlc_runtime"],
        "workingDir": PROJECT,
        "env": [
            {"name": "MLC_PLAN", "value": f"{_PLAN_FOLDER}/{PLAN_FILE}"},
            {"name": "MLC_RUN", "value": run},
            {"name": "HOME", "value": SCRATCH},
            {"name": "TMPDIR", "value": SCRATCH},
            *(variable(name, one.secret, one.key) for name, one in site.settings.variables.items()),
        ],
        "resources": resources(site, Policy()),
        "securityContext": {**privileges(), "readOnlyRootFilesystem": True},
        "volumeMounts": [
            {"name": PLAN, "mountPath": _PLAN_FOLDER, "readOnly": True},
            {"name": "scratch", "mountPath": SCRATCH},
            *(
                {"name": f"volume-{slug(name)}", "mountPath": path, **_read_only(site, name)}
                for name, path in site.mounts.items()
            ),
        ],
    }


def volumes(site: Site, configuration: str) -> list[Data]:
    """The volumes of every pod.

    Args:
        site: the environment.
        configuration: the name of the ConfigMap.
    """
    return [
        {"name": PLAN, "configMap": {"name": configuration}},
        {"name": "scratch", "emptyDir": {}},
        *(
            {"name": f"volume-{slug(name)}", "persistentVolumeClaim": {"claimName": volume.claim}}
            for name, volume in site.settings.volumes.items()
        ),
    ]


def security() -> Data:
    """The pod's security context: no root, and files of volumes belong to its group."""
    return {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "runAsGroup": USER,
        "fsGroup": USER,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def privileges() -> Data:
    """What no container may do, the user's own included."""
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def resources(site: Site, policy: Policy) -> Data:
    """Requests and limits alike, so that a pod gets what its step was measured with."""
    asked, default = policy.resources, site.settings.resources
    amounts = {"cpu": cores(asked.get("cpu", default.cpu)), "memory": size(asked.get("memory", default.memory))}
    gpus = int(asked.get("gpu", 0))
    return {"requests": amounts, "limits": {**amounts, **({site.settings.gpu_resource: gpus} if gpus else {})}}


def placement(site: Site, policy: Policy) -> Data:
    """Where a step's pods may be put: the node selector, tolerations and priority of its pool."""
    pool = site.pool(policy.pool)
    placed: Data = {}
    if pool.get("labels"):
        placed["nodeSelector"] = dict(pool["labels"])
    if pool.get("tolerations"):
        placed["tolerations"] = [dict(toleration) for toleration in pool["tolerations"]]
    if "priority" in pool:
        placed["priorityClassName"] = site.settings.priority_classes[str(pool["priority"])]
    return placed


def variable(name: str, secret: str, key: str) -> Data:
    """An environment variable from a secret."""
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


def slug(name: str) -> str:
    """A name of the environment as a part of a Kubernetes name."""
    return name.replace("_", "-")


def _read_only(site: Site, name: str) -> Mapping[str, Any]:
    return {"readOnly": True} if site.settings.volumes[name].read_only else {}
