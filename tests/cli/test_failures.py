"""What `mlc run` says of tasks that fail: once, at the line of the spec that is to blame, with the way to go on."""

import json
from pathlib import Path

import pytest

from mlc_compiler.cli.main import main

SPEC = """\
mlc: 1
name: small
sources:
  points: {read: points.csv, columns: {x: float, y: float, big: bool}}
features:
  both: {columns: [x, y]}
examples:
  all: {from: points, label: big, split: {by: random, test: 20%, folds: 2}}
training:
  named:
    examples: all
    features: [both]
    model: sklearn.linear_model.LogisticRegression
    grid:
      - C: [1.0,
            -1.0]
    select: {maximize: accuracy}
    tolerate: 50%
  mine:
    examples: all
    features: [both]
    model: functions:Mine
    grid: {depth: {from: 1, to: 4, step: 1}}
    select: {maximize: accuracy}
"""
FUNCTIONS = """\
from sklearn.dummy import DummyClassifier

class Mine(DummyClassifier):
    def __init__(self, depth=1):
        super().__init__()
        self.depth = depth

    def fit(self, frame, label):
        print("looking")
        raise RuntimeError(f"{self.depth} is no good")
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pipeline.yaml").write_text(SPEC)
    (tmp_path / "functions.py").write_text(FUNCTIONS)
    rows = "".join(f"{i % 7},{i % 5},{str(i % 3 == 0).lower()}\n" for i in range(60))
    (tmp_path / "points.csv").write_text("x,y,big\n" + rows)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_failures_that_are_alike_are_told_once_and_where_they_come_from(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "pipeline.yaml", "--jobs", "1"]) == 3
    told = capsys.readouterr().err
    assert told.count("failed: mine.fit") == 1
    assert "and 7 more alike: [$fold=0, depth=2], " in told
    assert told.index("in fit\n") < told.index("MLC960: RuntimeError: 1 is no good")
    assert "at pipeline.yaml:22\n  help: Your own code was at line 10 of `functions.py`." in told
    assert "it printed (all in " in told
    assert "once mended: mlc run pipeline.yaml --until mine.fit" in told
    assert "The 'C' parameter of LogisticRegression" in told
    assert "at pipeline.yaml:16\n" in told, "the value in the grid, not the model"
    shown = capsys_of(["runs", "list", "--format", "json"], capsys)
    run = json.loads(shown)[0]
    assert (run["verdict"], list(run["metrics"])) == ("failed", ["named"])
    text = capsys_of(["runs", "show", run["run"]], capsys)
    assert "failed    mine.fit [$fold=0, depth=1] and 7 more alike\n          MLC960: RuntimeError" in text
    assert "at training.mine.model" in text
    assert "60 rows" in text, "what was found is told again"


def capsys_of(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out
