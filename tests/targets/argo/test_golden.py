"""What the examples compile to stands beside them."""

from pathlib import Path

import pytest

from mlc_compiler.cli.main import main

EXAMPLES = sorted(path.parent for path in (Path(__file__).parents[3] / "examples").glob("*/environment.argo.yaml"))


def arguments(example: Path, out: Path, *more: str) -> list[str]:
    spec = next(path for path in example.glob("pipeline.*") if path.suffix in (".yaml", ".toml"))
    environment = example / "environment.argo.yaml"
    return ["compile", str(spec), "--target", "argo", "--env", str(environment), "--out", str(out), *more]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_examples(example: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    beside = example / "argo"
    if request.config.getoption("--update"):
        assert main(arguments(example, beside)) == 0
    assert main(arguments(example, beside, "--check")) == 0
    assert main(arguments(example, tmp_path)) == 0
    assert {path.name for path in beside.iterdir()} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_every_task_is_traced_to_the_spec(
    example: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(example)
    lines = Path("argo/workflow.yaml").read_text().splitlines()
    named = [number for number, line in enumerate(lines, 1) if "name: species-fit" in line or "name: late-fit" in line]
    spec = next(path for path in Path().glob("pipeline.*"))
    for number in named:
        assert main(["locate", f"argo/workflow.yaml:{number}"]) == 0
        file, line, entry = capsys.readouterr().out.strip().split(":")
        assert (file, entry.split(".")[0].strip()) == (spec.name, "training")
        assert entry.rpartition(".")[2] in spec.read_text().splitlines()[int(line) - 1]
    assert main(["locate", "argo/workflow.yaml:1"]) == 5
    assert main(["locate", "argo/none"]) == 2
    assert main(["locate", f"{spec}:3"]) == 2
