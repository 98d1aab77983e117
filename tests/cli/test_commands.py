"""The command line: what goes where, and with which exit code."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlc_compiler.cli.main import COMMANDS, main
from mlc_compiler.version import __version__
from mlc_runtime import registry
from mlc_runtime.store.directory import DirectoryStore

ROOT = Path(__file__).parent.parent.parent
PENGUINS = ROOT / "examples" / "penguins" / "pipeline.toml"

GOOD = """\
mlc: 1
name: small
sources:
  orders: {read: orders.csv, columns: {id: int, amount: float, at: timestamp}, key: [id], time: at}
"""
BAD = GOOD.replace("key: [id]", "key: [ident]")


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    return path


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"mlc {__version__}\n"


def test_version_imports_no_library() -> None:
    code = (
        "import json, sys, mlc_compiler.cli.main; print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    loaded = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    assert not {"pydantic", "yaml", "sqlglot", "duckdb", "pyarrow", "numpy"} & set(json.loads(loaded.stdout))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert f"mlc {command}" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["validate"], ["validate", "--format", "xml", "a.yaml"]])
def test_a_wrong_command_line_is_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2


def test_a_good_spec_is_0_and_says_so(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(good)]) == 0
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("1 file checked: no errors\n", "")


def test_a_wrong_spec_is_1_and_reported_on_standard_error(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(bad)]) == 1
    seen = capsys.readouterr()
    assert seen.out == ""
    assert "error[MLC204]" in seen.err
    assert f"{bad}:4:" in seen.err


def test_findings_for_programs_go_to_standard_output(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(bad), "--format", "json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)
    assert (finding["code"], finding["line"], finding["severity"]) == ("MLC204", 4, "error")
    assert main(["validate", str(bad), "--format", "github"]) == 1
    assert capsys.readouterr().out.startswith("::error file=")


def test_a_folder_is_searched_for_specs(good: Path, bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (good.parent / "other.yaml").write_text("services: {web: {image: nginx}}\n")
    assert main(["validate", str(good.parent)]) == 1
    assert "1 error in 1 file" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(tmp_path / "none.yaml")]) == 1
    assert "MLC001" in capsys.readouterr().err


def test_a_closed_pipe_is_no_error(good: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = f"{sys.executable} -m mlc_compiler graph {PENGUINS} | head -1"
    ran = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


class Gone(io.StringIO):
    """A pipe whose reader left."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_leaves_does_not_make_a_wrong_spec_right(bad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", Gone())
    assert main(["validate", str(bad)]) == 1


@pytest.mark.parametrize(
    ("streams", "code", "said"),
    [(">/dev/full", 4, "cannot write: No space left on device\n"), (">&- 2>&-", 0, "")],
    ids=["full", "closed"],
)
def test_output_that_has_nowhere_to_go(streams: str, code: int, said: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = f"{sys.executable} -m mlc_compiler explain MLC301 {streams}"
    ran = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (code, said)


def test_fmt_changes_once_and_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "untidy.yaml"
    path.write_text("name: small   # why\nmlc: 1\n")
    assert main(["fmt", "--check", str(path)]) == 5
    assert main(["fmt", str(path)]) == 0
    assert path.read_text().startswith("mlc: 1\nname: small")
    assert "# why" in path.read_text()
    assert main(["fmt", "--check", str(path)]) == 0
    capsys.readouterr()


def test_the_examples_are_in_canonical_form(capsys: pytest.CaptureFixture[str]) -> None:
    examples = PENGUINS.parent.parent
    specs = [*examples.glob("*/pipeline.*"), *examples.glob("*/environment*")]
    assert len(specs) >= 5
    assert main(["fmt", "--check", *map(str, specs)]) == 0, capsys.readouterr().err


def test_fmt_leaves_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("a: [1\n")
    assert main(["fmt", str(path)]) == 1
    assert path.read_text() == "a: [1\n"
    assert "MLC006" in capsys.readouterr().err


def test_the_schemas_in_the_repository_are_fresh() -> None:
    assert main(["schema", "--check", "--out", str(ROOT / "schemas")]) == 0


def test_stale_schemas_are_5(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--out", str(tmp_path)]) == 0
    name = next(tmp_path.iterdir())
    name.write_text("{}")
    assert main(["schema", "--check", "--out", str(tmp_path)]) == 5
    assert name.name in capsys.readouterr().err


def test_a_code_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "mlc301"]) == 0
    assert "## Why" in capsys.readouterr().out
    assert main(["explain", "MLC000"]) == 2
    assert main(["explain", "nothing"]) == 2


def test_init_writes_a_sound_project_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for flag, name in (([], "pipeline.yaml"), (["--toml"], "pipeline.toml")):
        folder = tmp_path / name
        assert main(["init", str(folder), *flag]) == 0
        assert main(["validate", str(folder)]) == 0
        assert main(["fmt", "--check", str(folder / name), str(folder / "environment.yaml")]) == 0
        assert {path.name for path in folder.glob("pipeline.*")} == {name}
        assert main(["init", str(folder), *flag]) == 2
        assert "exist" in capsys.readouterr().err


