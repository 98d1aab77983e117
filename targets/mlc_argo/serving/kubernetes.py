"""Kubernetes itself: a Deployment, a Service before it, and a HorizontalPodAutoscaler over it."""

from __future__ import annotations

from typing import Any

from mlc_argo.environment import Site
from mlc_argo.serving.server import (
    PORT,
    Server,
    leaving,
    pod_labels,
    pod_spec,
    selector,
    server_container,
    server_metadata,
)

Data = dict[str, Any]


def deployment(server: Server, site: Site) -> list[Data]:
    """The objects of a serving. How many pods there are is the autoscaler's to say."""
    named, found = server_metadata(server, site), selector(server, site)
    contained = {**server_container(server, site, "server"), "lifecycle": leaving()}
    settings = site.settings.serving
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": named,
            "spec": {
                "selector": {"matchLabels": found},
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
                "template": {
                    "metadata": {"labels": pod_labels(server, site)},
                    "spec": pod_spec(server, site, contained),
                },
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": named,
            "spec": {
                "selector": found,
                "ports": [{"name": "http", "port": 80, "targetPort": PORT, "protocol": "TCP", "appProtocol": "http"}],
            },
        },
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": named,
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": server.name},
                "minReplicas": settings.replicas.min,
                "maxReplicas": settings.replicas.max,
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {
                            "name": "cpu",
                            "target": {"type": "Utilization", "averageUtilization": round(100 * settings.busy)},
                        },
                    }
                ],
            },
        },
    ]
