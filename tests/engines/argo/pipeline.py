"""Pipelines on the engine: compiled by the target, installed as `kubectl apply -k` would, run in images that are this
machine's Python with a project's folder in its place."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from tests.engines.argo.api import Document
from tests.engines.argo.kubelet.sandbox import Image
from tests.engines.argo.workspace import Workspace

from mlc_argo.environment import PROJECT
from mlc_argo.target import TARGET
from mlc_compiler.cli.project import site_of
from mlc_compiler.driver import check_environment, check_file, compile_checked
from mlc_compiler.plan.override import override
from mlc_compiler.target import Files
from mlc_runtime import layout
from mlc_runtime.ledger import StoreLedger
from mlc_runtime.plan import Plan, PlanStep
from mlc_runtime.prepare import read_bind
from mlc_runtime.run import Run
from mlc_runtime.store.directory import DirectoryStore
from mlc_runtime.values import decode

ROOT = Path(__file__).parents[3]
PROJECTS = Path(__file__).parent / "projects"
PROJECT_FOLDERS = (PROJECTS / "capabilities", ROOT / "examples" / "penguins")
"""Projects with a step image, `mlc/NAME`."""

_PATHS = {"/opt/site": sysconfig.get_path("purelib"), "/opt/compiler": str(ROOT / "compiler")}


def step_image(project: Path) -> Image:
    """What a step image of a project would hold."""
    variables = {"PATH": "/opt/python/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": ":".join(_PATHS)}
    return Image(env=variables, binds={PROJECT: str(project), "/opt/python": sys.base_prefix, **_PATHS})


def build() -> None:
    """Compile what step images hold to byte code, as an image's build does: pods cannot write it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", *_PATHS.values()], env=environment, check=False, capture_output=True
    )


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

    def install(self, workspace: Workspace) -> None:
        """Apply what the kustomization names."""
        [kustomization] = self.documents("kustomization.yaml")
        for wanted in kustomization["configMapGenerator"]:
            content = {name: base64.b64encode(self.files[name]).decode() for name in wanted["files"]}
            labels = {"name": wanted["name"], "labels": wanted["options"]["labels"]}
            workspace.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": labels, "binaryData": content})
        for name in kustomization["resources"]:
            for document in self.documents(name):
                workspace.apply(document)

    def start(self, workspace: Workspace, **parameters: str) -> str:
        """Begin a run; its name."""
        [run] = self.documents("run.yaml")
        given = [{"name": name, "value": value} for name, value in parameters.items()]
        return workspace.submit({**run, "spec": {**run["spec"], "arguments": {"parameters": given}}})


def compile_pipeline(spec: Path, environment: Path, *, spread: bool = False, **changes: Any) -> Pipeline:
    """Compile a spec for Argo.

    Args:
        spec: the spec.
        environment: the environment.
        spread: whether every task gets a tile of its own.
        changes: of the environment.
    """
    checked = check_file(spec, spec.name)
    assert checked.sound, checked.diagnostics
    loaded, problems, _ = check_environment(environment, [checked])
    assert not problems, problems
    root = spec.parent
    plan = override(compile_checked(checked, root).plan, loaded.environment.overrides)
    if spread:
        plan = replace(plan, steps=tuple(_spread(plan, step) for step in plan.steps))
    site = {**site_of(loaded.environment, environment.parent, root), **changes}
    assert not TARGET.check(plan, site, Files(spec.name, environment.name))
    return Pipeline(plan, TARGET.compile(plan, site))


@dataclass(frozen=True)
class Results:
    """What a run left in its store.

    Attributes:
        run: the run, as the runtime sees it.
    """

    run: Run

    @property
    def summary(self) -> dict[str, Any]:
        """How the run ended."""
        data = self.run.store.get(layout.summary(self.run.name))
        assert data is not None, "no summary"
        found: dict[str, Any] = json.loads(data)
        return found

    def value(self, step: str, port: str, **at: Any) -> Any:
        """What a task gave at a port."""
        record = self.run.ledger.record(self.run.object(self.run.plan.by_name[step], at))
        assert record is not None, f"{step} has no result for {at}"
        return decode(record.outputs[port], self.run.store)

    def contents(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The digests of what tasks gave, by step and key: of models, only that there is one."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for step in self.run.plan.steps:
            for at in self.run.space(step.name):
                record = self.run.ledger.record(self.run.object(step, at))
                assert record is not None, (step.name, at)
                ports = {port: one.kind == "model" or one.content for port, one in record.outputs.items()}
                found[step.name, record.key] = ports
        return found


def results(plan: Plan, name: str, store: Path, root: Path) -> Results:
    """The results of a run of the engine."""
    place = DirectoryStore(store)
    bind = read_bind(place, name)
    assert bind is not None, "the run was not prepared"
    return Results(Run(plan, bind, place, StoreLedger(place, name), name, root))


def _spread(plan: Plan, step: PlanStep) -> PlanStep:
    """A step with a tile for each task, up to a dozen."""
    size = 1
    finders = {axis.found[0] for axis in (plan.axes[name] for name in step.axes) if axis.found is not None}
    if len(finders) == 1 and not plan.by_name[min(finders)].axes:
        return replace(step, tiles={"from": min(finders), "each": 1, "max": 12})
    for axis in (plan.axes[name] for name in step.axes):
        size *= 2 if axis.values is None else axis.values.size
    return replace(step, tiles={"max": min(size, 12)})
