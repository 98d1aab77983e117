"""Pipelines on the engine: compiled by the target, installed as `kubectl apply -k` would, run in images that are this
machine's Python with a project's folder in its place."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.engines.argo.api import Document
from tests.engines.argo.workspace import Workspace
from tests.engines.compiled import compile_for
from tests.engines.image import ROOT

from mlc_argo.target import TARGET
from mlc_runtime.plan import Plan

PROJECTS = Path(__file__).parent / "projects"
PROJECT_FOLDERS = (
    *sorted(path for path in PROJECTS.iterdir() if path.is_dir()),
    *(ROOT / "examples" / name for name in ("countries", "flights", "penguins")),
)
"""Projects with a step image, `mlc/NAME`."""


def claim(workspace: Workspace, name: str, folder: Path) -> None:
    """Make a claim that is bound to a folder of this machine."""
    size = {"storage": "1Gi"}
    volume = {
        "capacity": size,
        "accessModes": ["ReadWriteMany"],
        "hostPath": {"path": str(folder)},
        "claimRef": {"namespace": workspace.namespace, "name": name},
    }
    wanted = {"accessModes": ["ReadWriteMany"], "storageClassName": "", "resources": {"requests": size}}
    named = {"metadata": {"name": f"{workspace.namespace}-{name}"}}
    workspace.apply({"apiVersion": "v1", "kind": "PersistentVolume", **named, "spec": volume})
    claims = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}}
    workspace.apply({**claims, "spec": {**wanted, "volumeName": f"{workspace.namespace}-{name}"}})


@dataclass(frozen=True)
class Pipeline:
    """A compiled pipeline.

    Attributes:
        plan: as it was compiled for.
        files: what it was compiled to.
    """

    plan: Plan
    files: Mapping[str, bytes]

    def documents(self, name: str) -> list[Document]:
        """The objects of a file."""
        return list(yaml.safe_load_all(self.files[name]))

    def objects(self) -> list[Document]:
        """What the kustomization names."""
        [kustomization] = self.documents("kustomization.yaml")
        found: list[Document] = []
        for wanted in kustomization["configMapGenerator"]:
            sources = {name: file or name for name, _, file in (each.partition("=") for each in wanted["files"])}
            content = {name: base64.b64encode(self.files[file]).decode() for name, file in sources.items()}
            named = {"metadata": {"name": wanted["name"]}}
            found.append({"apiVersion": "v1", "kind": "ConfigMap", **named, "binaryData": content})
        found += [document for name in kustomization["resources"] for document in self.documents(name)]
        labels = {key: value for each in kustomization["labels"] for key, value in each["pairs"].items()}
        return [{**each, "metadata": {**each["metadata"], "labels": labels}} for each in found]

    def install(self, workspace: Workspace) -> None:
        """Apply what the kustomization names, as `kubectl apply -k` does."""
        workspace.apply(*self.objects())

    def start(self, workspace: Workspace, **parameters: str) -> str:
        """Begin a run; its name."""
        [run] = self.documents("run.yaml")
        given = [{"name": name, "value": value} for name, value in parameters.items()]
        return workspace.submit({**run, "spec": {**run["spec"], "arguments": {"parameters": given}}})


def compile_pipeline(spec: Path, environment: Path, *, spread: bool = False, **changes: Any) -> Pipeline:
    """Compile a spec for Argo; the arguments are those of `compile_for`."""
    return Pipeline(*compile_for(TARGET, spec, environment, spread=spread, **changes))
