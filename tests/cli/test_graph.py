"""`mlc graph`: forms, files and the comparison."""

import json
from pathlib import Path

import pytest

from mlc_compiler.cli.main import main
from mlc_compiler.graph.text import parse

PENGUINS = str(Path(__file__).parents[2] / "examples" / "penguins")


def test_lines_for_people_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", PENGUINS]) == 0
    seen = capsys.readouterr().out
    assert seen.startswith("penguin-species (-O2): ")
    assert "\ntraining species\n" in seen


def test_text_parses_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", PENGUINS, "--format", "text"]) == 0
    assert "species.fit" in parse(capsys.readouterr().out).step


@pytest.mark.parametrize(
    ("name", "start"),
    [("g.svg", "<svg"), ("g.html", "<!doctype html>"), ("g.mmd", "flowchart"), ("g.dot", "digraph"), ("g.txt", "sour")],
)
def test_a_file_is_written_in_the_form_of_its_ending(
    name: str, start: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deep" / name
    assert main(["graph", PENGUINS, "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert out.read_text(encoding="utf-8").startswith(start)


def test_a_form_that_is_named_wins_over_the_ending(tmp_path: Path) -> None:
    assert main(["graph", PENGUINS, "--out", str(tmp_path / "g.svg"), "--format", "json"]) == 0
    (found,) = json.loads((tmp_path / "g.svg").read_text())
    assert found["title"] == "penguin-species"


def test_an_ending_of_no_form_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", PENGUINS, "--out", str(tmp_path / "g.png")]) == 2
    assert "end it in .txt, .svg, " in capsys.readouterr().err
    assert not (tmp_path / "g.png").exists()


def test_both_graphs_are_drawn_to_compare(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", PENGUINS, "--compare", "--format", "json"]) == 0
    before, after = json.loads(capsys.readouterr().out)
    assert (before["note"], after["note"]) == ("-O0, as written", "-O2, optimised")
    assert len(before["boxes"]) >= len(after["boxes"])


def test_where_nothing_can_be_written_is_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["graph", PENGUINS, "--out", str(tmp_path / "file" / "g.svg")]) == 4
    assert "cannot write" in capsys.readouterr().err
