"""A schedule of a part of a pipeline: what it names runs by itself, with the live model of what it does not name."""

from __future__ import annotations

import time
from collections.abc import Callable

import pyarrow.parquet as pq
import pytest
from tests.engines.argo.api import Document
from tests.engines.argo.pipeline import PROJECTS, claim, compile_pipeline
from tests.engines.argo.workspace import Workspace, nodes, phase
from tests.engines.results import results

from mlc_containers.part import part
from mlc_local.target import TARGET as LOCAL
from mlc_runtime import registry
from mlc_runtime.parameters import instant
from mlc_runtime.store.directory import DirectoryStore

PROJECT = PROJECTS / "parts"


def test_a_part_runs_at_its_time_with_the_live_model(
    make_workspace: Callable[[str], Workspace], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("store")
    pipeline = compile_pipeline(PROJECT / "pipeline.yaml", PROJECT / "environment.yaml")
    LOCAL.run(pipeline.plan, root=PROJECT, environment={}, store_path=str(folder), until="line")
    store = DirectoryStore(folder)
    registry.promote(store, "line", 1, who="a test", when="2026-01-01T00:00:00+00:00")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o777)
    workspace = make_workspace("parts")
    claim(workspace, "store", folder)
    pipeline.install(workspace)
    workflow = first(workspace, "parts--scores")
    name = workflow["metadata"]["name"]
    workspace.api.patch(
        "/apis/argoproj.io/v1alpha1/namespaces/parts/cronworkflows/parts--scores", {"spec": {"suspend": True}}
    )
    ended = workspace.wait(name, seconds=250)
    assert phase(ended) == "Succeeded", failures(ended)
    assert not any(each["displayName"].startswith("line-") for each in nodes(ended, "Pod"))
    found = results(part(pipeline.plan, ["scores"]), name, store, PROJECT)
    assert found.value("scores.live", "entry")["version"] == 1
    told = ended["metadata"]["annotations"]["workflows.argoproj.io/scheduled-time"]
    assert found.run.bind["parameters"]["as_of"] == instant(told, "UTC")
    assert pq.read_table(folder / "scores.parquet").num_rows == 24


def failures(workflow: Document) -> list[tuple[str, str]]:
    return [(each["name"], each.get("message", "")) for each in nodes(workflow, "Pod") if each["phase"] == "Failed"]


def first(workspace: Workspace, schedule: str) -> Document:
    """The first run that a schedule starts."""
    path = f"/apis/argoproj.io/v1alpha1/namespaces/{workspace.namespace}/workflows"
    end = time.monotonic() + 90
    while time.monotonic() < end:
        found: list[Document] = workspace.api.get(
            path, labelSelector=f"workflows.argoproj.io/cron-workflow={schedule}"
        )["items"]
        if found:
            return found[0]
        time.sleep(0.5)
    raise TimeoutError(f"{schedule} has started nothing")
