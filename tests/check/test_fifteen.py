"""Fifteen different mistakes in one spec: all of them are reported, in YAML and in TOML."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlc_compiler.cli.main import main

FIFTEEN = Path(__file__).parent / "fifteen"
MISTAKES = {
    "MLC108": ["Europe/Viena"],
    "MLC112": ["integer"],
    "MLC201": ["wether", "tody"],
    "MLC307": ["weigth", "simple.test.auc"],
    "MLC310": ["depot"],
    "MLC411": ["late"],
    "MLC430": ["1h..3h"],
    "MLC450": ["1d"],
    "MLC507": ["rmse"],
    "MLC508": ["maximize"],
    "MLC512": ["max_iters"],
    "MLC520": ["gap.strategy"],
    "MLC617": ["14d"],
}
"""By code, the texts that are wrong."""


@pytest.fixture(params=["yaml", "toml"])
def reported(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> tuple[str, int, list[dict[str, Any]]]:
    path = FIFTEEN / f"pipeline.{request.param}"
    code = main(["validate", str(path), "--format", "json"])
    return path.read_text(encoding="utf-8"), code, json.loads(capsys.readouterr().out)


def test_all_are_reported(reported: tuple[str, int, list[dict[str, Any]]]) -> None:
    text, code, report = reported
    assert code == 1
    lines = text.splitlines()
    found: dict[str, list[str]] = {}
    for diagnostic in report:
        assert diagnostic["line"] == diagnostic["endLine"]
        marked = lines[diagnostic["line"] - 1][diagnostic["column"] - 1 : diagnostic["endColumn"] - 1]
        found.setdefault(diagnostic["code"], []).append(marked.strip("'\""))
    assert {code: sorted(texts) for code, texts in found.items()} == {c: sorted(t) for c, t in MISTAKES.items()}


def test_each_says_where_and_how_to_mend_it(reported: tuple[str, int, list[dict[str, Any]]]) -> None:
    _, _, report = reported
    assert len(report) == 15
    for diagnostic in report:
        assert diagnostic["severity"] == "error"
        assert diagnostic["file"].endswith(("pipeline.yaml", "pipeline.toml"))
        assert diagnostic["help"]
