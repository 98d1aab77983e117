"""The engine, started once; a namespace with all workflows of `workflows` on their way."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import pytest
from tests.engines.argo.api import read_documents
from tests.engines.argo.engine import OBJECTS, Engine
from tests.engines.argo.engine import engine as run_engine
from tests.engines.argo.pipeline import PROJECT_FOLDERS
from tests.engines.argo.workspace import WORKFLOWS, Workspace
from tests.engines.image import build, step_image

from mlc_containers.site import PROJECT

RUNNING = pytest.StashKey[Engine]()


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    build()
    images = {f"mlc/{folder.name}@sha256:{'0' * 64}": step_image(folder, PROJECT) for folder in PROJECT_FOLDERS}
    with run_engine(images) as running:
        request.config.stash[RUNNING] = running
        yield running


@pytest.fixture(scope="session")
def make_workspace(engine: Engine) -> Callable[[str], Workspace]:
    """Makes a namespace in which workflows can run."""

    def make(name: str) -> Workspace:
        engine.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        workspace = Workspace(engine.api, name)
        for document in read_documents(OBJECTS / "executor.yaml"):
            for subject in document.get("subjects", []):
                subject["namespace"] = name
            workspace.apply(document)
        return workspace

    return make


@pytest.fixture(scope="session")
def basics(make_workspace: Callable[[str], Workspace]) -> Workspace:
    """A namespace in which all workflows of the folder have been submitted together."""
    workspace = make_workspace("basics")
    for document in read_documents(*sorted(WORKFLOWS.glob("*.yaml"))):
        workspace.submit(document)
    return workspace


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows what the engine said."""
    report = yield
    running = item.config.stash.get(RUNNING, None)
    if report.failed and running:
        report.sections.append(("engine", running.logs()))
    return report
