"""The rows of a state machine lead back to the lines of the spec."""

from pathlib import Path

import pytest

from mlc_compiler.cli.main import main

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/environment.stepfunctions.yaml"))


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
