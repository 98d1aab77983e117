"""Every construct of a training, fitted on a meadow of 120 plants or four months of a shop."""

from typing import Any

import pytest

EXAMPLES = """
examples:
  e: {from: plants, label: tall, split: {by: random, test: 25%, folds: 3}}
"""
LOGISTIC = "sklearn.linear_model.LogisticRegression"
TREES = "sklearn.ensemble.HistGradientBoostingClassifier"


def fit(shop: Any, untimed: str, *entries: str, examples: str = EXAMPLES, **more: Any) -> Any:
    """Run some trainings on the meadow, of which none may fail."""
    finished = shop.run(untimed + examples + "training:\n" + "".join(entries), **more)
    assert finished.failures() == {}
    return finished


def training(keys: str, name: str = "t", features: str = "[size]") -> str:
    """A training on the meadow with further keys."""
    return f"  {name}: {{examples: e, features: {features}, {keys}}}\n"


def test_model_metrics_and_report(shop: Any, untimed: str) -> None:
    finished = fit(shop, untimed, training(f"model: {LOGISTIC}, metrics: [roc_auc, brier]"))
    report = finished.value("t.report", "report")
    assert report["test"]["metrics"]["roc_auc"] > 0.8
    assert set(report["validation"]["metrics"]) == {"roc_auc", "brier"}
    assert finished.value("t.register", "entry")["version"] == 1


def test_features_are_groups_columns_and_predictions(shop: Any, untimed: str) -> None:
    finished = fit(
        shop,
        untimed,
        training(f"model: {LOGISTIC}", "base"),
        training(f"model: {LOGISTIC}", "stacked", "[size.width, base.prediction]"),
    )
    predictions = finished.rows("base.prediction")["prediction"]
    assert len(predictions) == 120
    assert all(0 <= value <= 1 for value in predictions)
    assert "base.prediction" in finished.rows("stacked.rows")
    assert finished.value("stacked.report", "report")["test"]["rows"] > 0


def test_prepare_in_order_with_columns_and_arguments(shop: Any, untimed: str) -> None:
    stages = """
    prepare: {codes: {use: sklearn.preprocessing.OneHotEncoder, columns: [place.soil], with: {handle_unknown: ignore}},
              gaps: sklearn.impute.SimpleImputer, scale: {use: sklearn.preprocessing.StandardScaler}},
    """.strip()
    finished = fit(shop, untimed, training(f"{stages} model: {LOGISTIC}", features="[size, place]"))
    made = finished.rows("t.prepare.scale", "train", **{"$fold": 0})
    assert len([name for name in made if not name.startswith("$")]) == 3
    width = next(values for name, values in made.items() if "width" in name)
    assert abs(sum(width)) < 1e-6


@pytest.mark.parametrize(
    ("grid", "values"),
    [
        ("{C: [0.1, 1]}", [0.1, 1]),
        ("{C: {from: 0.01, to: 1, count: 3, scale: log}}", [0.01, 0.1, 1.0]),
        ("{C: {from: 1, to: 2, count: 3, scale: linear}}", [1, 2]),
        ("{C: {from: 1.0, to: 2, count: 3, scale: linear}}", [1.0, 1.5, 2.0]),
        ("{C: {from: 1, to: 5, step: 2}}", [1, 3, 5]),
    ],
)
def test_grid_of_values_and_ranges(shop: Any, untimed: str, grid: str, values: list[float]) -> None:
    finished = fit(
        shop, untimed, training(f"model: {LOGISTIC}, grid: {grid}, select: {{minimize: log_loss}}, metrics: [log_loss]")
    )
    tried = [at["C"] for at, _ in finished.outcomes["t.fit"] if at["$fold"] == 0]
    assert tried == values
    ranking = finished.value("t.best", "ranking")["settings"]
    assert [entry["mean"] for entry in ranking] == sorted(entry["mean"] for entry in ranking)


