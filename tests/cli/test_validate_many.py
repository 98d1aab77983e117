"""Many specs in one call: the same findings as one by one, whoever checks them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from mlc_compiler.cli import batch
from mlc_compiler.cli.main import main

SPEC = """\
mlc: 1
name: s{number}
sources:
  orders:
    read: {{connection: {connection}, table: orders}}
    columns: {{id: int, amount: float, paid: float}}
    key: [{key}]
features: {{order: {{columns: [amount]}}}}
examples: {{rows: {{from: orders, label: paid, split: {{by: random, test: 20%}}}}}}
training: {{t{number}: {{examples: rows, features: [order], model: "m:f"}}}}
"""


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Two folders, each with an environment, and more specs than one process checks alone; some are wrong."""
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "environment.yaml").write_text(
            "connections: {shop: {type: folder, path: data}}\noverrides: {t1: {retry: 1}, nothing: {retry: 1}}\n"
        )
        for number in range(60):
            key = "ident" if number % 20 == 3 else "id"
            connection = "ship" if number % 20 == 7 else "shop"
            text = SPEC.format(number=number, key=key, connection=connection)
            (tmp_path / folder / f"s{number}.yaml").write_text(text)
    return tmp_path


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["validate", *arguments, "--format", "json"]) == 1
    findings: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return findings


def test_processes_find_what_one_finds(
    many: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    alone = found(capsys, str(many))
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert found(capsys, str(many)) == alone
    codes = [finding["code"] for finding in alone]
    assert (codes.count("MLC204"), codes.count("MLC705")) == (6, 6)
    # An override is of nothing only where no spec of the folder has it.
    assert [finding["message"] for finding in alone if finding["code"] == "MLC706"] == [
        "there is no training, serving or step `nothing`"
    ] * 2


def test_few_specs_start_no_process(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "ProcessPoolExecutor", None)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert main(["validate", str(many / "one" / "s1.yaml"), str(many / "other" / "s1.yaml")]) == 0


def test_files_without_findings_are_forgotten(many: Path) -> None:
    names = tuple(str(path) for path in sorted((many / "one").glob("s*.yaml")))
    part = batch.check_portion(batch.Portion(str(many / "one" / "environment.yaml"), names))
    assert len(part.files) == 60
    assert {Path(name).stem for name in part.documents} == {"s3", "s23", "s43", "s7", "s27", "s47"}


def test_specs_are_found_by_what_they_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in {
        "plain.yaml": "mlc: 1\n",
        "marked.yaml": "\ufeffmlc: 1\n",
        "quoted.yaml": '"mlc": 1\r\n',
        "late.toml": "# words\nmlc = 1  # version\n",
        "compose.yaml": "services: {}\n",
        ".hidden/pipeline.yaml": "mlc: 1\n",
        "env/pyvenv.cfg": "",
        "env/share/pipeline.yaml": "mlc: 1\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    names = {Path(finding["file"]).name for finding in found(capsys, str(tmp_path))}
    assert names == {"plain.yaml", "marked.yaml", "quoted.yaml", "late.toml"}
