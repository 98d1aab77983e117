"""`mlc explain`: golden for the examples; a code, a spec and a step are told apart."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlc_compiler.cli.main import COMMANDS, main

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
FLIGHTS = "examples/flights/pipeline.yaml"
HALVING = "tests/graph/golden/halving.yaml"

Golden = Callable[[Path, str], None]


@pytest.fixture(autouse=True)
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("flights", [FLIGHTS]),
        ("flights-O0", [FLIGHTS, "-O0"]),
        ("countries", ["examples/countries"]),
        ("countries-argo", ["examples/countries", "--target", "argo"]),
        ("step-argo", ["examples/countries", "curve.fit", "--target", "argo"]),
        ("halving", [HALVING]),
        ("step", [HALVING, "tall.fit_1"]),
        ("step-effect", [HALVING, "tall.register"]),
    ],
)
def test_golden(name: str, arguments: list[str], golden: Golden, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *arguments]) == 0
    seen = capsys.readouterr()
    assert seen.err == ""
    golden(GOLDEN / f"explain-{name}.txt", seen.out)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_pages(command: str, golden: Golden, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    golden(GOLDEN / f"help-{command}.txt", capsys.readouterr().out)


def test_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", HALVING, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["halvings"][0]["full"] == {"text": "240", "exact": True, "terms": [{"unknown": [], "factor": 240}]}
    assert main(["explain", HALVING, "tall.fit", "--format", "json"]) == 0
    step = json.loads(capsys.readouterr().out)
    assert (step["op"], step["places"]) == ("train", [f"{HALVING}:11"])


def test_the_end_of_a_name_is_enough_where_one_step_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", FLIGHTS, "sky"]) == 0
    assert capsys.readouterr().out.startswith("examples.departures.features.sky: features, 1 task\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["MLC000"], "there is no MLC000"),
        (["MLC301", "late.fit"], "MLC301 has no steps"),
        (["nothing"], "neither a file nor a code"),
        ([FLIGHTS, "lat.fit"], "there is no step `lat.fit`; did you mean `late.fit`?"),
        ([FLIGHTS, "zzz"], "there are: sources.flights, "),
        ([FLIGHTS, "late"], "there are: late.rows, late.values"),
        ([FLIGHTS, "register"], "there are: baseline.register, late.register"),
    ],
)
def test_what_is_not_there_is_2(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *arguments]) == 2
    assert complaint in capsys.readouterr().err
