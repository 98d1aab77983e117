"""From fitted parts to a bundle: ensembles, routing, out-of-fold predictions and the report, by brute force."""

from __future__ import annotations

import pickle

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_runtime.errors import StepError
from mlc_runtime.learn.bundle import Bundle
from mlc_runtime.learn.combine import average
from mlc_runtime.ops import assemble, bundle, calibrate, oof, predict, prepare, report, train

SCALER = {"use": "sklearn.preprocessing.StandardScaler", "with": {}}
ENCODER = {"use": "sklearn.preprocessing.OneHotEncoder", "with": {"handle_unknown": "ignore"}}
LOGISTIC = {"use": "sklearn.linear_model.LogisticRegression", "with": {}}
FEATURES = [["a.x", "float"], ["a.y", "float"], ["b.place", "string"]]


def fitted(table, context, strength, task="binary"):
    """The parts of one setting, as the steps of a training make them."""
    scale = prepare.run({"train": table}, {"call": SCALER, "arguments": {}, "columns": ["a.x"], "seed": 0}, context)
    encode = prepare.run(
        {"train": scale["train"]}, {"call": ENCODER, "arguments": {}, "columns": ["b.place"], "seed": 0}, context
    )
    params = {"call": LOGISTIC, "arguments": {"C": strength}, "task": task, "seed": 0}
    model = train.run({"train": encode["train"]}, params, context)["model"]
    return {"scale": scale["stage"], "encode": encode["stage"], "model": model}


def assembled(context, parts, task="binary", **inputs):
    collected = {
        "stage.0": [(record, part["scale"]) for record, part in parts],
        "stage.1": [(record, part["encode"]) for record, part in parts],
        "models": [(record, part["model"]) for record, part in parts],
    }
    params = {"task": task, "features": FEATURES, "stages": 2}
    return assemble.run(collected | inputs, params, context)["model"]


class TestAssemble:
    def test_raw_features_go_through_stages_and_the_settings_are_averaged(self, examples, context):
        table, new = examples(), examples(30, seed=2)
        parts = [({"C": c}, fitted(table, context, c)) for c in (0.1, 1.0, 10.0)]
        alone = []
        for _, part in parts:
            prepared = part["encode"].transform(part["scale"].transform(new))
            alone.append(part["model"].predict(prepared)["prediction"].to_numpy())
        predictions = assembled(context, parts).predict(new)
        assert predictions["prediction"].to_numpy() == pytest.approx(np.mean(alone, axis=0))
        assert predictions.column_names == ["$row", "$label", "prediction", "decision"]

    def test_calibrated_before_the_mean_and_decided_at_the_threshold(self, examples, context):
        table, new = examples(), examples(30, seed=2)
        parts = [({"C": c}, fitted(table, context, c)) for c in (0.01, 1.0)]
        calibrators, expected = [], []
        for record, part in parts:
            prepared = part["encode"].transform(part["scale"].transform(examples(40, seed=3)))
            held_out = [({"$fold": 0}, part["model"].predict(prepared))]
            params = {"method": "sigmoid", "task": "binary"}
            calibrators.append((record, calibrate.run({"predictions": held_out}, params, context)["calibrator"]))
            prepared = part["encode"].transform(part["scale"].transform(new))
            expected.append(calibrators[-1][1].apply(part["model"].predict(prepared))["prediction"].to_numpy())
        model = assembled(context, parts, calibrators=calibrators, threshold={"threshold": 0.8, "objective": 1})
        predictions = model.predict(new)
        assert predictions["prediction"].to_numpy() == pytest.approx(np.mean(expected, axis=0))
        assert predictions["decision"].to_pylist() == (predictions["prediction"].to_numpy() >= 0.8).tolist()

    def test_without_a_refit_the_models_of_all_folds_share_a_calibrator(self, examples, context):
        part = fitted(examples(), context, 1.0)
        parts = [({"$fold": fold, "C": 1.0}, part) for fold in range(2)]
        held_out = part["model"].predict(part["encode"].transform(part["scale"].transform(examples(40, seed=3))))
        params = {"method": "isotonic", "task": "binary"}
        calibrator = calibrate.run({"predictions": [({}, held_out)]}, params, context)["calibrator"]
        model = assembled(context, parts, calibrators=[({"C": 1.0}, calibrator)])
        assert [member.calibrator for member in model.members] == [calibrator] * 2

    def test_a_setting_whose_stage_is_missing_is_left_out(self, examples, context, log):
        parts = [({"C": c}, fitted(examples(), context, c)) for c in (0.1, 1.0)]
        model = assembled(context, parts, **{"stage.0": [({"C": 1.0}, parts[1][1]["scale"])]})
        assert [member.model for member in model.members] == [parts[1][1]["model"]]
        assert log == ["the model of {'C': 0.1} is left out: a stage or its calibrator is missing"]
        with pytest.raises(StepError) as error:
            assembled(context, parts, **{"stage.0": []})
        assert error.value.code == "MLC943"

    def test_it_predicts_the_same_once_loaded(self, examples, context):
        model = assembled(context, [({}, fitted(examples(), context, 1.0))])
        assert pickle.loads(pickle.dumps(model)).predict(examples(9)).equals(model.predict(examples(9)))

    def test_rows_that_lack_a_feature_are_refused(self, examples, context):
        model = assembled(context, [({}, fitted(examples(), context, 1.0))])
        with pytest.raises(StepError, match=r"the rows lack `a\.x`") as error:
            model.predict(examples().drop_columns(["a.x"]))
        assert error.value.code == "MLC945"

    def test_columns_can_be_kept_beside_the_predictions(self, examples, context):
        model = assembled(context, [({}, fitted(examples(), context, 1.0))])
        rows = examples(3).append_column("flight_id", pa.array([7, 8, 9]))
        predictions = predict.run({"model": model, "rows": rows}, {"keep": ["flight_id"]}, context)["predictions"]
        assert predictions["flight_id"].to_pylist() == [7, 8, 9]

    def test_a_serving_without_a_live_model_says_so(self, examples, context):
        with pytest.raises(StepError) as error:
            predict.run({"model": None, "rows": examples(3)}, {}, context)
        assert error.value.code == "MLC949"