def test_compile_writes_the_plan_and_checks_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", str(PENGUINS), "--out", str(tmp_path)]) == 0
    plan = tmp_path / "plan.json"
    assert json.loads(plan.read_text())["mlc_plan"] == 1
    assert main(["compile", str(PENGUINS), "--out", str(tmp_path), "--check"]) == 0
    plan.write_text("{}")
    assert main(["compile", str(PENGUINS), "--out", str(tmp_path), "--check"]) == 5
    assert main(["compile", str(PENGUINS), "--target", "lokal"]) == 2
    assert "did you mean `local`?" in capsys.readouterr().err


def test_a_wrong_spec_does_not_compile(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", str(bad)]) == 1
    assert "MLC204" in capsys.readouterr().err


def test_targets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["targets"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["argo", "local", "stepfunctions"]
    assert main(["targets", "--format", "json"]) == 0
    assert [target["name"] for target in json.loads(capsys.readouterr().out)] == ["argo", "local", "stepfunctions"]


def test_a_folder_of_other_files_has_no_specs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pyproject.toml").write_text('[project.scripts]\nmlc = "mlc_compiler.cli.main:main"\n')
    assert main(["validate", str(tmp_path)]) == 2
    assert "no specs" in capsys.readouterr().err


def test_where_nothing_ran_the_store_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "list", "--store", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"no runs in {tmp_path}; `--spec SPEC` names the project of a spec\n"
    assert main(["runs", "list", "spec.yaml"]) == 2
    assert main(["models", "list", "spec.yaml"]) == 2


@pytest.mark.parametrize(
    "option", [["--jobs", "0"], ["--set", "nothing"], ["--until", "nobody"], ["--as-of", "yesterday"]], ids=" ".join
)
def test_a_wrong_option_of_run_is_2(option: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path)]) == 0
    try:
        code = main(["run", str(tmp_path), *option])
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    assert code == 2
    assert option[1] in capsys.readouterr().err


def imported(*arguments: str | Path) -> set[str]:
    """The modules that a command imports."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-X", "importtime", "-m", "mlc_compiler", *arguments]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}


def test_validate_imports_no_stage_behind_checking() -> None:
    found = imported("validate", PENGUINS)
    assert "mlc_compiler.check.check" in found
    behind = ("graph", "passes", "plan", "target", "explain", "draw")
    assert [name for name in sorted(found) if name.startswith(tuple(f"mlc_compiler.{stage}" for stage in behind))] == []


@pytest.mark.parametrize("target", ["argo", "stepfunctions"])
def test_compiling_imports_no_client_and_no_other_target(target: str, tmp_path: Path) -> None:
    environment = PENGUINS.parent / f"environment.{target}.yaml"
    found = imported("compile", PENGUINS, "--target", target, "--env", environment, "--out", tmp_path)
    assert f"mlc_{target}.environment" in found
    others = {"mlc_local", "mlc_argo", "mlc_stepfunctions"} - {f"mlc_{target}"}
    clients = [f"mlc_{target}.{module}" for module in ("engine", "cluster", "cloud", "follow", "stack")]
    libraries = ("kubernetes", "urllib3", "boto3", "botocore", "duckdb", "pyarrow", "pandas", "numpy", "sklearn")
    assert [name for name in sorted(found) if name.startswith((*others, *clients, *libraries))] == []


def test_a_model_is_shown_in_columns_with_its_logical_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    registry.register(
        DirectoryStore(tmp_path),
        "m",
        "key",
        "model",
        who="me",
        when="2024-05-01T00:00:00+00:00",
        run="r",
        metrics={"validation": {"metrics": {"brier": 0.25}, "rows": 7}},
        origin={},
        as_of=1_700_000_000_000_000,
    )
    assert main(["models", "show", "m", "--store", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  as of      2023-11-14T22:13:20+00:00" in lines
    assert "  validation brier 0.25 (7 rows)" in lines
    assert not any(line.startswith("  origin") for line in lines), "what is empty is not said"


def test_models_tell_what_a_gate_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = DirectoryStore(tmp_path)
    noted = {"who": "ada", "when": "2024-05-01T00:00:00+00:00", "run": "r", "metrics": {}, "origin": {}}
    for key in ("one", "two"):
        registry.register(store, "m", key, {}, **noted)
    read = {"m.test.brier": 0.3, "m.live.test.p_worse": None}
    registry.judge(store, "m", registry.Verdict(2, False, "m.test.brier < 0.2", read, "r"))
    assert main(["models", "promote", "m@1", "--store", str(tmp_path)]) == 0
    assert capsys.readouterr().err == ""
    assert main(["models", "promote", "m@2", "--store", str(tmp_path)]) == 0
    told = "m.test.brier < 0.2 (m.test.brier = 0.3, m.live.test.p_worse = none)"
    assert capsys.readouterr() == ("live: m@2\n", f"m@2 did not pass its gate: {told}\n")
    assert main(["models", "show", "m@2", "--store", str(tmp_path)]) == 0
    assert f"  gate       no: {told}" in capsys.readouterr().out.splitlines()
    assert main(["models", "show", "m", "--store", str(tmp_path), "--format", "json"]) == 0
    assert [gate["version"] for gate in json.loads(capsys.readouterr().out)["gates"]] == [2]
