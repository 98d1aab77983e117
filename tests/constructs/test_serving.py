"""Servings: gates, live models, and predictions written to files and tables."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pyarrow.parquet as pq
import pytest

from mlc_compiler.graph.experiment import replay_graph
from mlc_runtime import registry
from mlc_runtime.experiment.allocation import allocate
from mlc_runtime.experiment.assignment import Allocation

FORTNIGHT = timedelta(days=14)

LOGISTIC = "sklearn.linear_model.LogisticRegression"
MEADOW = f"""
examples: {{e: {{from: plants, label: tall, split: {{by: random, test: 25%, validation: 25%}}}}}}
training: {{t: {{examples: e, features: [size], model: {LOGISTIC}, metrics: [brier, roc_auc]}}}}
"""
LATE = f"""
features:
  past: {{from: orders, join: [customer_id], window: 60d, columns: {{n: count(*)}}}}
  order: {{columns: [amount]}}
examples:
  e: {{from: orders, label: late, split: {{by: time, test: 20d, validation: 20d}}}}
training: {{t: {{examples: e, features: [past, order], model: {LOGISTIC}, metrics: [roc_auc]}}}}
"""


def test_batch_of_a_table_without_time_to_a_file(shop: Any, untimed: str) -> None:
    finished = shop.run(untimed + MEADOW + "serving: {s: {model: t, mode: batch, write: out/scores.parquet}}\n")
    assert finished.failures() == {}
    written = finished.value("s.write", "written")
    assert (written["to"], written["rows"]) == ("out/scores.parquet", 120)
    written = pq.read_table(shop.root / "out/scores.parquet")
    assert {"plant_id", "prediction", "decision"} <= set(written.column_names)


def test_another_file_is_written_again(shop: Any, untimed: str) -> None:
    for name in ("one", "two"):
        finished = shop.run(
            f"{untimed}{MEADOW}serving: {{s: {{model: t, mode: batch, write: {{path: out/{name}.csv}}}}}}\n"
        )
        assert finished.statuses("t.fit") == ["done" if name == "one" else "stored"]
        assert (shop.root / f"out/{name}.csv").is_file()


def test_batch_window_to_a_table_of_a_connection(shop: Any, timed: str) -> None:
    (shop.root / "lake").mkdir()
    finished = shop.run(
        timed
        + LATE
        + """
serving:
  s: {model: t, mode: batch, window: -2d..0d, write: {connection: lake, table: scores.late}}
  daily: {model: t, mode: batch, write: out/daily.csv}
""",
        environment={"connections": {"lake": {"type": "folder", "path": "lake"}}},
        as_of=1714003200_000_000,  # 2024-04-25
    )
    assert finished.failures() == {}
    as_of = finished.run.bind["parameters"]["as_of"]
    rows = finished.rows("s.predictions", "predictions")
    assert len(rows["order_id"]) > len(finished.rows("daily.predictions", "predictions")["order_id"]) > 0
    end = datetime.fromtimestamp(as_of / 1e6, tz=rows["$at"][0].tzinfo)
    assert all(end - timedelta(days=2) <= moment < end for moment in rows["$at"])
    assert finished.value("s.write", "written")["to"] == "lake: scores.late"


def test_batch_of_a_spine_is_read_at_as_of(shop: Any, timed: str) -> None:
    finished = shop.run(
        timed
        + f"""
features: {{past: {{from: orders, join: [customer_id], window: 30d, columns: {{n: count(*), spent: sum(amount)}}}}}}
examples:
  e:
    from: customers
    at: {{every: 7d, from: 2024-02-01}}
    where: past.n > 0
    label: {{from: orders, join: [customer_id], window: 0d..5d, value: count(*) > 0}}
    split: {{by: time, test: 21d, validation: 21d}}
training: {{t: {{examples: e, features: [past], model: {LOGISTIC}, metrics: [brier]}}}}
serving: {{s: {{model: t, mode: batch, write: out/now.csv}}}}
"""
    )
    assert finished.failures() == {}
    as_of = finished.run.bind["parameters"]["as_of"]
    moments = {moment.timestamp() for moment in finished.rows("s.predictions", "predictions")["$at"]}
    assert moments == {as_of / 1e6}


def test_batch_of_other_examples(shop: Any, untimed: str) -> None:
    finished = shop.run(
        untimed
        + MEADOW.replace("examples: {e:", "examples: {young: {from: plants, where: size.width > 3}, e:")
        + "serving: {s: {model: t, mode: batch, examples: young, write: out/young.csv}}\n"
    )
    assert finished.failures() == {}
    assert 0 < finished.value("s.write", "written")["rows"] < 120


def test_batch_of_a_stacked_model(shop: Any, untimed: str) -> None:
    finished = shop.run(
        untimed
        + MEADOW.replace("validation: 25%", "folds: 3").rstrip().removesuffix("}")
        + f""",
   u: {{examples: e, features: [place, t.prediction], prepare: {{codes: {{use: sklearn.preprocessing.OneHotEncoder,
       columns: [place.soil]}}}}, model: {LOGISTIC}}}}}
