"""KServe: an InferenceService whose predictor is our own container, which speaks KServe's second protocol.

A canary is KServe's own: what is applied last gets its share of requests, and what was rolled out before it the rest.
So with `canary`, what is applied answers with the candidate; without it, with the live version and all of them.
"""

from __future__ import annotations

from typing import Any

from mlc_argo.environment import Site
from mlc_argo.serving.server import Server, pod_labels, pod_spec, server_container, server_metadata

Data = dict[str, Any]

_CONTAINER = "kserve-container"
"""The name by which KServe knows the container that answers."""


def inference_service(server: Server, site: Site) -> list[Data]:
    """The object of a serving."""
    settings = site.settings.serving
    contained = server_container(server, site, _CONTAINER, alias="live" if settings.canary is None else "candidate")
    share = {} if settings.canary is None else {"canaryTrafficPercent": round(100 * settings.canary)}
    return [
        {
            "apiVersion": "serving.kserve.io/v1beta1",
            "kind": "InferenceService",
            "metadata": server_metadata(server, site),
            "spec": {
                "predictor": {
                    **share,
                    "labels": pod_labels(server, site),
                    "minReplicas": settings.replicas.min,
                    "maxReplicas": settings.replicas.max,
                    "scaleMetric": "cpu",
                    "scaleTarget": round(100 * settings.busy),
                    **pod_spec(server, site, contained),
                }
            },
        }
    ]