def binary(probability, decision=None):
    n = len(probability)
    return pa.table(
        {
            "$row": np.arange(n),
            "prediction": pa.array(probability, pa.float64()),
            "decision": pa.array([p >= 0.5 for p in probability] if decision is None else decision, pa.bool_()),
        }
    )


class TestAverage:
    def test_models_without_probabilities_vote_and_a_tie_is_true(self):
        tables = [binary([None] * 3, d) for d in ([True, True, False], [False, True, False])]
        assert average("binary", tables).select(["prediction", "decision"]).to_pylist() == [
            {"prediction": None, "decision": True},
            {"prediction": None, "decision": True},
            {"prediction": None, "decision": False},
        ]

    def test_classes_that_a_model_has_not_met_have_probability_0_there(self):
        row = {"$row": [0]}
        one = pa.table(row | {"prediction": ["a"], "probability.a": [0.6], "probability.b": [0.4]})
        other = pa.table(row | {"prediction": ["c"], "probability.b": [0.3], "probability.c": [0.7]})
        (found,) = average("classes", [one, other]).to_pylist()
        assert found == {
            "$row": 0,
            "prediction": "b",
            "probability.a": pytest.approx(0.3),
            "probability.b": pytest.approx(0.35),
            "probability.c": pytest.approx(0.35),
        }

    def test_classes_vote_where_a_model_gives_none_and_a_tie_goes_to_the_first(self):
        tables = [pa.table({"$row": [0, 1], "prediction": p}) for p in (["b", "c"], ["a", "c"])]
        assert average("classes", tables)["prediction"].to_pylist() == ["a", "c"]

    def test_numbers(self):
        tables = [pa.table({"$row": [0, 1], "prediction": p}) for p in ([1.0, 2.0], [3.0, None])]
        assert average("number", tables)["prediction"].to_pylist() == [2.0, None]

    def test_predictions_of_different_rows_are_a_bug(self):
        with pytest.raises(ValueError, match="different rows"):
            average("number", [pa.table({"$row": [row], "prediction": [1.0]}) for row in (0, 1)])


