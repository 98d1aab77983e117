"""A batch is answered by the arms of the experiments that run, and what it showed is in their logs once."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pyarrow.csv as pc
import pytest

from mlc_compiler.graph.definition import definition
from mlc_compiler.graph.exposed import exposed_graph
from mlc_runtime import registry
from mlc_runtime.experiment import control, exposure
from mlc_runtime.experiment.control import State
from mlc_runtime.experiment.definition import load_definition
from mlc_runtime.experiment.design import dump_design

ADA: dict[str, Any] = {"who": "ada", "when": "2024-05-01T00:00:00+00:00"}

SPEC = """\
mlc: 1
name: meadow
sources:
  plants: {read: plants.csv, columns: {id: int, soil: string, width: float, tall: bool}, key: [id]}
features:
  size: {columns: [width]}
  place: {columns: [soil]}
examples: {e: {from: plants, label: tall, split: {by: random, test: 25%, validation: 25%}}}
training:
  t: {examples: e, features: [size], model: sklearn.linear_model.LogisticRegression, metrics: [brier]}
  other: {examples: e, features: [size], model: sklearn.naive_bayes.GaussianNB, metrics: [brier]}
serving: {s: {model: t, mode: batch, write: out/scores.csv}}
experiments:
  x:
    service: s
    unit: id
    arms: {control: {share: 45%}, naive: {share: 45%, model: other}}
    where: width > 2
    outcome: {metric: brier, better: lower}
    segments: [place.soil]
    detect: 10%
"""


@pytest.fixture
def meadow(workshop: Any) -> Iterator[Any]:
    rows = [f"{i},{'clay' if i % 3 else 'sand'},{(i * 7) % 10},{(i * 7) % 10 + (i * 3) % 5 > 6}" for i in range(400)]
    workshop.write({"plants.csv": "\n".join(["id,soil,width,tall", *rows]) + "\n"})
    return workshop


def written(meadow: Any) -> dict[int, float]:
    table = pc.read_csv(meadow.root / "out/scores.csv")
    return dict(zip(table["id"].to_pylist(), table["prediction"].to_pylist(), strict=True))


def start(meadow: Any) -> State:
    program = meadow.check(SPEC).program
    return control.start(meadow.store, "meadow", load_definition(definition(program, program.experiments["x"])), **ADA)


def logged(meadow: Any) -> Any:
    return exposure.read_parts(meadow.store, exposure.parts(meadow.store, "meadow", "x"))


def test_a_batch_meets_the_arms_of_what_runs(meadow: Any) -> None:
    before = meadow.run(SPEC)
    assert before.failures() == {}
    plain = written(meadow)
    assert logged(meadow) is None
    registry.promote(meadow.store, "other", 1, **ADA)
    state = start(meadow)
    finished = meadow.run(SPEC)
    assert finished.failures() == {}
    assert finished.statuses("t.fit") == ["stored"]
    now, log = written(meadow), logged(meadow)
    arms = dict(zip(log["seen.id"].to_pylist(), log["arm"].to_pylist(), strict=True))
    width = {i: (i * 7) % 10 for i in range(400)}
    assert arms == {i: arm for i in width if width[i] > 2 and (arm := state.allocation.arm(str(i))) is not None}
    assert {i for i in plain if plain[i] != pytest.approx(now[i])} == {i for i, arm in arms.items() if arm == "naive"}
    assert set(log["request"].to_pylist()) == {finished.run.name}
    assert set(log["seen.place.soil"].to_pylist()) == {"clay", "sand"}


def test_a_batch_that_is_run_again_is_logged_once_and_analysed(meadow: Any) -> None:
    meadow.run(SPEC)
    registry.promote(meadow.store, "other", 1, **ADA)
    state = start(meadow)
    meadow.run(SPEC)
    count = logged(meadow).num_rows
    again = meadow.run(SPEC)
    assert again.statuses("s.expose") == ["stored"]
    assert logged(meadow).num_rows == count
    meadow.build = partial(exposed_graph, name="x", design=dump_design(state.definition.design))
    finished = meadow.run(SPEC)
    assert finished.failures() == {}
    analysis = finished.value("experiments.x.analysis", "analysis")
    assert sum(arm["units"] for arm in analysis["arms"]) == count
    assert {each["value"] for each in analysis["segments"]} == {"clay", "sand"}


def test_an_arm_without_a_model_is_said(meadow: Any) -> None:
    meadow.run(SPEC)
    start(meadow)
    assert "no version of `other` is live" in meadow.run(SPEC).failures()["s.divided"]


def test_a_spec_that_says_something_else_than_what_was_started_is_refused(meadow: Any) -> None:
    meadow.run(SPEC)
    registry.promote(meadow.store, "other", 1, **ADA)
    start(meadow)
    finished = meadow.run(SPEC.replace("width > 2", "width > 3"))
    assert "another `where`" in finished.failures()["s.divided"]
