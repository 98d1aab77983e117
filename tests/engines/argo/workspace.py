"""A namespace of the engine: workflows submitted, waited for and looked at."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engines.argo.api import Api, Document

WORKFLOWS = Path(__file__).parent / "workflows"
ENDED = frozenset({"Succeeded", "Failed", "Error"})


@dataclass(frozen=True)
class Workspace:
    """A namespace and what one asks of its workflows."""

    api: Api
    namespace: str

    def apply(self, *documents: Document) -> None:
        """Create or update objects."""
        for document in documents:
            self.api.apply(document, self.namespace)

    def submit(self, workflow: Document) -> str:
        """Start a workflow; its name."""
        return str(self.api.create(workflow, self.namespace)["metadata"]["name"])

    def workflow(self, name: str) -> Document:
        """A workflow as it stands."""
        found: Document = self.api.get(self._path(name))
        return found

    def change(self, name: str, change: Document) -> None:
        """Merge a change into a workflow."""
        self.api.patch(self._path(name), change)

    def wait(self, name: str, until: Callable[[Document], Any] | None = None, seconds: float = 600) -> Document:
        """A workflow as soon as it has ended, or fulfils a condition.

        Raises:
            TimeoutError: It did not come to that; with what it last said.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            workflow = self.workflow(name)
            if until(workflow) if until else phase(workflow) in ENDED:
                return workflow
            time.sleep(0.5)
        stuck = {node["displayName"]: (node["phase"], node.get("message")) for node in nodes(workflow)}
        raise TimeoutError(f"{name} is {phase(workflow) or 'not seen'} after {seconds:.0f} s: {stuck}")

    def scheduled(self, schedule: str) -> Document:
        """The first run that a schedule starts, within minutes; it starts no other."""
        base = f"/apis/argoproj.io/v1alpha1/namespaces/{self.namespace}"
        selector = f"workflows.argoproj.io/cron-workflow={schedule}"
        end = time.monotonic() + 300
        while time.monotonic() < end:
            found: list[Document] = self.api.get(f"{base}/workflows", labelSelector=selector)["items"]
            if found:
                self.api.patch(f"{base}/cronworkflows/{schedule}", {"spec": {"suspend": True}})
                return min(found, key=lambda workflow: str(workflow["metadata"]["creationTimestamp"]))
            time.sleep(0.5)
        raise TimeoutError(f"{schedule} has started nothing")

    def pods(self, name: str) -> list[Document]:
        """The pods of a workflow that are still there."""
        selector = f"workflows.argoproj.io/workflow={name}"
        found: list[Document] = self.api.get(f"/api/v1/namespaces/{self.namespace}/pods", labelSelector=selector)[
            "items"
        ]
        return found

    def log(self, pod: Document, container: str = "main") -> str:
        """What a container of a pod printed."""
        return self.api.text(
            f"/api/v1/namespaces/{self.namespace}/pods/{pod['metadata']['name']}/log", container=container
        )

    def _path(self, name: str) -> str:
        return f"/apis/argoproj.io/v1alpha1/namespaces/{self.namespace}/workflows/{name}"


def phase(workflow: Document) -> str:
    """How a workflow stands; empty until the controller has seen it."""
    return str(workflow.get("status", {}).get("phase", ""))


def nodes(workflow: Document, kind: str = "") -> list[Document]:
    """The nodes of a workflow, of one kind if given, by name."""
    found = workflow.get("status", {}).get("nodes", {}).values()
    return sorted((node for node in found if kind in {"", node["type"]}), key=lambda node: str(node["name"]))


def node(workflow: Document, name: str) -> Document:
    """The node with a display name."""
    return next(each for each in nodes(workflow) if each["displayName"] == name)
