"""The example with a model for each country: its data, the size of its spec, and a part of its run."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from mlc_compiler.cli.main import main
from mlc_compiler.source.read import read_file
from mlc_compiler.spec.header import Spec
from mlc_compiler.spec.load import load_spec

COUNTRIES = Path(__file__).parents[2] / "examples/countries"
SPEC = COUNTRIES / "pipeline.yaml"
LARGEST = "least=400000000"  # China and India
PER_COUNTRY = 100


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "countries"
    shutil.copytree(COUNTRIES, folder, ignore=shutil.ignore_patterns(".mlc", "__pycache__"))
    return folder / "pipeline.yaml"


def ran(capsys: pytest.CaptureFixture[str], spec: Path, *arguments: str) -> dict[str, dict[str, Any]]:
    """The steps of a run that ends well, by name."""
    capsys.readouterr()
    assert main(["run", str(spec), "--jobs", "2", "--format", "json", *arguments]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["verdict"] == "done"
    assert result["differs"] == []
    return {step["name"]: step for step in result["steps"]}


def test_every_country_has_every_year() -> None:
    table = pq.read_table(COUNTRIES / "data/gapminder.parquet")
    assert table.num_rows == 202 * 50
    assert len(table["country"].unique()) == 202
    assert all(table[name].null_count == 0 for name in table.column_names)
    years = pc.year(table["year"]).to_pylist()
    assert (min(years), max(years)) == (1964, 2013)
    assert len({*zip(table["country"].to_pylist(), years, strict=True)}) == table.num_rows


def test_the_spec_is_short() -> None:
    assert len(SPEC.read_text(encoding="utf-8").splitlines()) <= 40
    assert isinstance(load_spec(read_file(SPEC, "pipeline.yaml")).spec, Spec)


def test_two_countries(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A model for each country and setting, scores of all, and nothing to do a second time."""
    first = ran(capsys, project, "--set", LARGEST)
    assert first["curve.fit"]["tasks"] == 2 * PER_COUNTRY
    assert first["curve.prepare.shape"]["done"] == 4, "a preparation for each country and choice"
    assert sum(step["failed"] + step["missing"] for step in first.values()) == 0
    second = ran(capsys, project, "--set", LARGEST)
    assert sum(step["done"] for step in second.values()) == 0


def test_the_plain_graph_run_again_gives_the_same(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The oracle: every task runs once more without any pass, though its result is known, and comes out the same."""
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace("count: 25", "count: 3"), encoding="utf-8")
    optimised = ran(capsys, project, "--set", LARGEST)
    plain = ran(capsys, project, "--set", LARGEST, "-O0", "--recompute")
    fits = 2 * 2 * 2 * 3
    assert plain["curve.fit"]["done"] == plain["curve.prepare.shape"]["done"] == fits
    assert optimised["curve.fit"]["done"] == fits
    assert sum(step["failed"] + step["missing"] for step in plain.values()) == 0
    assert sum(step["done"] for step in ran(capsys, project, "--set", LARGEST).values()) == 0, "one store for both"
