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


def test_a_run_that_failed_did_so_whoever_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(*_: object, **__: object) -> None:
        raise BrokenPipeError

    spec = tmp_path / "pipeline.yaml"
    spec.write_text("mlc: 1\nname: small\nsteps: {a: {use: functions:fail, outputs: {n: int}}}\n")
    (tmp_path / "functions.py").write_text("def fail():\n    raise ValueError\n")
    monkeypatch.setattr("mlc_compiler.cli.run.print", leave, raising=False)
    assert main(["run", str(spec)]) == 3


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


def test_a_failed_run_does_not_say_that_nothing_was_to_run(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["run", "pipeline.yaml", "--jobs", "1"])
    capsys.readouterr()
    assert main(["run", "pipeline.yaml", "--jobs", "1"]) == 3
    last = capsys.readouterr().out.splitlines()[-1]
    assert "nothing to run" not in last
    assert " failed, " in last


def test_a_function_that_cannot_take_the_call_is_told_apart_from_a_library_that_refuses(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "functions.py").write_text("def share(rows):\n    return 0.5\n")
    named = SPEC[: SPEC.index("    grid:\n      - C")]
    (project / "pipeline.yaml").write_text(f'{named}    metrics: ["functions:share"]\n')
    assert main(["run", "pipeline.yaml", "--jobs", "1"]) == 3
    assert "help: Python could not make the call: compare the parameters" in capsys.readouterr().err


def test_data_that_cannot_be_read_is_a_failed_run(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pipeline.yaml").write_text(
        """\
mlc: 1
name: timed
sources:
  points: {read: points.csv, columns: {x: int, seen: timestamp}, key: [x], time: seen}
features:
  it: {columns: [x]}
examples:
  all:
    from: points
    label: {from: points, join: [x], window: 0d..1d, value: count(*)}
    split: {by: time, test: 1d, validation: 1d}
training:
  t: {examples: all, features: [it], model: sklearn.linear_model.LinearRegression}
"""
    )
    assert main(["run", "pipeline.yaml"]) == 3
    assert "MLC911: `points.csv` has no column `seen`" in capsys.readouterr().err


def test_a_recomputed_run_says_what_the_comparison_came_to(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "pipeline.yaml", "--until", "points"]) == 0
    capsys.readouterr()
    assert main(["run", "pipeline.yaml", "--until", "points", "--recompute"]) == 0
    assert capsys.readouterr().out.endswith("recomputed: no result differs from the one that was stored\n")


def test_a_parameter_that_the_spec_lacks_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "pipeline.yaml", "--set", "x=3"]) == 2
    assert capsys.readouterr().err == "`--set x=3`: the spec has no parameter `x`; its parameters: none\n"


def test_what_cannot_be_prepared_is_told_with_its_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pipeline.yaml").write_text(
        """\
mlc: 1
name: small
sources:
  lost: {read: lost.csv, time: at, known: {"*": at, y: at + interval 1 day},
         columns: {x: float, y: float, at: timestamp}}
features: {f: {columns: [x]}}
examples: {e: {from: lost, at: at, label: y, split: {by: time, test: 9d}}}
training: {m: {examples: e, features: [f], model: sklearn.dummy.DummyRegressor}}
"""
    )
    assert main(["run", "pipeline.yaml"]) == 3
    assert "  at pipeline.yaml:4" in capsys.readouterr().err
    assert main(["runs", "list", "--format", "json"]) == 0
    assert [run["verdict"] for run in json.loads(capsys.readouterr().out)] == ["failed"]


def test_a_failure_below_another_command_names_that_command(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pipeline.yaml").write_text(
        SPEC
        + """\
serving: {answer: {model: mine, mode: online}}
experiments:
  better: {service: answer, unit: x, arms: {control: {share: 50%, model: named}, treatment: {share: 50%}},
           outcome: {metric: accuracy, better: higher}, detect: 5%}
"""
    )
    assert main(["experiment", "replay", "pipeline.yaml"]) == 3
    assert "  once mended: mlc experiment replay pipeline.yaml better\n" in capsys.readouterr().err
