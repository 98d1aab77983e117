"""The published schemas in tombi, TOML's language server: what it offers, explains and complains of."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engines.editors.editor import CURSOR, Editor

ROOT = Path(__file__).parents[3]
HEAD = '#:schema ./schemas/mlc.v1.json\nmlc = 1\nname = "churn"\n'
ENVIRONMENT = "#:schema ./schemas/mlc-environment.v1.json\n"
SECTIONS = "sources features examples training serving experiments steps"
SOURCE = "columns key time known static checks"


@pytest.mark.parametrize(
    ("text", "offered", "others"),
    [
        pytest.param(HEAD + "‸\n", f"{SECTIONS} timezone seed schedule include parameters", "mlc read", id="top"),
        pytest.param(HEAD + "[‸]\n", SECTIONS, "read", id="a section"),
        pytest.param(HEAD + "[tr‸]\n", "training", "sources", id="half a section"),
        pytest.param(HEAD + "[sources.s]\n‸\n", f"read sql use with inputs {SOURCE}", "table", id="keys"),
        pytest.param(HEAD + '[sources.s]\nread = "a.csv"\n‸\n', SOURCE, "read table", id="after read"),
        pytest.param(HEAD + "[sources.s]\nre‸\n", "read", "columns", id="half a key"),
        pytest.param(
            HEAD + "[sources.s.columns]\nday = ‸\n",
            '"int" "float" "string" "bool" "date" "timestamp" "file"',
            "",
            id="type of a column",
        ),
        pytest.param(HEAD + '[sources.s.read]\nconnection = "db"\n‸\n', "table query files", "", id="read"),
        pytest.param(
            HEAD + '[features.f]\nfrom = "s"\n‸\n', "join window where columns refresh", "from read", id="features"
        ),
        pytest.param(
            HEAD + '[examples.e.split]\nby = "time"\n‸\n', "test validation folds train gap", "by", id="split by time"
        ),
        pytest.param(HEAD + '[examples.e.split]\nby = "time"\ntrain = ‸\n', '"all"', "", id="all"),
        pytest.param(
            HEAD + '[training.t]\nmodel = "m:M"\n‸\n',
            "examples features prepare grid search each fallback min_rows metrics select calibrate threshold when",
            "model read",
            id="training",
        ),
        pytest.param(HEAD + "[training.t]\ncalibrate = ‸\n", '"sigmoid" "isotonic"', "", id="calibrate"),
        pytest.param(HEAD + "[training.t]\nrefit = ‸\n", "true false", "", id="a truth value"),
        pytest.param(HEAD + "[serving.s]\nmode = ‸\n", '"online" "batch"', "", id="mode"),
        pytest.param(HEAD + '[serving.s]\nmode = "batch"\n‸\n', "model when examples window write", "mode", id="batch"),
        pytest.param(HEAD + '[serving.s]\nmode = "online"\n‸\n', "model when request", "mode", id="online"),
        pytest.param(
            HEAD + "[experiments.x]\n‸\n", "service unit arms outcome detect power alpha", "read", id="experiment"
        ),
        pytest.param(
            HEAD + '[experiments.x.outcome]\nmetric = "brier"\nbetter = ‸\n', '"higher" "lower"', "", id="better"
        ),
        pytest.param(
            HEAD + "[steps.s.outputs]\nn = ‸\n",
            '"int" "float" "string" "bool" "file"',
            '"date"',
            id="outputs",
        ),
        pytest.param(
            HEAD + "[parameters.p]\ntype = ‸\n",
            '"int" "float" "string" "bool" "date" "timestamp"',
            '"file"',
            id="parameter",
        ),
        pytest.param(
            ENVIRONMENT + "‸\n", "store connections secrets image pools parallelism", "sources", id="environment"
        ),
        pytest.param(
            ENVIRONMENT + "[connections.c]\ntype = ‸\n",
            '"folder" "duckdb" "s3" "postgres" "mysql" "snowflake" "redshift"',
            "",
            id="connection",
        ),
        pytest.param(
            ENVIRONMENT + '[connections.c]\ntype = "snowflake"\n‸\n',
            "account user password private_key warehouse role database schema",
            "",
            id="snowflake",
        ),
    ],
)
def test_it_offers_what_fits(toml_editor: Editor, text: str, offered: str, others: str) -> None:
    found = toml_editor.completions(text, "marked.toml")
    assert {label for label in offered.split() if label not in found} == set(), sorted(found)
    assert {label for label in others.split() if label in found} == set()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(HEAD + '[training.t]\ncali‸brate = "sigmoid"\n', "Calibration of probabilities", id="key"),
        pytest.param(
            HEAD + '[sources.s]\nread = "a.csv"\ncolumns = {a = "int"}\nkno‸wn = "loaded_at"\n',
            "When a value became known",
            id="in a form",
        ),
        pytest.param(HEAD + "[training.t]\nmin_r‸ows = 3\n", "Unit: rows.", id="unit"),
        pytest.param(HEAD + "[sour‸ces.s]\n", "Which tables are there", id="section"),
        pytest.param(
            ENVIRONMENT + '[connections.c]\ntype = "folder"\npa‸th = "data"\n', "relative to the", id="environment"
        ),
    ],
)
def test_it_explains(toml_editor: Editor, text: str, words: str) -> None:
    assert words in toml_editor.hover(text, "hover.toml")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param(HEAD + "sorces = {}\n", 3, '"sorces" is not allowed', id="unknown section"),
        pytest.param(HEAD + 'seed = "many"\n', 3, "Integer", id="type"),
        pytest.param(HEAD + '[sources.s]\nread = "a.csv"\n', 3, '"columns" is required', id="missing"),
        pytest.param(
            HEAD + '[training.t]\ncalibrate = "isotone"\n', 4, '["sigmoid", "isotonic"]', id="not among the values"
        ),
        pytest.param(
            HEAD + '[serving.s]\nmode = "batch"\nmodel = "t"\nwrite = "a.csv"\nrequest = ["id"]\n',
            7,
            '"request" is not allowed',
            id="key of another form",
        ),
    ],
)
def test_it_complains(toml_editor: Editor, text: str, line: int, message: str) -> None:
    toml_editor.open(text, "broken.toml")
    found = toml_editor.diagnostics("broken.toml")
    assert [each for each in found if each.range.start.line == line and message in each.message], found


@pytest.mark.parametrize("file", sorted(path.name for path in (ROOT / "tests/spec/ok").glob("*.toml")))
def test_it_finds_nothing_wrong_with_good_files(toml_editor: Editor, file: str) -> None:
    schema = "mlc-environment" if ".environment" in file else "mlc"
    text = (ROOT / "tests/spec/ok" / file).read_text(encoding="utf-8")
    toml_editor.open(f"#:schema ./schemas/{schema}.v1.json\n{text}", f"ok-{file}")
    assert [each.message for each in toml_editor.diagnostics(f"ok-{file}")] == []


def test_what_init_writes_finds_its_schema(toml_editor: Editor) -> None:
    text = (ROOT / "compiler/mlc_compiler/cli/template/pipeline.toml").read_text(encoding="utf-8")
    first, _, rest = text.partition("\n")
    assert first == "#:schema schemas/mlc.v1.json"
    assert "seed" in toml_editor.completions(f"{first}\n{CURSOR}\n{rest}", "init.toml")
    toml_editor.open(f"{first}\nfoo = 1\n{rest}", "init.toml")
    assert [each.message for each in toml_editor.diagnostics("init.toml")] == ['"foo" is not allowed']
