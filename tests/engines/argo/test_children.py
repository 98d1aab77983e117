"""A run whose steps are divided among child workflows: begun, followed, stopped and done as any other."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.engines.argo.engine import Engine
from tests.engines.argo.pipeline import PROJECTS, claim, compile_pipeline
from tests.engines.argo.workspace import Workspace
from tests.engines.results import Results, results

from mlc_compiler.cli.main import main
from mlc_runtime.store.directory import DirectoryStore

PROJECT = PROJECTS / "children"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    folder.chmod(0o777)
    return folder


def test_children_are_begun_followed_stopped_and_done(
    make_workspace: Callable[[str], Workspace],
    engine: Engine,
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    claim(make_workspace("children"), "store", store)
    monkeypatch.setenv("KUBECONFIG", str(engine.kubeconfig))
    monkeypatch.chdir(PROJECT)

    def mlc(*arguments: str) -> tuple[int, str]:
        code = main(list(arguments))
        said = capsys.readouterr()
        return code, said.out + (said.err if code else "")

    code, said = mlc("submit", "pipeline.yaml", "--set", "seconds=600")
    assert code == 0, said
    stopped = said.strip()
    end = time.monotonic() + 250
    while "waits: Running" not in mlc("status", stopped)[1]:
        assert time.monotonic() < end, mlc("status", stopped)
        time.sleep(2)
    assert mlc("stop", stopped)[0] == 0
    code, said = mlc("status", stopped, "--follow")
    assert (code, "a: Succeeded" in said, "waits: Running" in said) == (3, True, True), said
    code, said = mlc("submit", "pipeline.yaml")
    run = said.strip()
    code, said = mlc("status", run, "--follow")
    assert (code, "b: Succeeded" in said) == (0, True), said
    code, said = mlc("logs", run, "waits")
    assert code == 0, said
    found = of(run, store)
    assert (found.value("sum", "n"), found.value("last", "status")) == (6, "done")
    assert found.summary["verdict"] == "done"
    assert of(stopped, store).value("last", "status") == "failed"


def of(run: str, store: Path) -> Results:
    plan = compile_pipeline(PROJECT / "pipeline.yaml", PROJECT / "environment.yaml").plan
    return results(plan, run, DirectoryStore(store), PROJECT)
