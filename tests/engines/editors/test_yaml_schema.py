"""The published schemas in YAML's language server: what it offers, explains and complains of."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engines.editors.editor import CURSOR, Editor

ROOT = Path(__file__).parents[3]
HEAD = "# yaml-language-server: $schema=schemas/mlc.v1.json\nmlc: 1\nname: churn\n"
ENVIRONMENT = "# yaml-language-server: $schema=schemas/mlc-environment.v1.json\n"
SECTIONS = "sources features examples training serving experiments steps"
SOURCE = "columns key time known static checks"


@pytest.mark.parametrize(
    ("text", "offered", "others"),
    [
        pytest.param(HEAD + "‸\n", f"{SECTIONS} timezone seed schedule include parameters", "mlc read", id="top"),
        pytest.param(HEAD + "tr‸\n", "training", "mlc name", id="half a section"),
        pytest.param(
            HEAD + "sources:\n  ‸\n",
            "source from a file,source from a table,source from a query,source of files,source by SQL,"
            "source by a function",
            "read",
            id="a source",
        ),
        pytest.param(HEAD + "sources:\n  s:\n    ‸\n", f"read sql use with inputs {SOURCE}", "table", id="keys"),
        pytest.param(HEAD + "sources:\n  s:\n    read: a.csv\n    ‸\n", SOURCE, "sql use with read", id="after read"),
        pytest.param(
            HEAD + "sources:\n  s:\n    sql: select 1\n    ‸\n",
            "key time known",
            "columns read use inputs",
            id="after sql",
        ),
        pytest.param(
            HEAD + "sources:\n  s:\n    columns:\n      day: ‸\n",
            "int float string bool date timestamp file",
            "object",
            id="type of a column",
        ),
        pytest.param(
            HEAD + "sources:\n  s:\n    read:\n      connection: db\n      ‸\n", "table query files", "path", id="read"
        ),
        pytest.param(
            HEAD + "features:\n  f:\n    from: s\n    ‸\n", "join window where columns refresh", "use", id="features"
        ),
        pytest.param(HEAD + "examples:\n  e:\n    split:\n      by: ‸\n", "time random", "", id="split"),
        pytest.param(
            HEAD + "examples:\n  e:\n    split:\n      by: time\n      ‸\n",
            "test validation folds train gap",
            "group by",
            id="split by time",
        ),
        pytest.param(HEAD + "examples:\n  e:\n    split:\n      by: time\n      train: ‸\n", "all", "", id="all"),
        pytest.param(
            HEAD + "training:\n  ‸\n",
            "training,training over a grid,training for each value of a column",
            "model",
            id="a training",
        ),
        pytest.param(
            HEAD + "training:\n  t:\n    model: m:M\n    ‸\n",
            "examples features prepare grid search each fallback min_rows metrics select calibrate threshold when",
            "model read",
            id="training",
        ),
        pytest.param(HEAD + "training:\n  t:\n    calibrate: ‸\n", "sigmoid isotonic", "", id="calibrate"),
        pytest.param(HEAD + "training:\n  t:\n    refit: ‸\n", "true false", "", id="a truth value"),
        pytest.param(
            HEAD + "training:\n  t:\n    grid:\n      c: {from: 1, to: 9, scale: ‸}\n", "linear log", "", id="scale"
        ),
        pytest.param(HEAD + "serving:\n  s:\n    mode: ‸\n", "online batch", "", id="mode"),
        pytest.param(
            HEAD + "serving:\n  s:\n    mode: batch\n    ‸\n",
            "model when examples window write",
            "request mode",
            id="batch",
        ),
        pytest.param(
            HEAD + "serving:\n  s:\n    mode: online\n    ‸\n", "model when request", "window write", id="online"
        ),
        pytest.param(HEAD + "experiments:\n  ‸\n", "experiment", "service", id="an experiment"),
        pytest.param(
            HEAD + "experiments:\n  x:\n    outcome:\n      metric: brier\n      better: ‸\n",
            "higher lower",
            "",
            id="better",
        ),
        pytest.param(
            HEAD + "steps:\n  s:\n    use: m:f\n    outputs:\n      n: ‸\n",
            "int float string bool file",
            "date",
            id="outputs",
        ),
        pytest.param(
            HEAD + "parameters:\n  p:\n    type: ‸\n", "int float string bool date timestamp", "file", id="parameter"
        ),
        pytest.param(
            ENVIRONMENT + "‸\n", "store connections secrets image pools parallelism", "sources", id="environment"
        ),
        pytest.param(
            ENVIRONMENT + "connections:\n  c:\n    type: ‸\n",
            "folder duckdb s3 postgres mysql snowflake redshift",
            "",
            id="connection",
        ),
        pytest.param(
            ENVIRONMENT + "connections:\n  c:\n    type: snowflake\n    ‸\n",
            "account user password private_key warehouse role database schema",
            "host bucket path",
            id="snowflake",
        ),
    ],
)
def test_it_offers_what_fits_and_nothing_else(yaml_editor: Editor, text: str, offered: str, others: str) -> None:
    found = yaml_editor.completions(text, "marked.yaml")
    separator = "," if "," in offered else None
    assert {label for label in offered.split(separator) if label not in found} == set(), sorted(found)
    assert {label for label in others.split() if label in found} == set()
    assert not [label for label in found if "object" in label.lower()]


def test_a_snippet_fills_in_an_entry_with_places_to_go_to(yaml_editor: Editor) -> None:
    found = yaml_editor.completions(HEAD + "sources:\n  ‸\n", "snippet.yaml")["source from a table"]
    assert found.insert_text == (
        "${1:orders}:\n  read:\n    connection: ${2:warehouse}\n    table: ${3:public.orders}\n  columns:\n"
        "    ${4:order_id}: int\n    ${5:placed_at}: timestamp\n    ${6:amount}: float\n  key:\n    - ${4:order_id}\n"
        "  time: ${5:placed_at}"
    )
    assert "environment's connections" in str(found.documentation)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(HEAD + "training:\n  t:\n    cali‸brate: sigmoid\n", "Calibration of probabilities", id="key"),
        pytest.param(HEAD + "training:\n  t:\n    cali‸brate: sigmoid\n", "Any rising curve", id="values"),
        pytest.param(HEAD + "sources:\n  s:\n    kno‸wn: loaded_at\n", "When a value became known", id="in a form"),
        pytest.param(HEAD + "training:\n  t:\n    min_r‸ows: 3\n", "Unit: rows.", id="unit"),
        pytest.param(HEAD + "tim‸ezone: UTC\n", "IANA time zone", id="top"),
        pytest.param(
            ENVIRONMENT + "connections:\n  c:\n    type: folder\n    pa‸th: data\n", "relative to the", id="environment"
        ),
    ],
)
def test_it_explains(yaml_editor: Editor, text: str, words: str) -> None:
    assert words in yaml_editor.hover(text, "hover.yaml")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param(HEAD + "sorces: {}\n", 3, "Property sorces is not allowed.", id="unknown section"),
        pytest.param(HEAD + "seed: many\n", 3, 'Incorrect type. Expected "integer".', id="type"),
        pytest.param(HEAD + "sources:\n  s:\n    read: a.csv\n", 4, 'Missing property "columns".', id="missing"),
        pytest.param(
            HEAD + "training:\n  t: {examples: e, features: [f], model: m:M, calibrate: isotone}\n",
            4,
            'Value is not accepted. Valid values: "sigmoid", "isotonic".',
            id="not among the values",
        ),
        pytest.param(
            HEAD + "serving:\n  s: {mode: batch, model: t, write: a.csv, request: [id]}\n",
            4,
            "Property request is not allowed.",
            id="key of another form",
        ),
    ],
)
def test_it_complains(yaml_editor: Editor, text: str, line: int, message: str) -> None:
    yaml_editor.open(text, "broken.yaml")
    found = {(each.range.start.line, each.message) for each in yaml_editor.diagnostics("broken.yaml")}
    assert (line, message) in found, found


@pytest.mark.parametrize("file", sorted(path.name for path in (ROOT / "tests/spec/ok").glob("*.yaml")))
def test_it_finds_nothing_wrong_with_good_files(yaml_editor: Editor, file: str) -> None:
    schema = "mlc-environment" if ".environment" in file else "mlc"
    text = (ROOT / "tests/spec/ok" / file).read_text(encoding="utf-8")
    yaml_editor.open(f"# yaml-language-server: $schema=schemas/{schema}.v1.json\n{text}", f"ok-{file}")
    assert [each.message for each in yaml_editor.diagnostics(f"ok-{file}")] == []


def test_what_init_writes_finds_its_schema(yaml_editor: Editor) -> None:
    text = (ROOT / "compiler/mlc_compiler/cli/template/pipeline.yaml").read_text(encoding="utf-8")
    first, _, rest = text.partition("\n")
    assert first == "# yaml-language-server: $schema=schemas/mlc.v1.json"
    assert "seed" in yaml_editor.completions(f"{text}{CURSOR}\n", "init.yaml")
    yaml_editor.open(f"{first}\nfoo: 1\n{rest}", "init.yaml")
    assert [each.message for each in yaml_editor.diagnostics("init.yaml")] == ["Property foo is not allowed."]