def test_grid_sets_stages_in_both_forms(shop: Any, untimed: str) -> None:
    keys = f"""prepare: {{gaps: sklearn.impute.SimpleImputer}}, model: {LOGISTIC}, select: {{minimize: log_loss}},
       metrics: [log_loss], grid: """
    for grid in ("{gaps.strategy: [mean, median]}", "{gaps: {strategy: [mean, median]}}"):
        finished = fit(shop, untimed, training(f'{keys}"{grid}"'.replace('"', "")))
        assert [at["gaps.strategy"] for at, _ in finished.outcomes["t.fit"]][:2] == ["mean", "median"]


def test_grid_swaps_model_and_stage(shop: Any, untimed: str) -> None:
    finished = fit(
        shop,
        untimed,
        training(
            f"""prepare: {{scale: sklearn.preprocessing.StandardScaler}},
       model: {{use: {LOGISTIC}, with: {{C: 0.5}}}}, metrics: [brier], select: {{minimize: brier}},
       grid: [{{scale: [sklearn.preprocessing.MinMaxScaler, {{use: sklearn.preprocessing.RobustScaler}}]}},
              {{model: [sklearn.tree.DecisionTreeClassifier], max_depth: [2, 3]}}]"""
        ),
    )
    settings = [at for at, _ in finished.outcomes["t.fit"] if at["$fold"] == 0]
    assert len(settings) == 4
    fitted = [finished.value("t.fit", "model", **at) for at in settings]
    assert [model.use.rpartition(".")[2] for model in fitted] == ["LogisticRegression"] * 2 + [
        "DecisionTreeClassifier"
    ] * 2


def test_search_random(shop: Any, untimed: str) -> None:
    keys = f"model: {LOGISTIC}, metrics: [brier], select: {{minimize: brier}}"
    continuous = fit(
        shop, untimed, training(f"{keys}, grid: {{C: {{from: 0.01, to: 10, scale: log}}}}, search: {{random: 4}}")
    )
    drawn = [at["C"] for at, _ in continuous.outcomes["t.fit"] if at["$fold"] == 0]
    assert len(set(drawn)) == 4
    assert all(0.01 <= value <= 10 for value in drawn)
    listed = fit(shop, untimed, training(f"{keys}, grid: {{C: [1, 2, 3, 4, 5]}}, search: {{random: 3}}"))
    assert len({at["C"] for at, _ in listed.outcomes["t.fit"]}) == 3
    whole = fit(shop, untimed, training(f"{keys}, grid: {{C: [1, 2]}}, search: grid"))
    assert len({at["C"] for at, _ in whole.outcomes["t.fit"]}) == 2


def test_search_halving(shop: Any, untimed: str) -> None:
    finished = fit(
        shop,
        untimed,
        training(
            f"""model: {TREES}, metrics: [brier], select: {{minimize: brier}},
       grid: {{learning_rate: [0.05, 0.1, 0.3], max_leaf_nodes: [3, 5, 7]}},
       search: {{halving: {{factor: 3, resource: max_iter, min: 2, start: 9}}}}"""
        ),
    )
    rounds = {
        name: len({at["learning_rate"] * 100 + at["max_leaf_nodes"] for at, _ in finished.outcomes[name]})
        for name in finished.outcomes
        if name.startswith("t.fit")
    }
    assert list(rounds.values()) == [9, 3, 1]


def test_each_in_three_forms(shop: Any, untimed: str) -> None:
    for each, count in (("soil", 2), ("[bed, soil]", 4), ("{soil: [sand]}", 1)):
        finished = fit(shop, untimed, training(f"each: {each}, model: {LOGISTIC}, metrics: [brier]", features="[size]"))
        assert len(finished.outcomes["t.model"]) == count
        assert (
            sum(entry["test"]["routes"]["model"] > 0 for entry in finished.value("t.report", "report")["by"]) == count
        )