serving: {{s: {{model: u, mode: batch, write: out/stacked.csv}}}}
"""
    )
    assert finished.failures() == {}
    assert finished.value("s.write", "written")["rows"] == 120


def test_a_failed_check_keeps_predictions_back(shop: Any, untimed: str) -> None:
    spec = untimed + "    checks: [width < 0]\n" + MEADOW + "serving: {s: {model: t, mode: batch, write: out/s.csv}}\n"
    finished = shop.run(spec)
    assert "a check of the data failed" in finished.failures()["t.register"]
    assert finished.statuses("s.write") == ["missing"]
    assert not (shop.root / "out/s.csv").exists()


def test_gate_with_the_live_model_on_the_second_run(shop: Any, untimed: str) -> None:
    spec = (
        untimed
        + MEADOW
        + """
serving:
  s: {model: t, mode: batch, write: out/s.csv, when: t.test.brier <= t.live.test.brier and t.test.roc_auc > 0.5}
"""
    )
    first = shop.run(spec)
    reason = first.value("s.gate", "reason")
    assert reason["passed"]
    assert reason["without_live"] == ["t.live.test.brier"]
    second = shop.run(spec.replace(LOGISTIC, "sklearn.dummy.DummyClassifier"))
    assert not second.value("s.gate", "reason")["passed"]
    assert second.value("s.live", "entry")["version"] == 1
    assert second.failures() == {}


@pytest.mark.parametrize("each", ["", "each: soil"])
@pytest.mark.parametrize("validation", ["validation: 30%", "folds: 3"])
def test_gate_with_the_live_model_on_validation_rows(shop: Any, untimed: str, each: str, validation: str) -> None:
    spec = f"""
examples:
  e: {{from: plants, label: tall, split: {{by: random, test: 20%, {validation}}}}}
training:
  t: {{examples: e, features: [size], model: {LOGISTIC}, metrics: [brier, accuracy] {each and ", " + each}}}
serving:
  s: {{model: t, mode: online, when: t.validation.brier <= t.live.validation.brier and t.live.test.accuracy > 0.5}}
