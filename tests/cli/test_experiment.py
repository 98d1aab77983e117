"""`mlc experiment`: what is refused, with which code, and what is kept."""

import json
from pathlib import Path

import pytest

from mlc_compiler.cli.main import main
from mlc_runtime import registry
from mlc_runtime.store.directory import DirectoryStore

SPEC = """\
mlc: 1
name: shop
sources:
  orders: {read: orders.csv, columns: {id: int, customer: int, amount: float, late: bool}, key: [id]}
features:
  order: {columns: [amount]}
examples:
  e: {from: orders, label: late, split: {by: random, test: 20%}}
training:
  t: {examples: e, features: [order], model: sklearn.linear_model.LogisticRegression}
  other: {examples: e, features: [order], model: sklearn.naive_bayes.GaussianNB}
serving:
  ask: {model: t, mode: online, request: [id, customer]}
experiments:
  x:
    service: ask
    unit: customer
    arms: {control: {share: 10%}, new: {share: 10%, model: other}}
    outcome: {metric: brier, better: lower}
    detect: 5%
"""
NOTED = {"who": "ada", "when": "2024-05-01T00:00:00+00:00"}


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A spec whose models are live."""
    (tmp_path / "pipeline.yaml").write_text(SPEC)
    store = DirectoryStore(tmp_path / ".mlc")
    for name in ("t", "other"):
        registry.register(store, name, name, {}, **NOTED, run="r", metrics={}, origin={})
        registry.promote(store, name, 1, **NOTED)
    return tmp_path / "pipeline.yaml"


def experiment(*words: object) -> int:
    return main(["experiment", *map(str, words)])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("stop", "SPEC"), "needs `--reason"),
        (("export", "SPEC"), "go together"),
        (("status", "SPEC", "--format", "statsig"), "go together"),
        (("status", "SPEC", "y"), "there is no experiment `y`; the spec has `x`"),
        (("status", "SPEC"), "MLC990"),
        (("analyse", "SPEC"), "MLC990"),
        (("stop", "SPEC", "--reason", "why not"), "MLC990"),
        (("export", "SPEC", "x", "--format", "statsig"), "MLC990"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    spec: Path, words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert experiment(*(str(spec) if word == "SPEC" else word for word in words)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert says in told.err
    assert "Traceback" not in told.err


def test_what_was_decided_is_listed_with_who_and_why(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert experiment("list", spec) == 0
    assert "not started" in capsys.readouterr().out
    assert experiment("start", spec, "x") == 0
    assert "mlc experiment plan" in capsys.readouterr().out
    spec.write_text(SPEC.replace("10%", "20%"))
    assert experiment("start", spec, "x") == 0
    spec.write_text(SPEC.replace("10%", "20%").replace("detect: 5%", "detect: 3%"))
    assert experiment("start", spec, "x") == 2
    assert "MLC991" in capsys.readouterr().err
    assert experiment("stop", spec, "--reason", "it rained") == 0
    capsys.readouterr()
    assert experiment("list", spec, "--format", "json") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert [entry["action"] for entry in found["entries"]] == ["start", "grow", "stop"]
    assert found["entries"][2]["reason"] == "it rained"
    assert found["shares"] == {"control": 0.2, "new": 0.2}
    assert experiment("status", spec) == 0
    assert "it rained" in capsys.readouterr().out


def test_labels_that_nobody_could_find_are_said_before_it_starts(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec.write_text(SPEC.replace(", key: [id]", "").replace("[id, customer]", "[customer, amount]"))
    assert experiment("start", spec) == 2
    assert "MLC997" in capsys.readouterr().err