class Constant:
    """Predicts one number, or null from a given row on."""

    def __init__(self, value, silent_from=10**9):
        self.value, self.silent_from = value, silent_from

    def predict(self, table, keep=()):
        rows = table["$row"].to_pylist()
        values = [None if row >= self.silent_from else self.value for row in rows]
        return table.select(["$row"]).append_column("prediction", pa.array(values, pa.float64()))


class TestBundle:
    @given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([1, 2, None])), max_size=12), st.booleans())
    @settings(max_examples=80, deadline=None)
    def test_each_row_is_answered_by_its_model_else_the_fallback_else_nobody(self, rows, has_fallback):
        models = {("a", 1): Constant(1.0), ("b", 2): Constant(2.0, silent_from=6), ("c", None): Constant(3.0)}
        fallback = Constant(9.0, silent_from=8) if has_fallback else None
        table = pa.table(
            {
                "$row": pa.array(range(len(rows)), pa.int64()),
                "x": pa.array([x for x, _ in rows], pa.string()),
                "y": pa.array([y for _, y in rows], pa.int64()),
            }
        )
        predictions = Bundle("number", ("x", "y"), models, fallback).predict(table, ("x",))
        expected = []
        for row, key in enumerate(rows):
            model = models.get(key, fallback)
            answer = model.value if model and row < model.silent_from else None
            route = None if answer is None else "model" if key in models else "fallback"
            expected.append({"$row": row, "x": key[0], "prediction": answer, "$route": route})
        assert predictions.to_pylist() == expected

    def test_without_each_one_predictor_gets_every_row_in_one_batch(self, examples, context):
        batches = []

        class Counting(Constant):
            def predict(self, table, keep=()):
                batches.append(table.num_rows)
                return super().predict(table, keep)

        inputs = {"models": [({}, Counting(1.0))]}
        made = bundle.run(inputs, {"fields": [], "task": "number"}, context)["model"]
        assert made.predict(examples(50, task="number"))["prediction"].to_pylist() == [1.0] * 50
        assert batches == [50]

    def test_a_fallback_behind_a_condition_is_collected(self, context):
        params = {"fields": ["x"], "task": "number"}
        for fallback, answer in [([({}, Constant(2.0))], 2.0), ([], None), (None, None), (Constant(3.0), 3.0)]:
            made = bundle.run({"models": [], "fallback": fallback}, params, context)["model"]
            found = made.predict(pa.table({"$row": [0], "x": ["a"]}))
            assert found["prediction"].to_pylist() == [answer]

    def test_models_of_different_classes(self, context):
        class Classes:
            def __init__(self, names):
                self.names = names

            def predict(self, table, keep=()):
                columns = {f"probability.{name}": [1 / len(self.names)] * len(table) for name in self.names}
                return pa.table({"$row": table["$row"], "prediction": [self.names[0]] * len(table)} | columns)

        models = [({"x": "1"}, Classes("ab")), ({"x": "2"}, Classes("bc"))]
        made = bundle.run({"models": models}, {"fields": ["x"], "task": "classes"}, context)["model"]
        found = made.predict(pa.table({"$row": [0, 1, 2], "x": ["2", "1", "3"]})).to_pylist()
        assert [[row[f"probability.{name}"] for name in "abc"] for row in found] == [
            [0.0, 0.5, 0.5],
            [0.5, 0.5, 0.0],
            [None, None, None],
        ]
        assert [row["prediction"] for row in found] == ["b", "a", None]