"""
    first = shop.run(untimed + spec)
    assert first.failures() == {}
    assert sorted(first.value("s.gate", "reason")["without_live"]) == [
        "t.live.test.accuracy",
        "t.live.validation.brier",
    ]
    second = shop.run(untimed + spec.replace(LOGISTIC, "sklearn.dummy.DummyClassifier"))
    assert second.failures() == {}
    reason = second.value("s.gate", "reason")
    assert not reason["passed"]
    assert reason["values"]["t.live.validation.brier"] < reason["values"]["t.validation.brier"]
    live, candidate = second.value("s.live.t", "report"), second.value("t.report", "report")
    for part in ("validation", "test"):
        assert live[part]["rows"] == candidate[part]["rows"] > 0
        assert [one["at"] for one in live["by"]] == [one["at"] for one in candidate["by"]]
        assert [one[part]["rows"] for one in live["by"]] == [one[part]["rows"] for one in candidate["by"]]


def test_gate_with_a_paired_test_against_the_live_model(shop: Any, untimed: str) -> None:
    """The first version has none to be held to; the same model is no worse; one that knows nothing is."""
    spec = untimed + MEADOW + "serving: {s: {model: t, mode: online, when: t.live.test.p_worse > 0.05}}\n"
    first = shop.run(spec)
    assert first.failures() == {}
    assert first.value("s.gate", "reason")["without_live"] == ["t.live.test.p_worse"]
    same = shop.run(spec.replace("metrics: [brier, roc_auc]", "metrics: [brier]"))
    assert same.value("s.gate", "reason")["values"] == {"t.live.test.p_worse": 1.0}
    worse = shop.run(spec.replace(LOGISTIC, "sklearn.dummy.DummyClassifier"))
    assert worse.failures() == {}
    reason = worse.value("s.gate", "reason")
    assert (reason["passed"], reason["values"]["t.live.test.p_worse"] < 0.05) == (False, True)
    assert registry.standing(shop.store, "t", "live") == 1
    assert registry.standing(shop.store, "t", "candidate") == 2
    said = registry.last_verdict(shop.store, "t", 2)
    assert said is not None
    assert (said.passed, said.text, said.values) == (False, "t.live.test.p_worse > 0.05", reason["values"])
    assert [shop.run(spec.replace(LOGISTIC, "sklearn.dummy.DummyClassifier")) for _ in range(2)]
    assert registry.last_verdict(shop.store, "t", 2) == said


@pytest.mark.parametrize(("limit", "passed"), [("60000", True), ("0.000001", False)])
def test_gate_with_a_latency(shop: Any, untimed: str, limit: str, passed: bool) -> None:
    spec = f"{untimed}{MEADOW}serving: {{s: {{model: t, mode: online, when: t.test.latency < {limit}}}}}\n"
    finished = shop.run(spec)
    assert finished.failures() == {}
    reason = finished.value("s.gate", "reason")
    assert (reason["passed"], reason["values"]["t.test.latency"] > 0) == (passed, True)
    assert (registry.live(shop.store, "t") is not None) == passed


def test_gate_beside_metrics_of_a_training_with_a_condition(shop: Any, untimed: str) -> None:
    """Where nothing is fitted there is nothing to compare or to measure, and what is live stands."""
    when = "t.live.test.p_worse > 0.05 and t.test.latency < 60000"
    spec = untimed + MEADOW + f"serving: {{s: {{model: t, mode: online, when: '{when}'}}}}\n"
    spec = spec.replace("metrics: [brier", "when: $refit, metrics: [brier")
    spec = spec.replace("sources:", "parameters: {refit: {type: bool, default: true}}\nsources:", 1)
    assert shop.run(spec).failures() == {}
    left = shop.run(spec, given={"refit": "false"})
    assert left.failures() == {}
    assert registry.standing(shop.store, "t", "live") == 1


def test_gate_that_never_opens_has_no_live_model(shop: Any, untimed: str) -> None:
    spec = untimed + MEADOW + "serving: {s: {model: t, mode: online, when: t.test.roc_auc > 2}}\n"
    finished = shop.run(spec)
    assert not finished.value("s.gate", "reason")["passed"]
    assert finished.value("s.live", "entry") is None


@pytest.mark.parametrize("request_", ["", ", request: [plant_id]"])
def test_online_promotes_and_is_declared(shop: Any, untimed: str, request_: str) -> None:
    finished = shop.run(f"{untimed}{MEADOW}serving: {{s: {{model: t, mode: online{request_}}}}}\n")
    assert finished.failures() == {}
    assert finished.value("s.live", "entry")["version"] == 1
    assert finished.run.plan.spec["online"] == ["s"]


EXPERIMENT = """
experiments:
  x:
    service: s
    unit: customer_id
    arms: {control: {share: 40%}, eager: {share: 40%, threshold: 0.3, model: t}}
    outcome: {from: orders, join: [customer_id], window: 0d..14d, value: sum(amount), better: higher}
    guardrails: [{metric: brier, better: lower, at_most: 2%}]
    detect: 20%
    power: 0.8
    alpha: 0.05
    daily_units: 40000
    max_duration: 60d
    baseline: {mean: 31.5, std: 12}
    covariate: past.n
    where: amount > 0
    segments: [customer_id]
    layer: main
    holdout: 5%
