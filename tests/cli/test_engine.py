"""Commands that need an engine, where there is none."""

import re
from pathlib import Path

import pytest

from mlc_compiler.cli.main import main

UNREACHABLE = {
    "argo": re.compile("no way to a cluster|needs the package `kubernetes`"),
    "stepfunctions": re.compile("AWS cannot be asked|needs the package `boto3`"),
}
"""What is said without a way there, and without the package."""
PENGUINS = Path(__file__).parents[2] / "examples" / "penguins"


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("target", UNREACHABLE)
@pytest.mark.parametrize("command", ["status", "logs", "stop", "resume"])
def test_no_engine_is_said(command: str, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "run-20260102-030405-0a1b", "--target", target]) == 4
    assert UNREACHABLE[target].search(capsys.readouterr().err)


@pytest.mark.parametrize("target", UNREACHABLE)
def test_nothing_is_submitted_to_no_engine(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    environment = str(PENGUINS / f"environment.{target}.yaml")
    assert main(["submit", str(PENGUINS / "pipeline.toml"), "--env", environment]) == 4
    assert UNREACHABLE[target].search(capsys.readouterr().err)


def test_which_engine_has_to_be_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "run-1"]) == 2
    assert capsys.readouterr().err == "name the target: --target argo | stepfunctions\n"


def test_a_run_that_mlc_did_not_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "run-1", "--target", "stepfunctions"]) == 2
    assert "`run-1` is no name of `mlc submit`'s" in capsys.readouterr().err


@pytest.mark.parametrize("target", UNREACHABLE)
def test_what_cannot_run_there_is_not_submitted(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["submit", str(PENGUINS / "pipeline.toml"), "--target", target]) == 1
    assert "MLC711" in capsys.readouterr().err


def test_parameters_are_the_spec_s(capsys: pytest.CaptureFixture[str]) -> None:
    spec = PENGUINS / "pipeline.toml"
    for given, wrong in (("depth=3", "the spec has no parameter `depth`"), ("depth", "write NAME=VALUE")):
        assert main(["submit", str(spec), "--set", given, "--target", "argo"]) == 2
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


def compiled(out: Path) -> int:
    environment = str(PENGUINS / "environment.argo.yaml")
    return main(
        ["compile", str(PENGUINS / "pipeline.toml"), "--env", environment, "--target", "argo", "--out", str(out)]
    )


def test_a_reader_that_leaves_gets_the_files_nevertheless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("mlc_compiler.cli.compile.print", leave, raising=False)
    monkeypatch.setattr("os.dup2", lambda *_: None)
    assert compiled(tmp_path / "out") == 0
    assert (tmp_path / "out" / "source-map.json").is_file()


def test_a_folder_that_cannot_be_made_is_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert compiled(tmp_path / "file" / "out") == 4
    assert capsys.readouterr().err == f"cannot write `{tmp_path}/file/out/kustomization.yaml`: Not a directory\n"


def test_what_cannot_be_located_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(name: str) -> str:
        assert main(["locate", f"{name}:3"]) == 2
        return capsys.readouterr().err

    assert said("none") == "there is no file `none`\n"
    (tmp_path / "lines").touch()
    assert "no `source-map.json` beside `lines`" in said("lines")
    (tmp_path / "source-map.json").write_text("{}")
    assert said("lines") == "the `source-map.json` beside `lines` cannot be read: it is damaged\n"
    (tmp_path / "source-map.json").write_text(
        '{"spec": "gone.yaml", "origins": [["name"]], "files": {"lines": [1, 9, 0]}}'
    )
    assert said("lines").startswith("cannot read `gone.yaml`")
