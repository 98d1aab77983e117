"""The lines of a workflow lead back to those of the spec."""

from pathlib import Path

import pytest

from mlc_compiler.cli.main import main

EXAMPLES = sorted(path.parent for path in (Path(__file__).parents[3] / "examples").glob("*/environment.argo.yaml"))


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
