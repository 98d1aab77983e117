"""The examples and the project of `mlc init`, run as a user runs them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mlc_compiler.cli.main import main

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


@pytest.fixture
def project(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    folder = tmp_path / request.param
    shutil.copytree(
        EXAMPLES / request.param, folder, ignore=shutil.ignore_patterns(".mlc", "predictions", "__pycache__")
    )
    return folder


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["run", *arguments, "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def count(result: dict[str, Any], status: str) -> int:
    return sum(step[status] for step in result["steps"])


def metrics(capsys: pytest.CaptureFixture[str], spec: Path, model: str) -> dict[str, float]:
    capsys.readouterr()
    assert main(["models", "show", model, "--spec", str(spec), "--format", "json"]) == 0
    versions = json.loads(capsys.readouterr().out)["versions"]
    found: dict[str, float] = versions[-1]["metrics"]["test"]["metrics"]
    return found


@pytest.mark.parametrize("project", ["penguins"], indirect=True)
def test_penguins(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = str(project / "pipeline.toml")
    first = ran(capsys, spec)
    assert (first["verdict"], count(first, "failed"), count(first, "missing")) == ("done", 0, 0)
    assert count(first, "done") > 100
    tasks = sum(step["tasks"] for step in first["steps"])
    second = ran(capsys, spec)
    assert (count(second, "done"), count(second, "stored")) == (0, tasks)
    assert metrics(capsys, project / "pipeline.toml", "species")["accuracy"] > 0.95
    assert main(["run", spec]) == 0
    text = capsys.readouterr().out
    assert "344 rows" in text
    assert "nothing to run" in text


@pytest.mark.parametrize("project", ["penguins"], indirect=True)
def test_a_changed_setting_runs_only_what_depends_on_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = project / "pipeline.toml"
    ran(capsys, str(spec))
    text = spec.read_text()
    assert "max_iter = 2000" in text
    spec.write_text(text.replace("max_iter = 2000", "max_iter = 2001"))
    steps = {step["name"]: step["done"] for step in ran(capsys, str(spec))["steps"]}
    assert steps["species.fit"] == 50
    assert steps["sources.penguins"] == steps["species.rows"] == steps["by_island.fit"] == 0


@pytest.mark.parametrize("form", ["pipeline.yaml", "pipeline.toml"])
def test_the_project_of_init_runs_at_once(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path), *(["--toml"] if form.endswith("toml") else [])]) == 0
    assert ran(capsys, str(tmp_path / form))["verdict"] == "done"


@pytest.mark.parametrize("project", ["flights"], indirect=True)
def test_flights(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole example: honest metrics, predictions written, nothing to do a second time."""
    spec = project / "pipeline.yaml"
    first = ran(capsys, str(spec))
    assert (first["verdict"], count(first, "failed"), count(first, "missing")) == ("done", 0, 0)
    late, baseline = metrics(capsys, spec, "late"), metrics(capsys, spec, "baseline")
    assert late["roc_auc"] > baseline["roc_auc"] + 0.1
    # A leak would show: nobody knows a flight's delay that well an hour before it leaves.
    assert late["roc_auc"] < 0.8
    assert (project / "predictions" / "late.parquet").stat().st_size > 0
    assert count(ran(capsys, str(spec)), "done") == 0