def test_select_per_and_top(shop: Any, untimed: str) -> None:
    shop.level = 0  # the models on the way are looked at
    keys = f"each: [bed, soil], model: {LOGISTIC}, metrics: [brier], grid: {{C: [0.01, 0.1, 1]}}"
    for per, count in (("[bed]", 2), ("[]", 1)):
        finished = fit(shop, untimed, training(f"{keys}, select: {{minimize: brier, per: {per}}}"))
        assert len(finished.outcomes["t.best"]) == count
    finished = fit(
        shop,
        untimed,
        training(
            f"model: {LOGISTIC}, metrics: [brier], grid: {{C: [0.01, 0.1, 1]}}, select: {{minimize: brier, top: 2}}"
        ),
    )
    assert len(finished.value("t.model", "model").members) == 2


def test_fallback_and_min_rows(shop: Any, untimed: str) -> None:
    finished = fit(
        shop,
        untimed,
        training(f"model: {LOGISTIC}, metrics: [brier]", "all"),
        training(f"each: bed, min_rows: 50, fallback: all, model: {LOGISTIC}, metrics: [brier]"),
    )
    assert [at["bed"] for at, _ in finished.outcomes["t.model"]] == ["north"]
    routes = finished.rows("t.test", "predictions")["$route"]
    assert set(routes) == {"model", "fallback"}


def test_tolerate_lets_a_model_fail(shop: Any, untimed: str) -> None:
    shop.write(
        {
            "models.py": """
            from sklearn.linear_model import LogisticRegression

            def fit(train, validation, context):
                if train["size.width"].max() > 0 and len(train) < 30:
                    raise ValueError("too few")
                return LogisticRegression().fit(train[context.features], train["label"])
            """
        }
    )
    finished = shop.run(
        untimed
        + EXAMPLES
        + "training:\n"
        + training(f"model: {LOGISTIC}, metrics: [brier]", "all")
        + training('each: bed, fallback: all, model: "models:fit", metrics: [brier], tolerate: 60%, refit: false')
    )
    assert sorted(set(finished.statuses("t.fit"))) == ["done", "failed"]
    assert finished.value("t.report", "report")["test"]["rows"] > 0


def test_refit(shop: Any, untimed: str) -> None:
    shop.level = 0  # the models on the way are looked at
    for refit, steps in (("true", {"t.refit"}), ("false", set())):
        finished = fit(shop, untimed, training(f"model: {LOGISTIC}, refit: {refit}"))
        assert {name for name in finished.outcomes if name == "t.refit"} == steps
    assert len(finished.value("t.model", "model").members) == 3


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibrate(shop: Any, untimed: str, method: str) -> None:
    shop.level = 0  # the models on the way are looked at
    finished = fit(shop, untimed, training(f"model: {LOGISTIC}, calibrate: {method}, metrics: [brier]"))
    assert finished.value("t.model", "model").members[0].calibrator is not None


def test_threshold_by_metric_and_by_expression(shop: Any, untimed: str) -> None:
    found = {}
    for objective in ("{maximize: f1}", "{minimize: 50 * fn + $cost * fp}"):
        finished = fit(
            shop,
            untimed + "",
            training(f"model: {LOGISTIC}, calibrate: sigmoid, threshold: {objective}"),
            examples="parameters: {cost: {type: float, default: 1}}\n" + EXAMPLES,
        )
        found[objective] = finished.value("t.threshold", "threshold")
    assert len(set(map(str, found.values()))) == 2


def test_metric_function_with_arguments(shop: Any, untimed: str) -> None:
    shop.write(
        {"scores.py": "def share(label, prediction, rows, above):\n    return float((prediction > above).mean())\n"}
    )
    finished = fit(
        shop,
        untimed,
        training(
            f"""model: {LOGISTIC}, grid: {{C: [0.1, 1]}}, select: {{maximize: share}},
       metrics: [{{use: "scores:share", with: {{above: $above}}}}]"""
        ),
        examples="parameters: {above: {type: float, default: 0.5}}\n" + EXAMPLES,
        given={"above": "0"},
    )
    assert finished.value("t.report", "report")["test"]["metrics"]["share"] == 1.0