"""


def test_experiment_is_declared_and_not_run(shop: Any, timed: str) -> None:
    spec = (
        timed
        + LATE.replace("metrics: [roc_auc]", "metrics: [roc_auc, brier]")
        + "serving: {s: {model: t, mode: online}}\n"
    )
    finished = shop.run(spec + EXPERIMENT)
    assert finished.failures() == {}
    assert finished.run.plan.spec["experiments"] == ["x"]
    rate = EXPERIMENT.replace("{mean: 31.5, std: 12}", "12%").replace(
        "{from: orders, join: [customer_id], window: 0d..14d, value: sum(amount), better: higher}",
        "{metric: brier, better: lower}",
    )
    assert shop.compile(spec + rate).plan.spec["experiments"] == ["x"]


def test_experiment_is_replayed(shop: Any, timed: str) -> None:
    spec = timed + LATE + "serving: {s: {model: t, mode: online}}\n" + EXPERIMENT
    shop.level, shop.build = 0, partial(replay_graph, name="x")
    finished = shop.run(spec)
    assert finished.failures() == {}
    rows = finished.value("experiments.x.rows", "table")
    assert rows.column_names == ["$row", "$at", "$label", "customer_id", "past.n"]
    shown = finished.value("experiments.x.shown", "table").to_pylist()
    assert {row["$arm"] for row in shown} == {"control", "eager"}
    arms = allocate({"holdout": 50_000, "control": 400_000, "eager": 400_000})
    met = Allocation("shop/layer/main", {arm: arms[arm] for arm in ("control", "eager")})
    assert all(row["$arm"] == met.arm(row["$unit"]) for row in shown)
    assert all(row["decision"] == (row["prediction"] >= (0.3 if row["$arm"] == "eager" else 0.5)) for row in shown)
    analysis = finished.value("experiments.x.analysis", "analysis")
    assert [arm["name"] for arm in analysis["arms"]] == ["control", "eager"]
    assert sum(arm["rows"] for arm in analysis["arms"]) == len(shown)
    assert {each["measure"] for each in analysis["guardrails"]} == {"brier"}
    assert analysis["segments"] == []  # each value is one customer's, and one unit has no variance
    # What the orders of the first fortnight after its first order add up to, by hand, for each customer.
    amounts: dict[str, list[float]] = {"control": [], "eager": []}
    orders = finished.value("sources.orders", "table").to_pylist()
    first = {row["$unit"]: row for row in sorted(shown, key=lambda row: row["$row"], reverse=True)}
    end = finished.run.bind["parameters"]["as_of"]
    for unit, row in first.items():
        start = orders[row["$row"]]["placed_at"]
        within = [o for o in orders if str(o["customer_id"]) == unit and start <= o["placed_at"] < start + FORTNIGHT]
        if (start + FORTNIGHT).timestamp() * 1e6 <= end:  # what is not over says nothing yet
            amounts[row["$arm"]].append(sum(order["amount"] for order in within))
    for arm in analysis["arms"]:
        found = amounts[arm["name"]]
        estimate = arm["estimates"]["sum(amount)"]
        assert arm["units"] == sum(row["$arm"] == arm["name"] for row in first.values()) > len(found)
        assert estimate["units"] == len(found)
        adjusted = sum(found) / len(found)
        assert estimate["mean"] == pytest.approx(adjusted, rel=0.2)  # the covariate moves it a little


class TestEffectsThatWereUndone:
    """What an effect did may be undone; then the effect, and what was made from it, is done again."""

    SERVING = "serving: {s: {model: t, mode: batch, write: out/scores.csv}}\n"

    def test_a_second_run_does_nothing(self, shop: Any, untimed: str) -> None:
        shop.run(untimed + MEADOW + self.SERVING)
        again = shop.run(untimed + MEADOW + self.SERVING)
        for step in ("t.register", "s.live", "s.predictions", "s.write"):
            assert again.statuses(step) == ["stored"]

    def test_predictions_that_were_deleted_are_written_again(self, shop: Any, untimed: str) -> None:
        shop.run(untimed + MEADOW + self.SERVING)
        (shop.root / "out/scores.csv").unlink()
        again = shop.run(untimed + MEADOW + self.SERVING)
        assert again.statuses("s.write") == ["done"]
        assert again.statuses("s.predictions") == ["stored"]
        assert (shop.root / "out/scores.csv").is_file()

    def test_going_back_to_an_earlier_spec_makes_its_model_live_again(self, shop: Any, untimed: str) -> None:
        other = MEADOW.replace(LOGISTIC, "sklearn.naive_bayes.GaussianNB")
        scores = []
        for training in (MEADOW, other, MEADOW):
            finished = shop.run(untimed + training + self.SERVING)
            scores.append((finished.value("s.live", "entry")["version"], (shop.root / "out/scores.csv").read_text()))
        assert [version for version, _ in scores] == [1, 2, 1]
        assert scores[0] == scores[2] != scores[1]

    def test_a_version_that_a_person_rolled_back_stays_back(self, shop: Any, untimed: str) -> None:
        other = MEADOW.replace(LOGISTIC, "sklearn.naive_bayes.GaussianNB")
        shop.run(untimed + MEADOW + self.SERVING)
        store = shop.run(untimed + other + self.SERVING).run.store
        registry.rollback(store, "t", who="ada", when="2024-05-01T00:00:00+00:00")
        again = shop.run(untimed + other + self.SERVING)
        assert again.value("s.live", "entry")["version"] == 1
        assert again.statuses("s.write") == ["done"]
        registry.promote(store, "t", 2, who="ada", when="2024-05-02T00:00:00+00:00")
        assert shop.run(untimed + other + self.SERVING).value("s.live", "entry")["version"] == 2
