"""What the kubelet says of a pod and of its containers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

ADDRESS = "127.0.0.1"


def now() -> str:
    """The time as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class ContainerStatus:
    """How one container stands."""

    spec: Mapping[str, Any]
    state: dict[str, Any] = field(default_factory=lambda: {"waiting": {"reason": "PodInitializing"}})

    def running(self) -> None:
        """It has started."""
        self.state = {"running": {"startedAt": now()}}

    def waiting(self, reason: str, message: str) -> None:
        """It cannot start, unless it has."""
        if "waiting" in self.state:
            self.state = {"waiting": {"reason": reason, "message": message}}

    def terminated(self, code: int, message: str) -> None:
        """It has ended."""
        started = self.state.get("running", {}).get("startedAt", now())
        reason = "Completed" if code == 0 else "Error"
        self.state = {"terminated": {"exitCode": code, "reason": reason, "startedAt": started, "finishedAt": now()}}
        if message:
            self.state["terminated"]["message"] = message

    def json(self) -> dict[str, Any]:
        """As in a pod's status."""
        running = "running" in self.state
        name, image = self.spec["name"], self.spec["image"]
        return {
            "name": name,
            "image": image,
            "imageID": image,
            "restartCount": 0,
            "ready": running,
            "started": running,
            "state": self.state,
        }


def pod_status(
    phase: str,
    start: str,
    init: Sequence[ContainerStatus],
    containers: Sequence[ContainerStatus],
    reason: tuple[str, str] | None,
) -> dict[str, Any]:
    """The status of a pod; `reason` is the kubelet's own for failing it, with a message."""
    conditions = {"Initialized": phase != "Pending", "ContainersReady": phase == "Running", "Ready": phase == "Running"}
    status = {
        "phase": phase,
        "startTime": start,
        "hostIP": ADDRESS,
        "podIP": ADDRESS,
        "podIPs": [{"ip": ADDRESS}],
        "conditions": [
            {"type": "PodScheduled", "status": "True", "lastTransitionTime": start},
            *({"type": name, "status": str(value), "lastTransitionTime": now()} for name, value in conditions.items()),
        ],
        "initContainerStatuses": [each.json() for each in init],
        "containerStatuses": [each.json() for each in containers],
    }
    return status | ({"reason": reason[0], "message": reason[1]} if reason else {})