class TestOutOfFold:
    def test_one_row_each_sorted_and_averaged_over_the_settings(self, context):
        def part(rows, values):
            return pa.table({"$row": rows, "prediction": pa.array(values, pa.float64())})

        predictions = [
            ({"x": 1, "$fold": 0, "C": 1}, part([4, 5], [1.0, 2.0])),
            ({"x": 1, "$fold": 0, "C": 2}, part([4, 5], [3.0, None])),
            ({"x": 2, "$fold": 0, "C": 3}, part([0, 3], [5.0, 6.0])),
            ({"x": 1, "$fold": 1, "C": 1}, part([2], [7.0])),
        ]
        inputs = {"predictions": predictions, "test": part([1, 9], [8.0, 9.0])}
        found = oof.run(inputs, {"task": "number"}, context)["table"]
        assert found.to_pydict() == {"$row": [0, 1, 2, 3, 4, 9], "prediction": [5.0, 8.0, 7.0, 6.0, 2.0, 9.0]}

    def test_decisions_stand_in_for_probabilities(self, context):
        inputs = {"predictions": [({}, binary([None, None], [True, False]))]}
        found = oof.run(inputs, {"task": "binary"}, context)["table"]
        assert found["prediction"].to_pylist() == [1.0, 0.0]


class TestReport:
    def table(self, rows, label, probability):
        return pa.table(
            {"$row": rows, "$label": label, "prediction": probability, "decision": [p >= 0.5 for p in probability]}
        )

    def test_tests_folds_and_values_of_each(self, context):
        original = pa.table({"$row": range(8), "origin": ["E", "E", "J", "J", "E", "E", "J", "J"]})
        validation = [
            ({"origin": "E", "$fold": 0, "C": 1}, self.table([0], [True], [0.9])),
            ({"origin": "E", "$fold": 0, "C": 2}, self.table([0], [True], [0.5])),
            ({"origin": "E", "$fold": 1, "C": 1}, self.table([1], [False], [0.3])),
            ({"origin": "J", "$fold": 0, "C": 1}, self.table([2, 3], [False, False], [0.6, 0.4])),
        ]
        test = self.table([4, 6, 7], [True, False, None], [0.8, 0.9, 0.1])
        params = {"task": "binary", "metrics": [{"name": "brier"}], "fields": ["origin"]}
        inputs = {"test": test, "validation": validation, "original": original}
        found = report.run(inputs, params, context)["report"]
        assert found["test"]["metrics"]["brier"] == pytest.approx((0.2**2 + 0.9**2) / 2)
        assert (found["test"]["rows"], found["test"]["unlabelled"]) == (2, 1)
        folds = [(0.3**2 + 0.6**2 + 0.4**2) / 3, 0.3**2]
        assert found["validation"]["metrics"]["brier"] == pytest.approx(np.mean(folds))
        assert found["validation"]["rows"] == 4
        assert [entry["at"] for entry in found["by"]] == [{"origin": "E"}, {"origin": "J"}]
        east, kennedy = found["by"]
        assert east["validation"]["metrics"]["brier"] == pytest.approx((0.3**2 + 0.3**2) / 2)
        assert east["test"]["metrics"]["brier"] == pytest.approx(0.2**2)
        assert kennedy["validation"]["metrics"]["brier"] == pytest.approx((0.6**2 + 0.4**2) / 2)
        assert kennedy["test"]["unlabelled"] == 1

    def test_without_each_and_folds(self, context):
        test = self.table([0], [True], [0.8])
        params = {"task": "binary", "metrics": [{"name": "accuracy"}], "fields": []}
        found = report.run({"test": test, "original": pa.table({"$row": [0]})}, params, context)["report"]
        assert (found["validation"], found["by"]) == (None, [])
        assert found["test"]["metrics"] == {"accuracy": 1.0}

    def test_a_metric_that_a_fold_lacks_is_the_mean_of_the_others(self, context):
        validation = [
            ({"$fold": 0}, self.table([0, 1], [True, False], [0.9, 0.1])),
            ({"$fold": 1}, self.table([2], [True], [0.9])),
        ]
        params = {"task": "binary", "metrics": [{"name": "roc_auc"}], "fields": []}
        inputs = {
            "test": self.table([3], [True], [0.8]),
            "validation": validation,
            "original": pa.table({"$row": range(4)}),
        }
        found = report.run(inputs, params, context)["report"]
        assert found["validation"]["metrics"] == {"roc_auc": 1.0}
        assert found["test"]["undefined"] == {"roc_auc": "the labels are all the same"}
