"""Commands that need an engine, where there is none."""

import re
from pathlib import Path

import pytest

from mlc_compiler.cli.main import main

UNREACHABLE = re.compile("no way to a cluster|needs the package `kubernetes`")
"""What is said without a kubeconfig, and without the extra `argo`."""
PENGUINS = Path(__file__).parents[2] / "examples" / "penguins"


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", ["status", "logs", "stop", "resume"])
def test_no_cluster_is_said(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "run-1"]) == 4
    assert UNREACHABLE.search(capsys.readouterr().err)


def test_nothing_is_submitted_to_no_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    environment = str(PENGUINS / "environment.argo.yaml")
    assert main(["submit", str(PENGUINS / "pipeline.toml"), "--env", environment]) == 4
    assert UNREACHABLE.search(capsys.readouterr().err)


def test_what_cannot_run_there_is_not_submitted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["submit", str(PENGUINS / "pipeline.toml")]) == 1
    assert "MLC711" in capsys.readouterr().err


def test_parameters_are_the_spec_s(capsys: pytest.CaptureFixture[str]) -> None:
    spec = PENGUINS / "pipeline.toml"
    for given, wrong in (("depth=3", "the spec has no parameter `depth`"), ("depth", "write NAME=VALUE")):
        assert main(["submit", str(spec), "--set", given]) == 2
        assert wrong in capsys.readouterr().err


def test_a_target_without_an_engine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "run-1", "--target", "local"]) == 2
    assert "no engine" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--certificate"], ["--check"]])
def test_compiling_for_a_target(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment = str(PENGUINS / "environment.argo.yaml")
    command = ["compile", str(PENGUINS / "pipeline.toml"), "--env", environment, "--target", "argo", "--out"]
    assert main([*command, str(tmp_path / "out"), *arguments]) == (5 if "--check" in arguments else 0)
    if "--certificate" in arguments:
        assert "MAX_WORKFLOW_SIZE" in capsys.readouterr().out


def test_a_target_s_limits_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["targets", "argo"]) == 0
    said = capsys.readouterr().out
    assert "nodes of a workflow" in said
    assert "tolerated failure" in said
