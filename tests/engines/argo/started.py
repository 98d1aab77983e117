"""Runs of pipelines on the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.engines.argo.api import Document
from tests.engines.argo.pipeline import Pipeline
from tests.engines.argo.workspace import ENDED, Workspace, node, nodes, phase
from tests.engines.results import Results, results

from mlc_runtime.store import Store


@dataclass(frozen=True)
class Started:
    """A run on the engine.

    Attributes:
        pods: those that were seen, by name, as they were seen last.
        said: what those printed that failed.
    """

    pipeline: Pipeline
    workspace: Workspace
    name: str
    store: Store
    spec: Path
    pods: dict[str, Document] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)

    def wait(self, until: Callable[[Document], object] | None = None) -> Document:
        """As the workspace does; the pods seen meanwhile are kept in mind, for they go when they have ended."""

        def ended(workflow: Document) -> object:
            for pod in self.workspace.pods(self.name):
                name = pod["metadata"]["name"]
                self.pods[name] = pod
                if pod["status"].get("phase") == "Failed" and name not in self.said:
                    self.said[name] = self.workspace.log(pod, failed_container(pod))[-2000:]
            over = phase(workflow) in ENDED
            if until is None:
                return over
            reached = until(workflow)
            assert reached or not over, self._told(workflow)
            return reached

        return self.workspace.wait(self.name, ended, seconds=600)

    @property
    def results(self) -> Results:
        """What it left in the store."""
        return results(self.pipeline.plan, self.name, self.store, self.spec.parent)

    def answer(self, task: str, value: str) -> None:
        """What a person does in Argo's interface: say yes or no, and let the workflow go on."""
        asking = self.wait(lambda workflow: any(each["displayName"] == task for each in nodes(workflow, "Suspend")))
        found = node(asking, task)
        outputs = {"parameters": [{"name": "approved", "value": value}]}
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        answered = {"phase": "Succeeded", "finishedAt": now, "outputs": outputs}
        self.workspace.change(self.name, {"status": {"nodes": {found["id"]: answered}}})

    def succeed(self) -> Document:
        """The workflow when it has ended, well."""
        ended = self.wait()
        assert phase(ended) == "Succeeded", self._told(ended)
        return ended

    def _told(self, workflow: Document) -> str:
        """The nodes that did not succeed, and what their pods said."""
        failed = [each for each in nodes(workflow) if each["phase"] in ("Failed", "Error")]
        told = [f"{each['displayName']}: {each['phase']} {each.get('message', '')}" for each in failed]
        return "\n".join([phase(workflow), *told, *(f"== {name}\n{said}" for name, said in self.said.items())])


def failed_container(pod: Document) -> str:
    """The first container of a pod that failed; `main` where the kubelet has not said which."""
    for status in (*pod["status"].get("initContainerStatuses", ()), *pod["status"].get("containerStatuses", ())):
        if status["state"].get("terminated", {}).get("exitCode"):
            return str(status["name"])
    return "main"
