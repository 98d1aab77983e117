"""`mlc show`: what steps gave, on the screen and in files, without running anybody's code."""

import json
import pickle
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest

from mlc_compiler.cli.main import main

SPEC = """\
mlc: 1
name: small
sources:
  points: {read: points.csv, columns: {team: string, x: float, big: bool, note: string}}
examples:
  all: {from: points, label: big, split: {by: random, test: 20%, validation: 20%}}
features:
  own: {columns: [x]}
training:
  guess: {examples: all, features: [own], each: team, model: sklearn.dummy.DummyClassifier, metrics: [accuracy]}
steps:
  count: {use: "functions:count", inputs: {rows: sources.points}, outputs: {rows: int, listed: file}}
"""
FUNCTIONS = """\
from pathlib import Path

def count(rows):
    listed = Path(__file__).with_name("listed.txt")
    listed.write_text("one line")
    return {"rows": len(rows), "listed": str(listed)}
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline that has run."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "pipeline.yaml").write_text(SPEC)
    (folder / "functions.py").write_text(FUNCTIONS)
    lines = (f"{'ab'[i % 2]},{i},{str(i % 3 == 0).lower()},{'long ' * 20}\n" for i in range(60))
    (folder / "points.csv").write_text("team,x,big,note\n" + "".join(lines))
    assert main(["run", str(folder / "pipeline.yaml"), "-O0"]) == 0
    return folder / "pipeline.yaml"


@pytest.fixture
def show(spec: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the command prints, as it ends well; it unpickles nothing."""

    def shown(*arguments: str) -> str:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(pickle, "loads", lambda _: pytest.fail("a model is loaded"))
            assert main(["show", str(spec), *arguments]) == 0
        return capsys.readouterr().out

    return shown


def test_steps_are_listed(show: Any) -> None:
    head, *lines = show().splitlines()
    assert head.split() == ["step", "tasks", "outputs"]
    assert ["guess.fit", "2", "model"] in [line.split() for line in lines]
    assert {step["step"]: step["tasks"] for step in json.loads(show("--format", "json"))}["guess.fit"] == 2


def test_the_head_of_a_table(show: Any) -> None:
    assert show("points", "--rows", "2").splitlines() == [
        "sources.points.table",
        "big    note                              team    x",
        "true   long long long long long long...  a     0.0",
        "false  long long long long long long...  b     1.0",
        "2 of 60 rows",
        "other outputs: report",
    ]
    assert "60 of 60 rows" in show("points", "--rows", "100")


@pytest.mark.parametrize(
    ("ending", "read"),
    [
        ("parquet", pyarrow.parquet.read_table),
        ("csv", pyarrow.csv.read_csv),
        ("arrow", pyarrow.feather.read_table),
    ],
)
def test_a_table_is_written_whole(ending: str, read: Any, show: Any, tmp_path: Path) -> None:
    out = tmp_path / f"points.{ending}"
    assert f"written to {out}" in show("sources.points", "--rows", "1", "--out", str(out))
    assert read(out)["x"].to_pylist() == list(range(60))


def test_a_model_is_copied_and_loads(show: Any, tmp_path: Path) -> None:
    out = tmp_path / "b.pkl"
    said = show("guess.fit", "--at", "team=b", "--out", str(out))
    assert said.startswith("guess.fit.model, team=b, fold=0\na model of ")
    with out.open("rb") as file:
        assert type(pickle.load(file).estimator).__name__ == "DummyClassifier"
    assert "team=a, fold=0 (the first of 2 tasks; `--at` chooses)" in show("guess.fit")


def test_values_and_files(show: Any, tmp_path: Path) -> None:
    assert show("count", "--port", "rows").splitlines()[:2] == ["count.rows", "60"]
    show("count", "--port", "rows", "--out", str(tmp_path / "rows.json"))
    assert json.loads((tmp_path / "rows.json").read_text()) == 60
    show("count", "--port", "listed", "--out", str(tmp_path / "any"))
    assert (tmp_path / "any").read_text() == "one line"
    assert json.loads(show("guess.score", "--at", "team=a", "--format", "json"))["value"]["rows"] > 0


def test_where_nothing_can_be_written(spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "nowhere" / "points.csv")
    assert main(["show", str(spec), "points", "--out", out]) == 4
    assert capsys.readouterr().err == f"`{out}` cannot be written: No such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["guess"], "MLC965: the run has no step `guess`. It has: guess.rows, "),
        (["poinst"], "MLC965: the run has no step `poinst`. It has: "),
        (["points", "--port", "rows"], "MLC965: `sources.points` has no output `rows`. It has: report, table."),
        (["guess.fit", "--at", "tea=a"], "MLC965: `guess.fit` has no coordinate `tea`. It has: team"),
        (["guess.fit", "--at", "team=c"], "MLC965: `guess.fit` has no such task."),
        (["points", "--out", "points.xlsx"], "MLC965: `points.xlsx` is no name for a table. It may end in .parquet, "),
        (["points", "--run", "9"], "MLC966: there is no run `9` of `small`."),
    ],
)
def test_what_is_not_there(arguments: list[str], message: str, spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(spec), *arguments]) == 2
    assert capsys.readouterr().err.startswith(message)


def test_before_any_run_and_after_a_loss(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pipeline.yaml").write_text("mlc: 1\nname: t\nsources: {s: {read: s.csv, columns: {a: int}}}\n")
    (tmp_path / "s.csv").write_text("a\n1\n")
    assert main(["show", str(tmp_path), "s"]) == 2
    assert capsys.readouterr().err == "MLC966: there is no run of `t`. `mlc run` makes one.\n"
    assert main(["run", str(tmp_path / "pipeline.yaml")]) == 0
    for blob in (tmp_path / ".mlc" / "blob").rglob("*"):
        if blob.is_file():
            blob.unlink()
    capsys.readouterr()
    assert main(["show", str(tmp_path), "s"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("MLC955: the result of `sources.s` is not stored.")
    assert told.endswith(": look at what reads it, `sources.s.checks`.\n")
