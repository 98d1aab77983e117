"""What answers for one online serving, whatever runs it: the step image, as a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlc_argo.access import steps_account
from mlc_argo.environment import Site
from mlc_argo.metadata import labels, metadata
from mlc_argo.pod import container, placement, resources, security, volumes
from mlc_argo.secrets import variables_of_sources
from mlc_containers.configuration import runtime_environment, short_plan
from mlc_runtime.keys import digest_bytes
from mlc_runtime.plan import ENVIRONMENT_FILE, Plan, Policy

Data = dict[str, Any]

PORT = 8080
"""Where a server listens."""
_READY, _LIVE = "/v2/health/ready", "/v2/health/live"
_LEAVING = 5
"""Seconds that a pod still answers once it is to end: so long others may take it for one that does."""
_GRACE = 60
"""Seconds from then until it is killed; the server gives what it was asked thirty."""


@dataclass(frozen=True)
class Server:
    """What answers for a serving.

    Attributes:
        pipeline: the plan of the pipeline.
        plan: of the serving.
        name: of its objects.
        files: what its ConfigMap holds beside what the runtime knows of the environment, by key.
    """

    pipeline: Plan
    plan: Plan
    name: str
    files: Mapping[str, bytes]

    @property
    def serving(self) -> str:
        """The serving's name, as the spec has it."""
        return str(self.plan.spec["serving"]["name"])

    @property
    def policy(self) -> Policy:
        """What its pods get: what the environment's `overrides` say of the serving."""
        return next(step.policy for step in self.plan.steps if step.name.startswith(f"{self.serving}."))

    def configuration(self, site: Site) -> str:
        """The name of its ConfigMap, which other content changes."""
        return f"{self.name}-{digest_bytes(b''.join(self.content(site).values()))[:12]}"

    def content(self, site: Site) -> dict[str, bytes]:
        """What its ConfigMap holds, by key."""
        return {**self.files, ENVIRONMENT_FILE: runtime_environment(site)}

    def file(self, key: str) -> str:
        """The file that a key of its ConfigMap comes from: `NAME.plan.json.bz2`."""
        return f"{self.name.rpartition('--')[2]}.{key}"

    @property
    def sources(self) -> dict[str, str]:
        """The files of its ConfigMap by key."""
        return {**{key: self.file(key) for key in self.files}, ENVIRONMENT_FILE: ENVIRONMENT_FILE}


def server_metadata(server: Server, site: Site, ending: str = "") -> Data:
    """The metadata of an object, which the kustomization labels."""
    return {**metadata(server.pipeline, site, annotate=True), "name": server.name + ending}


def selector(server: Server, site: Site) -> Data:
    """The labels by which a server's pods are found; they never change."""
    return {
        "app.kubernetes.io/name": labels(server.pipeline, site)["app.kubernetes.io/name"],
        "mlc/server": server.name,
    }


def pod_labels(server: Server, site: Site) -> Data:
    """The labels of a server's pods."""
    return {**labels(server.pipeline, site), **selector(server, site), "mlc/plan": short_plan(server.plan)}


def pod_spec(server: Server, site: Site, contained: Data) -> Data:
    """The pod around a server's container."""
    pulled = [{"name": name} for name in site.settings.image_pull_secrets]
    return {
        "serviceAccountName": steps_account(server.pipeline, site),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **({"imagePullSecrets": pulled} if pulled else {}),
        "securityContext": security(),
        "terminationGracePeriodSeconds": _GRACE,
        **placement(site, server.policy),
        "volumes": server_volumes(server, site),
        "containers": [contained],
    }


def server_volumes(server: Server, site: Site) -> list[Data]:
    """The volumes of a server's pods: its plan, and what steps have."""
    return volumes(site, server.configuration(site))


def server_container(server: Server, site: Site, name: str, *, alias: str = "live") -> Data:
    """The container that answers.

    Args:
        server: what answers.
        site: the environment.
        name: of the container.
        alias: which version of the model answers.
    """
    own = container(site, "")
    chosen = [] if alias == "live" else ["--alias", alias]
    return {
        "name": name,
        **own,
        "args": ["serve", "--host", "0.0.0.0", "--port", str(PORT), *chosen],
        "env": [
            *(variable for variable in own["env"] if variable["name"] != "MLC_RUN"),
            *variables_of_sources(server.plan, site),
        ],
        "ports": [{"containerPort": PORT, "protocol": "TCP"}],
        "resources": resources(site, server.policy),
        # It answers that it lives as soon as it listens, and that it is ready once a model is loaded.
        "startupProbe": _probe(_LIVE, seconds=2, failures=60),
        "livenessProbe": _probe(_LIVE, seconds=10, failures=6),
        "readinessProbe": _probe(_READY, seconds=5, failures=2),
    }


def leaving() -> Data:
    """A pod that is to end goes on answering while others still send it requests."""
    return {"preStop": {"exec": {"command": ["sleep", str(_LEAVING)]}}}


def _probe(path: str, *, seconds: int, failures: int) -> Data:
    return {
        "httpGet": {"path": path, "port": PORT},
        "periodSeconds": seconds,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }
