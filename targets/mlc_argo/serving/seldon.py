"""Seldon Core v2: a Server of our own image, a Model on it, and, with a canary, an Experiment between two of them.

Seldon runs MLServer, so in the pod the image's MLServer answers, with `mlc_runtime.serving.mlserver` as what it serves.
Seldon takes a model's folder from storage to the pod; ours holds a line that names the class, and comes from the
ConfigMap by a path of the pod: mounted file by file, since rclone passes over the links that a whole ConfigMap is made
of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlc_argo.environment import Site
from mlc_argo.pod import PLAN
from mlc_argo.serving.server import Server, server_container, server_metadata, server_volumes

Data = dict[str, Any]

_API = {"apiVersion": "mlops.seldon.io/v1alpha1"}
_ENDINGS = {"live": "", "candidate": "-canary"}
"""What the names of models end with, by the alias of the version that they serve."""
_MODELS = "/mlc/models"
"""Where rclone finds the models' folders."""
_HERE = "/mnt/agent/models"
"""Where MLServer finds them, once Seldon has taken them there."""
_CLASS = "mlc_runtime.serving.mlserver.Served"


def model_settings(name: str) -> dict[str, bytes]:
    """The files that name the class, by the alias of the version that it serves.

    Args:
        name: of what answers.
    """
    return {f"{alias}.json": _settings(name + ending, alias) for alias, ending in _ENDINGS.items()}


def _models(server: Server, site: Site) -> dict[str, str]:
    """The names of the models by alias."""
    chosen = ("live",) if site.settings.serving.canary is None else ("live", "candidate")
    return {alias: server.name + _ENDINGS[alias] for alias in chosen}


def _settings(name: str, alias: str) -> bytes:
    document = {"name": name, "implementation": _CLASS, "parameters": {"extra": {"alias": alias}}}
    return (json.dumps(document, indent=1) + "\n").encode()


def seldon(server: Server, site: Site) -> list[Data]:
    """The objects of a serving."""
    models = _models(server, site)
    return [
        {**_API, "kind": "Server", "metadata": server_metadata(server, site), "spec": _server(server, site, models)},
        *(_model(server, site, alias, name) for alias, name in models.items()),
        *_experiment(server, site, models),
    ]


def _server(server: Server, site: Site, models: Mapping[str, str]) -> Data:
    replicas = site.settings.serving.replicas
    own = server_container(server, site, "mlserver")
    kept = ("name", "image", "workingDir", "env", "resources", "securityContext", "volumeMounts")
    mounts = [
        {"name": PLAN, "mountPath": f"{_MODELS}/{alias}/model-settings.json", "subPath": f"{alias}.json"}
        for alias in models
    ]
    return {
        "serverConfig": "mlserver",
        # What only our models ask for: nobody else's are put here, and ours nowhere else.
        "capabilities": [server.name],
        "replicas": replicas.min,
        "minReplicas": replicas.min,
        "maxReplicas": replicas.max,
        "podSpec": {
            "volumes": server_volumes(server, site),
            "containers": [
                {"name": "rclone", "volumeMounts": mounts},
                {**{name: own[name] for name in kept}, "command": ["mlserver", "start", _HERE]},
            ],
        },
    }


def _model(server: Server, site: Site, alias: str, name: str) -> Data:
    replicas = site.settings.serving.replicas
    return {
        **_API,
        "kind": "Model",
        "metadata": {**server_metadata(server, site), "name": name},
        "spec": {
            "storageUri": f"{_MODELS}/{alias}",
            "requirements": [server.name],
            "server": server.name,
            "minReplicas": replicas.min,
            "maxReplicas": replicas.max,
        },
    }


def _experiment(server: Server, site: Site, models: Mapping[str, str]) -> list[Data]:
    share = site.settings.serving.canary
    if share is None:
        return []
    percent = round(100 * share)
    weights = {"live": 100 - percent, "candidate": percent}
    candidates = [{"name": name, "weight": weights[alias]} for alias, name in models.items()]
    spec = {"default": models["live"], "candidates": candidates}
    return [{**_API, "kind": "Experiment", "metadata": server_metadata(server, site), "spec": spec}]
