"""Pipelines on the engine: installed and started as `mlc submit` does, run in images that are this machine's Python
with a project's folder in its place."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.engines.aws.engine import ACCOUNT, REGION
from tests.engines.aws.workspace import Document, Workspace
from tests.engines.compiled import plan_for
from tests.engines.image import step_image
from tests.engines.results import Results, results
from tests.engines.sandbox import Image

from mlc_compiler.target import RunState
from mlc_containers.image import USER
from mlc_containers.names import resource_name
from mlc_containers.site import PROJECT
from mlc_runtime.plan import Plan
from mlc_runtime.store import open_store
from mlc_stepfunctions.target import TARGET

ENVIRONMENTS = Path(__file__).parent / "projects"
BUCKET = "artifacts"
PREDICTIONS, SCORES, DEPARTURES = (f"fsap-0123456789abcdef{number}" for number in range(3))
"""Access points that environments name."""
DUE = "2026-01-31T10:05:00Z"
"""When a part runs."""
HOSTILE = (
    "{% $states.input %} $.a $$.b States.Format('{}') Ref::run ${Tile} $(HOME) `id` 'it\"s' \\ {{resolve:ssm:x}} "
    "\a\x1b\x7f \U000e0001 \N{PILE OF POO}\n<&> \u2028"
)
"""A text that is to arrive as it is."""


@dataclass(frozen=True)
class Project:
    """A copy of a project's folder, with an environment of the engine.

    Attributes:
        spec: its spec.
        environment: its environment.
    """

    spec: Path
    environment: Path

    @property
    def image(self) -> tuple[str, Image]:
        """The name of its step image, and what stands for it."""
        made = step_image(self.spec.parent, PROJECT)
        name = f"mlc/{self.environment.stem}@sha256:{'0' * 64}"
        return name, Image(made.root, made.env, made.binds, PROJECT, (USER, USER))

    def beside(self, name: str) -> Project:
        """The same with another spec of it."""
        return replace(self, spec=self.spec.with_name(name))


def copy_project(source: Path, folder: Path, name: str, **changes: str) -> Project:
    """Copy a project to a folder, its environment one of `projects`.

    Args:
        source: the folder of its spec, `pipeline.yaml` or `pipeline.toml`.
        folder: where to.
        name: of the environment, and of the step image.
        changes: of the spec: texts by those that they take the place of.
    """
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".mlc", "__pycache__", "argo", "stepfunctions"))
    environment, [spec] = folder / f"{name}.yaml", folder.glob("pipeline.*")
    shutil.copyfile(ENVIRONMENTS / f"{name}.yaml", environment)
    text = spec.read_text(encoding="utf-8")
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    spec.write_text(text, encoding="utf-8")
    return Project(spec, environment)


@dataclass(frozen=True)
class Started:
    """A run on the engine.

    Attributes:
        plan: what it runs: the whole, or a part.
        part: what the name of its state machine has beside the pipeline's.
    """

    workspace: Workspace
    project: Project
    plan: Plan
    site: Mapping[str, Any]
    name: str
    part: str = ""

    @property
    def execution(self) -> str:
        """The ARN of its execution."""
        machine = f"{resource_name(self.plan.name)}{self.part}"
        return f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{machine}:{self.name}"

    def wait(self, until: Callable[[Document], Any] | None = None, seconds: float = 900) -> Document:
        """Its execution as soon as it has ended, or fulfils a condition."""
        return self.workspace.wait(self.execution, until, seconds)

    def state(self) -> RunState:
        """How it stands, as `mlc status` tells it."""
        return TARGET.status(self.execution, self.site)

    def submitted(self) -> list[Document]:
        """The jobs that it started, as they stand, in order."""
        return self.workspace.submitted(self.execution)

    def processes(self) -> list[Document]:
        """The same, each child of an array by itself."""
        found = []
        for job in self.submitted():
            size = job.get("arrayProperties", {}).get("size")
            found += [self.workspace.job(f"{job['jobId']}:{tile}") for tile in range(size)] if size else [job]
        return found

    def troubles(self) -> list[str]:
        """The jobs that did not succeed, and the last that they said."""
        found = [f"{self.workspace.execution(self.execution).get('cause')}"]
        for each in self.processes():
            if each["status"] == "FAILED":
                said = self.workspace.log(each)[-5:] if "logStreamName" in each["container"] else []
                found.append(f"{each['jobName']} {each['jobId']}: {each.get('statusReason')} {said}")
        return found

    @property
    def results(self) -> Results:
        """What it left in its store."""
        return results(self.plan, self.name, open_store(self.site["store"]["path"]), self.project.spec.parent)


def submit(
    workspace: Workspace, project: Project, *, spread: bool | frozenset[str] = False, **parameters: str
) -> Started:
    """Install a project's pipeline, and start a run.

    Args:
        workspace: where.
        project: the project.
        spread: whether every task gets a tile of its own, or the steps of which they do.
        parameters: of the run.
    """
    plan, site = plan_for(TARGET, project.spec, project.environment, spread=spread)
    return Started(workspace, project, plan, site, TARGET.submit(plan, (), site, parameters, None))


def come_due(workspace: Workspace, stack: str, schedule: str, at: str) -> str:
    """Do what a schedule of a stack is for, as at a time; the name of the run that it starts."""
    cloud = workspace.engine.client("cloudformation")
    [found] = cloud.describe_stack_resources(StackName=stack, LogicalResourceId=schedule)["StackResources"]
    arn: str = workspace.engine.open("come-due", schedule=found["PhysicalResourceId"], at=at)
    return arn.rpartition(":")[2]
