"""Committed files under review: stale ones are told, and a small change of the spec is a small change of them."""

import difflib
from pathlib import Path

import pytest

from mlc_compiler.cli.main import main

FLIGHTS = Path(__file__).parents[3] / "examples" / "flights"


def compiled(folder: Path, *edits: tuple[str, str], check: bool = False) -> dict[str, list[str]]:
    """The lines of the files that the flights compile to, after edits; the packed plan is none."""
    text = (FLIGHTS / "pipeline.yaml").read_text()
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    project = folder / "project"
    project.mkdir(exist_ok=True)
    (project / "pipeline.yaml").write_text(text)
    for name in ("environment.argo.yaml", "functions.py"):
        (project / name).write_bytes((FLIGHTS / name).read_bytes())
    out = folder / "out"
    arguments = ["compile", str(project / "pipeline.yaml"), "--env", str(project / "environment.argo.yaml")]
    code = main([*arguments, "--target", "argo", "--out", str(out), *(["--check"] if check else [])])
    assert code == (5 if check else 0)
    return {path.name: path.read_text().splitlines() for path in sorted(out.iterdir()) if path.suffix != ".bz2"}


def changed(before: list[str], after: list[str]) -> list[str]:
    return [line for line in difflib.ndiff(before, after) if line[0] in "-+"]


GRID = ("[0.03, 0.1, 0.3]", "[0.03, 0.1, 0.3, 0.5]")
SELECT = "    select: {maximize: roc_auc}\n"
WIND = "  wind: {from: weather, join: [origin], window: 1h, columns: {gust: max(wind_speed)}}\n"


@pytest.mark.parametrize(
    ("edits", "workflow"),
    [
        pytest.param([("name: flight-delays\n", "name: flight-delays  # late\n")], 0, id="a comment"),
        pytest.param([GRID], 6, id="a value of the grid"),
        pytest.param([(SELECT, SELECT.replace("maximize: roc_auc", "minimize: brier"))], 6, id="what is best"),
        pytest.param([(SELECT, SELECT + "    resources: {memory: 8Gi}\n")], 12, id="memory"),
        pytest.param(
            [("  queue: {columns", WIND + "  queue: {columns"), ("[sky, carrier,", "[sky, wind, carrier,")],
            24,
            id="a feature",
        ),
    ],
)
def test_a_small_change_of_the_spec_is_one_of_the_files(
    edits: list[tuple[str, str]], workflow: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = compiled(tmp_path)
    if workflow:
        stale = compiled(tmp_path, *edits, check=True)
        assert stale == before
        assert f"differs: {tmp_path / 'out' / 'workflow.yaml'}" in capsys.readouterr().err
    after = compiled(tmp_path, *edits)
    assert before.keys() == after.keys()
    lines = {name: len(changed(before[name], after[name])) for name in before}
    assert lines.pop("workflow.yaml") <= workflow
    # A server's pods are replaced where an answer may be another one, and only there.
    assert lines.pop("serving.yaml") == (4 if "wind" in str(edits) else 0)
    # The map of lines is one line, and the name of the packed plan changes with it.
    assert {name for name, count in lines.items() if count} <= {"source-map.json", "kustomization.yaml"}