def test_model_is_a_function_with_a_checkpoint_and_retries(shop: Any, untimed: str) -> None:
    shop.write(
        {
            "models.py": """
            from sklearn.linear_model import LogisticRegression

            def fit(train, validation, context, c):
                mark = context.checkpoint / "tried"
                if not mark.exists():
                    mark.touch()
                    raise RuntimeError("the first attempt fails")
                assert list(train[context.features].columns) == list(context.features)
                return LogisticRegression(C=c).fit(train[context.features], train["label"])
            """
        }
    )
    keys = 'model: {use: "models:fit", with: {c: 1.0}}, checkpoint: true, retry: {limit: 1, backoff: 1s, max: 2s}'
    finished = fit(
        shop, untimed, training(f"{keys}, timeout: 1h, resources: {{cpu: 1, memory: 1Gi, gpu: 0, pool: small}}")
    )
    policy = finished.run.plan.by_name["t.refit"].policy
    assert (policy.checkpoint, policy.retry, policy.backoff, policy.timeout) == (True, 1, 1_000_000, 3600_000_000)
    assert policy.resources == {"cpu": 1, "memory": 2**30, "gpu": 0}
    assert policy.pool == "small"


def test_when_leaves_a_training_out(shop: Any, untimed: str) -> None:
    shop.write({"checks.py": "def drift(value):\n    return value\n"})
    for value, tasks in (("0.1", 0), ("0.9", 1)):
        finished = shop.run(
            untimed
            + f"""
parameters: {{value: {{type: float, default: {value}}}}}
steps: {{drift: {{use: "checks:drift", with: {{value: $value}}, outputs: {{psi: float}}}}}}
"""
            + EXAMPLES
            + "training:\n"
            + training(f"model: {LOGISTIC}, metrics: [brier], when: drift.psi > 0.5")
        )
        assert finished.failures() == {}
        assert len(finished.outcomes["t.bundle"]) == tasks


def test_labels_of_every_task(shop: Any, untimed: str) -> None:
    for label, model, metric in (
        ("species", LOGISTIC, "accuracy"),
        ("height", "sklearn.linear_model.LinearRegression", "rmse"),
        ("tall", LOGISTIC, "brier"),
    ):
        finished = fit(
            shop,
            untimed,
            training(f"model: {model}, metrics: [{metric}]"),
            examples=f"examples: {{e: {{from: plants, label: {label}, split: {{by: random, test: 25%}}}}}}\n",
        )
        assert finished.value("t.report", "report")["test"]["metrics"][metric] is not None


def test_weights_reach_the_model(shop: Any, untimed: str) -> None:
    plain, heavy = (
        fit(
            shop,
            untimed,
            training(f"model: {LOGISTIC}"),
            examples=EXAMPLES.replace("label: tall", f"label: tall, weight: {weight}"),
        )
        .value("t.refit", "model")
        .estimator.coef_[0][0]
        for weight in ("1", "case when tall then 20 else 1 end")
    )
    assert plain != heavy


def test_training_in_time(shop: Any, timed: str) -> None:
    finished = shop.run(
        timed
        + f"""
features:
  past: {{from: orders, join: [customer_id], window: 60d, columns: {{n: count(*), spent: avg(amount)}}}}
  order: {{columns: [amount]}}
examples:
  e: {{from: orders, label: late, split: {{by: time, test: 20d, validation: 20d, folds: 2}}}}
training:
  t: {{examples: e, features: [past, order], prepare: {{gaps: sklearn.impute.SimpleImputer}}, model: {LOGISTIC},
      metrics: [roc_auc]}}
"""
    )
    assert finished.failures() == {}
    assert finished.value("t.report", "report")["test"]["metrics"]["roc_auc"] > 0.8
