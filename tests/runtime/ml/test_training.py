"""A whole training by its operations, against the same thing written by hand with scikit-learn."""

from __future__ import annotations

from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline

from mlc_runtime.ops import assemble, bundle, evaluate, oof, predict, prepare, report, select, train
from mlc_runtime.ops import slice as slicing

ORIGINS = ["EWR", "JFK"]
FOLDS = range(2)
STRENGTHS, STRATEGIES = [0.01, 1.0], ["mean", "median"]
METRICS = [{"name": "log_loss"}, {"name": "roc_auc"}]
FEATURES = ["a.x", "a.y"]


@pytest.fixture(scope="module")
def rows():
    """What a training reads: two folds that move forward in time, then the test."""
    random, n = np.random.default_rng(4), 240
    x, y = random.normal(size=n), random.exponential(size=n)
    origin = np.array(ORIGINS)[random.integers(0, 2, n)]
    late = x * np.where(origin == "JFK", 2, -1) + 0.3 * y + random.normal(size=n) > 0.2
    part = np.repeat(["train", "v0", "v1", "test"], n // 4)
    return pa.table(
        {
            "$row": np.arange(n),
            "$label": pa.array([None if i % 17 == 0 else bool(value) for i, value in enumerate(late)]),
            "$fold.0": [{"train": "train", "v0": "validation"}.get(p) for p in part],
            "$fold.1": [{"train": "train", "v0": "train", "v1": "validation"}.get(p) for p in part],
            "$refit": part != "test",
            "$test": part == "test",
            "a.x": x,
            "a.y": pa.array([None if i % 7 == 0 else value for i, value in enumerate(y)], pa.float64()),
            "origin": origin,
        }
    )


def stage_and_model(tables, strength, strategy, context):
    gaps = {"call": {"use": "sklearn.impute.SimpleImputer", "with": {}}, "arguments": {"strategy": strategy}}
    prepared = prepare.run(tables, gaps | {"columns": None, "seed": 0}, context)
    model = {"call": {"use": "sklearn.linear_model.LogisticRegression", "with": {}}, "arguments": {"C": strength}}
    inputs = {port: prepared[port] for port in tables}
    fitted = train.run(inputs, model | {"task": "binary", "seed": 0}, context)["model"]
    return prepared, fitted


def learn(rows, context):
    def cut(parts, origin=None, fold=None):
        where = {} if origin is None else {"origin": origin}
        columns = FEATURES if origin is not None else [*FEATURES, "origin"]
        return slicing.run({"rows": rows}, {"where": where, "parts": parts, "fold": fold, "columns": columns}, context)

    scores, validation = {origin: [] for origin in ORIGINS}, {}
    for origin, fold, strength, strategy in product(ORIGINS, FOLDS, STRENGTHS, STRATEGIES):
        tables = cut(["train", "validation"], origin, fold)
        prepared, model = stage_and_model(tables, strength, strategy, context)
        setting = {"C": strength, "gaps.strategy": strategy}
        inputs = {"model": model, "rows": prepared["validation"], "original": tables["validation"]}
        found = evaluate.run(inputs, {"task": "binary", "metrics": METRICS}, context)["scores"]
        scores[origin].append((setting | {"$fold": fold}, found))
        predictions = predict.run(inputs, {"task": "binary"}, context)["predictions"]
        validation[origin, fold, strength, strategy] = predictions

    chosen, models, out_of_fold = {}, [], []
    for origin in ORIGINS:
        params = {"minimize": "log_loss", "keep": 2, "fields": ["C", "gaps.strategy"]}
        best = select.run({"scores": scores[origin]}, params, context)
        chosen[origin] = best["chosen"]["records"]
        stages, fitted = [], []
        for strength, strategy in chosen[origin]:
            record = {"C": strength, "gaps.strategy": strategy}
            table = {"train": cut(["refit"], origin)["refit"]}
            prepared, model = stage_and_model(table, strength, strategy, context)
            stages.append((record, prepared["stage"]))
            fitted.append((record, model))
            for fold in FOLDS:
                coordinates = {"origin": origin, "$fold": fold} | record
                out_of_fold.append((coordinates, validation[origin, fold, strength, strategy]))
        params = {"task": "binary", "features": [[name, "float"] for name in FEATURES], "stages": 1}
        model = assemble.run({"models": fitted, "stage.0": stages}, params, context)["model"]
        models.append(({"origin": origin}, model))
    whole = bundle.run({"models": models}, {"fields": ["origin"], "task": "binary"}, context)["model"]
    test = predict.run({"model": whole, "rows": cut(["test"])["test"]}, {"task": "binary"}, context)["predictions"]
    params = {"task": "binary", "metrics": METRICS, "fields": ["origin"]}
    inputs = {"test": test, "validation": out_of_fold, "original": rows}
    found = report.run(inputs, params, context)["report"]
    second = oof.run({"predictions": out_of_fold, "test": test}, {"task": "binary"}, context)["table"]
    return chosen, test, found, second


def by_hand(rows):
    frame = rows.to_pandas()
    frame = frame[frame["$label"].notna()]
    settings = list(product(STRENGTHS, STRATEGIES))
    chosen, validation, test = {}, {}, {}
    for origin in ORIGINS:
        of = frame[frame["origin"] == origin]

        def fit(train, setting):
            model = make_pipeline(SimpleImputer(strategy=setting[1]), LogisticRegression(C=setting[0]))
            return model.fit(train[FEATURES], train["$label"].astype(bool))

        means, predicted = {}, {}
        for setting in settings:
            losses = []
            for fold in FOLDS:
                held_out = of[of[f"$fold.{fold}"] == "validation"]
                model = fit(of[of[f"$fold.{fold}"] == "train"], setting)
                predicted[setting, fold] = dict(
                    zip(held_out["$row"], model.predict_proba(held_out[FEATURES])[:, 1], strict=True)
                )
                losses.append(log_loss(held_out["$label"].astype(bool), list(predicted[setting, fold].values())))
            means[setting] = np.mean(losses)
        chosen[origin] = sorted(settings, key=means.get)[:2]
        for fold in FOLDS:
            one, two = (predicted[setting, fold] for setting in chosen[origin])
            validation |= {row: (one[row] + two[row]) / 2 for row in one}
        unseen = of[of["$test"]]
        both = [fit(of[of["$refit"]], setting).predict_proba(unseen[FEATURES])[:, 1] for setting in chosen[origin]]
        test |= dict(zip(unseen["$row"], np.mean(both, axis=0), strict=True))
    return chosen, validation, test


def test_it_is_what_one_would_write_by_hand(rows, context):
    chosen, test, found, second = learn(rows, context)
    expected, validated, tested = by_hand(rows)
    assert {origin: [tuple(record) for record in records] for origin, records in chosen.items()} == expected
    assert dict(zip(test["$row"].to_pylist(), test["prediction"].to_pylist(), strict=True)) == pytest.approx(tested)
    assert set(test["$route"].to_pylist()) == {"model"}
    together = validated | tested
    assert second["$row"].to_pylist() == sorted(together)
    assert second["prediction"].to_pylist() == pytest.approx([together[row] for row in sorted(together)])
    label = dict(zip(rows["$row"].to_pylist(), rows["$label"].to_pylist(), strict=True))
    assert found["test"]["metrics"]["log_loss"] == pytest.approx(
        log_loss([label[row] for row in tested], list(tested.values()))
    )
    assert [entry["at"] for entry in found["by"]] == [{"origin": origin} for origin in ORIGINS]
    assert found["validation"]["rows"] == len(validated)


def test_it_is_the_same_twice(rows, context):
    (chosen, test, found, second), again = learn(rows, context), learn(rows, context)
    assert (chosen, found) == (again[0], again[2])
    assert test.equals(again[1])
    assert second.equals(again[3])
