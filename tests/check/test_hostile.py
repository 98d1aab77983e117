"""Specs that would betray the future, lose data or read what is not theirs, each refused."""

from pathlib import Path

import pytest

from mlc_compiler.driver import check_file

HEAD = """\
mlc: 1
name: hostile
sources:
  ex:
    read: ex.csv
    columns: {id: int, t: timestamp, known_at: timestamp, x: float, y: bool}
    key: [id]
    time: t
    known: {"*": t, y: known_at}
"""
TRAIN = """
examples: {e: {from: ex, label: y, split: {by: time, test: 5d, validation: 5d}}}
training: {m: {examples: e, features: [z], model: sklearn.linear_model.LogisticRegression, metrics: [roc_auc]}}
"""


def codes(tmp_path: Path, spec: str) -> set[str]:
    path = tmp_path / "project" / "spec.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(spec)
    return {finding.code for finding in check_file(path).diagnostics}


def test_static_does_not_make_a_derived_value_known_earlier(tmp_path: Path) -> None:
    derived = '  s2: {sql: "select id, y::int as z from ex", key: [id], static: true}\n'
    features = "features: {z: {from: s2, join: [id], columns: [z]}}\n"
    assert "MLC402" in codes(tmp_path, HEAD + derived + features + TRAIN)


@pytest.mark.parametrize(("claim", "code"), [("", "MLC440"), (", static: true", "MLC402")])
@pytest.mark.parametrize("read", ["sources.ex", "ex", "examples.e", "m"])
def test_a_file_that_a_step_makes_is_known_no_earlier_than_what_it_is_made_of(
    read: str, claim: str, code: str, tmp_path: Path
) -> None:
    made = f"  s2: {{read: mk.o, columns: {{id: int, z: float}}, key: [id]{claim}}}\n"
    features = "features: {z: {from: s2, join: [id], columns: [z]}}\n"
    step = f'steps: {{mk: {{use: "st:mk", inputs: {{d: {read}}}, outputs: {{o: file}}}}}}\n'
    assert code in codes(tmp_path, HEAD + made + features + TRAIN + step)


def test_a_column_of_mlcs_own_name_is_refused(tmp_path: Path) -> None:
    assert "MLC207" in codes(tmp_path, HEAD.replace("x: float", '"$row": int'))


def test_an_included_file_lies_in_the_project(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text('password: "hunter2\n')
    spec = HEAD + "include: {q: ../secret.yaml}\n"
    found = codes(tmp_path, spec)
    assert found == {"MLC206"}
    (tmp_path / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    assert codes(tmp_path, spec.replace("../secret", "../link")) == {"MLC206"}
