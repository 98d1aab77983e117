"""Containers of the user's own, which Argo runs between what lays out their inputs and what commits their outputs."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.engines.argo.api import Document
from tests.engines.argo.engine import Engine
from tests.engines.argo.pipeline import PROJECTS, Pipeline, claim, compile_pipeline
from tests.engines.argo.workspace import Workspace, node, nodes, phase
from tests.engines.results import Results, results

from mlc_compiler.cli.main import main
from mlc_runtime.store.directory import DirectoryStore

PROJECT = PROJECTS / "containers"
SECRET = "{{=1+1}} $(HOME) 'quoted'"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    folder.chmod(0o777)
    return folder


@pytest.fixture(scope="module")
def namespace(make_workspace: Callable[[str], Workspace], store: Path) -> Workspace:
    workspace = make_workspace("containers")
    claim(workspace, "store", store)
    secret = {"metadata": {"name": "tokens"}, "data": {"crm": b64encode(SECRET.encode()).decode()}}
    workspace.apply({"apiVersion": "v1", "kind": "Secret", **secret})
    return workspace


def start(namespace: Workspace, spec: str) -> tuple[Pipeline, str]:
    pipeline = compile_pipeline(PROJECT / spec, PROJECT / "environment.yaml")
    pipeline.install(namespace)
    return pipeline, pipeline.start(namespace)


@pytest.fixture(scope="module")
def failing(namespace: Workspace) -> tuple[Pipeline, str]:
    return start(namespace, "failing.yaml")


@pytest.fixture(scope="module", autouse=True)
def elsewhere(namespace: Workspace) -> str:
    """A run in an image that holds the code of another project."""
    image = f"mlc/parts@sha256:{'0' * 64}"
    pipeline = compile_pipeline(PROJECT / "pipeline.yaml", PROJECT / "environment.yaml", image=image)
    pipeline.install(namespace)
    run = pipeline.start(namespace)
    namespace.wait(run, lambda workflow: workflow.get("status", {}).get("storedWorkflowTemplateSpec"))
    return run


@pytest.fixture(scope="module")
def first(namespace: Workspace, store: Path, failing: tuple[Pipeline, str]) -> tuple[Document, Results]:
    pipeline, run = start(namespace, "pipeline.yaml")
    return namespace.wait(run, seconds=400), results(pipeline.plan, run, DirectoryStore(store), PROJECT)


def containers(workflow: Document, task: str) -> list[Document]:
    return [each for each in nodes(workflow, "Pod") if each["displayName"].startswith(f"{task}-run(")]


def test_each_value_has_a_container_and_a_reader_does_without_one(first: tuple[Document, Results]) -> None:
    workflow, found = first
    assert phase(workflow) == "Succeeded", [(each["name"], each.get("message")) for each in nodes(workflow)]
    assert sorted(each["phase"] for each in containers(workflow, "each")) == ["Failed", "Succeeded", "Succeeded"]
    assert found.value("gather", "teams") == "alpha gamma"
    assert found.value("gather", "size") == 2 * len("$(HOME) $$")
    [failure] = found.summary["steps"]["each"]["failures"]
    assert (failure["coordinates"], failure["kind"]) == ({"team": "beta"}, "failed")


def test_arguments_and_secrets_arrive_as_they_are(first: tuple[Document, Results]) -> None:
    found = first[1]
    assert found.value("each", "word", team="alpha") == "{{=1+1}} $(HOME)"
    assert found.value("each", "digest", team="alpha") == hashlib.sha256(SECRET.encode()).hexdigest()
    assert found.value("each", "user", team="alpha") == 65532


def test_another_run_starts_only_what_has_no_result(
    first: tuple[Document, Results],
    namespace: Workspace,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pipeline = compile_pipeline(PROJECT / "pipeline.yaml", PROJECT / "environment.yaml")
    again = pipeline.start(namespace)
    workflow = namespace.wait(again, lambda workflow: any(each["phase"] == "Failed" for each in nodes(workflow)), 200)
    [beta] = containers(workflow, "each")
    assert "container: Error (exit code 3)" in beta["message"]
    monkeypatch.setenv("KUBECONFIG", str(engine.kubeconfig))
    monkeypatch.chdir(PROJECT)
    assert main(["logs", again, "each", "--env", "environment.yaml"]) == 0
    assert "beta it is" in capsys.readouterr().out


def test_an_image_with_other_code_is_told(
    elsewhere: str,
    namespace: Workspace,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert phase(namespace.wait(elsewhere, seconds=200)) == "Failed"
    monkeypatch.setenv("KUBECONFIG", str(engine.kubeconfig))
    monkeypatch.chdir(PROJECT)
    assert main(["status", elsewhere, "--env", "environment.yaml"]) == 3
    said = capsys.readouterr().out
    assert "MLC979: `functions.py` is not" in said


def test_a_failure_is_repeated_as_often_as_said(failing: tuple[Pipeline, str], namespace: Workspace) -> None:
    workflow = namespace.wait(failing[1], seconds=200)
    assert phase(workflow) == "Failed"
    assert len(containers(workflow, "broken")) == 2
    [empty] = containers(workflow, "empty")  # what it left is wrong, and would be so again
    assert empty["message"] == "main: Error (exit code 10): MLC972: `empty`: the container left no `n`"
    assert node(workflow, "broken")["phase"] == "Failed"
