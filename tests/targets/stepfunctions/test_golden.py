"""What the examples compile to stands beside them."""

from pathlib import Path

import pytest

from mlc_compiler.cli.main import main

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/environment.stepfunctions.yaml"))


def arguments(example: Path, out: Path, *more: str) -> list[str]:
    spec = next(path for path in example.glob("pipeline.*") if path.suffix in (".yaml", ".toml"))
    environment = example / "environment.stepfunctions.yaml"
    return ["compile", str(spec), "--target", "stepfunctions", "--env", str(environment), "--out", str(out), *more]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_examples(example: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    beside = example / "stepfunctions"
    if request.config.getoption("--update"):
        assert main(arguments(example, beside)) == 0
    assert main(arguments(example, beside, "--check")) == 0
    assert main(arguments(example, tmp_path)) == 0
    assert {path.name for path in beside.iterdir()} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_every_step_is_traced_to_the_spec(
    example: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(example)
    definition = "stepfunctions/state-machine.asl.json"
    lines = Path(definition).read_text().splitlines()
    spec = next(path for path in Path().glob("pipeline.*"))
    rows = [number for number, line in enumerate(lines, 1) if '{"step": ' in line and '"mlc-' not in line]
    assert len(rows) > 10
    for number in rows:
        assert main(["locate", f"{definition}:{number}"]) == 0
        file, line, entry = capsys.readouterr().out.strip().split(":")
        assert file == spec.name
        assert entry.rpartition(".")[2].strip() in spec.read_text().splitlines()[int(line) - 1]
    assert main(["locate", f"{definition}:1"]) == 5
