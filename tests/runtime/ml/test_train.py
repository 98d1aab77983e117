from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from mlc_runtime.errors import StepError
from mlc_runtime.ops import prepare, train

LOGISTIC = "sklearn.linear_model.LogisticRegression"
BOOSTING = "sklearn.ensemble.HistGradientBoostingClassifier"


def params(use: str, task: str = "binary", arguments: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    return {"call": {"use": use, "with": given}, "arguments": arguments or {}, "task": task, "seed": 7}


def stage(use: str, columns: list[str] | None = None, **given: Any) -> dict[str, Any]:
    return {"call": {"use": use, "with": given}, "arguments": {}, "columns": columns, "seed": 7}


def fit(table: pa.Table, parameters: dict[str, Any], context: Any, **inputs: pa.Table) -> Any:
    return train.run({"train": table, **inputs}, parameters, context)["model"]


def test_a_binary_model_gives_the_probability_of_true_and_decides_at_one_half(examples, context):
    table = examples().drop_columns(["b.place"])
    model = fit(table, params(LOGISTIC), context)
    predictions = model.predict(table)
    assert predictions.column_names == ["$row", "$label", "prediction", "decision"]
    probability = predictions["prediction"].to_numpy()
    expected = model.estimator.predict_proba(table.select(["a.x", "a.y"]).to_pandas())[:, 1]
    assert probability.tolist() == expected.tolist()
    assert predictions["decision"].to_pylist() == (probability >= 0.5).tolist()


def test_several_classes_have_a_probability_each(examples, context):
    table = examples(task="classes").drop_columns(["b.place"])
    predictions = fit(table, params(LOGISTIC, "classes"), context).predict(table)
    names = ["probability.high", "probability.low", "probability.middle"]
    assert predictions.column_names[2:] == ["prediction", *names]
    stacked = np.stack([predictions[name].to_numpy() for name in names])
    assert np.allclose(stacked.sum(axis=0), 1)
    assert predictions["prediction"].to_pylist() == [names[i].split(".")[1] for i in stacked.argmax(axis=0)]


def test_text_keeps_its_meaning_where_other_rows_have_other_values(examples, context):
    table = examples()
    model = fit(table, params(BOOSTING, max_iter=5), context)
    whole = model.predict(table)["prediction"].to_pylist()
    only_lga = [row for row, place in enumerate(table["b.place"].to_pylist()) if place == "LGA"]
    alone = model.predict(table.take(only_lga))["prediction"].to_pylist()
    assert alone == [whole[row] for row in only_lga]


def test_a_pickled_model_predicts_the_same(examples, context):
    table = examples()
    model = fit(table, params(BOOSTING, max_iter=5), context)
    assert pickle.loads(pickle.dumps(model)).predict(table).equals(model.predict(table))


def test_the_seed_is_given_unless_the_call_states_one(examples, context):
    table = examples().drop_columns(["b.place"])
    forest = "sklearn.ensemble.RandomForestClassifier"
    assert fit(table, params(forest, n_estimators=2), context).estimator.random_state == 7
    assert fit(table, params(forest, n_estimators=2, random_state=3), context).estimator.random_state == 3


def test_arguments_of_the_grid_win(examples, context):
    model = fit(examples().drop_columns(["b.place"]), params(LOGISTIC, arguments={"C": 0.5}, C=2.0), context)
    assert model.estimator.C == 0.5


def test_weights_change_the_fit_and_a_model_without_them_is_refused(examples, context):
    table = examples().drop_columns(["b.place"])
    weighted = table.append_column("$weight", pa.array(np.arange(80.0)))
    plain, heavy = (fit(t, params(LOGISTIC), context).estimator.coef_ for t in (table, weighted))
    assert not np.allclose(plain, heavy)
    with pytest.raises(StepError, match="takes no `sample_weight`") as error:
        fit(weighted, params("sklearn.neighbors.KNeighborsClassifier"), context)
    assert error.value.code == "MLC932"


@pytest.mark.parametrize("wrong", [None, -1.0, float("nan"), float("inf")])
def test_a_weight_that_cannot_be_is_refused(examples, context, wrong):
    weight = pa.array([wrong] + [1.0] * 79, pa.float64())
    with pytest.raises(StepError, match="1 of 80 rows have a weight") as error:
        fit(examples().append_column("$weight", weight), params(BOOSTING), context)
    assert error.value.code == "MLC933"


def test_rows_without_a_label_are_left_out_and_counted(examples, context, log):
    table = examples().drop_columns(["b.place"])
    label = [None if i < 10 else value for i, value in enumerate(table["$label"].to_pylist())]
    some = table.set_column(1, "$label", pa.array(label))
    coefficients = fit(some, params(LOGISTIC), context).estimator.coef_
    assert (coefficients == fit(table.slice(10), params(LOGISTIC), context).estimator.coef_).all()
    assert "10 training rows without a label are left out" in log


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (lambda t: t.slice(0, 0), "MLC930", "no training row has a label"),
        (lambda t: t.filter(t["$label"]), "MLC931", "training rows have the label `true`"),
        (lambda t: t, "MLC935", "`b.place` has text, which"),
        (
            lambda t: t.drop_columns(["b.place"]).append_column("a.z", pa.nulls(80, pa.float64())),
            "MLC934",
            "`a.z` has no",
        ),
        (
            lambda t: t.drop_columns(["b.place"]).append_column("a.z", pa.array([None] + [1.0] * 79)),
            "MLC934",
            "`a.z` has missing values",
        ),
        (
            lambda t: t.drop_columns(["b.place"]).append_column("a.z", pa.array([float("inf")] + [1.0] * 79)),
            "MLC934",
            "`a.z` has infinite values",
        ),
        (
            lambda t: t.drop_columns(["b.place"]).append_column("a.t", pa.array([1] * 80, pa.timestamp("us", "UTC"))),
            "MLC935",
            "`a.t` has times",
        ),
        (
            lambda t: t.drop_columns(["b.place"]).append_column("a.t", pa.array([1] * 80, pa.date32())),
            "MLC935",
            "`a.t` has times",
        ),
    ],
)
def test_rows_that_nothing_can_be_learned_from(examples, context, change, code, message):
    with pytest.raises(StepError, match=message) as error:
        fit(change(examples()), params(LOGISTIC), context)
    assert error.value.code == code
    assert error.value.help


def test_a_feature_without_any_value_is_named_whatever_the_library_says(examples, context, monkeypatch):
    """Some versions of a library do without the feature, others fail in words of their own."""

    def fails(*_: Any, **__: Any) -> None:
        raise ValueError("index 0 is out of bounds")

    monkeypatch.setattr(f"{BOOSTING}.fit", fails)
    table = examples().drop_columns(["b.place"]).append_column("a.z", pa.nulls(80, pa.float64()))
    hist = params(BOOSTING)
    with pytest.raises(StepError, match=r"`a\.z` has no value at all, on which .* fails: ") as error:
        fit(table, hist, context)
    assert error.value.code == "MLC934"


def test_gaps_that_training_did_not_have_are_explained(examples, context):
    table = examples().drop_columns(["b.place"])
    new = table.set_column(2, "a.x", pa.array([None, *[0.0] * 79]))
    with pytest.raises(StepError, match=r"`a\.x` has missing values") as error:
        fit(table, params(LOGISTIC), context).predict(new)
    assert error.value.code == "MLC934"


@pytest.mark.parametrize(
    ("use", "given", "code"),
    [
        (LOGISTIC, {"depth": 3}, "MLC936"),
        ("sklearn.preprocessing.StandardScaler", {}, "MLC937"),
        ("math.pi", {}, "MLC937"),
    ],
)
def test_what_is_no_model_is_refused(examples, context, use, given, code):
    with pytest.raises(StepError) as error:
        fit(examples(), params(use, **given), context)
    assert error.value.code == code


def test_warnings_go_to_the_log(examples, context, log):
    fit(examples().drop_columns(["b.place"]), params(LOGISTIC, max_iter=1), context)
    assert any(line.startswith("ConvergenceWarning") for line in log)


FUNCTION = """
from dataclasses import dataclass

@dataclass
class Constant:
    value: object
    def predict(self, rows):
        return [self.value] * len(rows)

def fit(train, validation, context, value=None, nothing=False):
    context.log(f"{len(train)} {len(validation)} {list(train)} {context.features} {context.seed}")
    return None if nothing else Constant(train["label"].mean() if value is None else value)
"""


def test_a_function_gets_both_parts_with_their_labels(examples, context, log, user_code):
    user_code("constants", FUNCTION)
    model = fit(
        examples(task="number"), params("constants:fit", "number"), context, validation=examples(9, task="number")
    )
    assert log == ["80 9 ['a.x', 'a.y', 'b.place', 'label'] ['a.x', 'a.y', 'b.place'] 7"]
    mean = np.mean(examples(task="number")["$label"].to_numpy())
    assert model.predict(examples(3))["prediction"].to_pylist() == pytest.approx([mean] * 3)


def test_a_function_in_a_refit_gets_an_empty_validation_part(examples, context, log, user_code):
    user_code("constants", FUNCTION)
    fit(examples(task="number"), params("constants:fit", "number"), context)
    assert log[0].startswith("80 0 ")


@pytest.mark.parametrize(
    ("value", "prediction", "decision"), [(True, None, True), (0, None, False), (0.25, 0.25, False), (0.5, 0.5, True)]
)
def test_what_a_function_predicts_says_what_it_means(examples, context, user_code, value, prediction, decision):
    user_code("constants", FUNCTION)
    predictions = fit(examples(), params("constants:fit", value=value), context).predict(examples(1))
    assert predictions.select(["prediction", "decision"]).to_pylist() == [
        {"prediction": prediction, "decision": decision}
    ]


@pytest.mark.parametrize(("value", "message"), [(1.5, "numbers outside 0 to 1"), ([1, 2], "predictions of shape")])
def test_predictions_that_fit_no_task_are_refused(examples, context, user_code, value, message):
    user_code("constants", FUNCTION)
    with pytest.raises(StepError, match=message) as error:
        fit(examples(), params("constants:fit", value=value), context).predict(examples(3))
    assert error.value.code == "MLC938"


@pytest.mark.parametrize(
    ("value", "message"), [("a", "gave `a` for a number"), (float("-inf"), "gave an infinite number")]
)
def test_what_is_no_number_is_refused(examples, context, user_code, value, message):
    user_code("constants", FUNCTION)
    model = fit(examples(task="number"), params("constants:fit", "number", value=value), context)
    with pytest.raises(StepError, match=message) as error:
        model.predict(examples(3))
    assert error.value.code == "MLC938"


def test_a_function_that_returns_no_model_is_refused(examples, context, user_code):
    user_code("constants", FUNCTION)
    with pytest.raises(StepError, match="returned a NoneType") as error:
        fit(examples(), params("constants:fit", nothing=True), context)
    assert error.value.code == "MLC937"


def test_no_rows_are_predicted_with_the_same_columns(examples, context):
    table = examples(task="classes")
    model = fit(table, params(BOOSTING, "classes", max_iter=2), context)
    assert model.predict(table.slice(0, 0)).schema == model.predict(table).schema


class TestStages:
    def run(self, table, parameters, context, **inputs):
        return prepare.run({"train": table, **inputs}, parameters, context)

    def test_columns_are_replaced_in_place_and_the_others_pass(self, examples, context):
        made = self.run(examples(), stage("sklearn.preprocessing.OneHotEncoder", ["b.place"]), context)["train"]
        names = ["b.place_EWR", "b.place_JFK", "b.place_LGA"]
        assert made.column_names == ["$row", "$label", "a.x", "a.y", *names]
        assert sum(made[name].to_numpy() for name in names).tolist() == [1.0] * 80

    def test_a_stage_is_fitted_on_training_rows_alone(self, examples, context):
        table, other = examples(), examples(40, seed=2)
        outputs = self.run(table, stage("sklearn.preprocessing.StandardScaler", ["a.x"]), context, validation=other)
        mean, spread = table["a.x"].to_numpy().mean(), table["a.x"].to_numpy().std()
        assert np.allclose(outputs["validation"]["a.x"], (other["a.x"].to_numpy() - mean) / spread)
        assert outputs["stage"].transform(other).equals(outputs["validation"])

    def test_names_that_are_made_up_count_from_0_and_avoid_others(self, examples, context):
        pca = stage("sklearn.decomposition.PCA", ["a.x", "a.y"])
        once = self.run(examples(), pca, context)["train"]
        assert once.column_names == ["$row", "$label", "pca0", "pca1", "b.place"]
        twice = self.run(once.append_column("a.x", once["pca0"]), stage(pca["call"]["use"], ["a.x", "pca1"]), context)
        assert twice["train"].column_names == ["$row", "$label", "pca0", "pca0_2", "pca1", "b.place"]

    def test_all_features_are_the_default_and_empty_columns_go(self, examples, context):
        table = examples().drop_columns(["b.place"]).append_column("a.z", pa.nulls(80, pa.float64()))
        outputs = self.run(table, stage("sklearn.impute.SimpleImputer"), context)
        assert outputs["train"].column_names == ["$row", "$label", "a.x", "a.y"]

    def test_a_target_encoder_does_not_tell_a_row_its_own_label(self, examples, context):
        table = pa.table(
            {"$row": np.arange(60), "$label": np.arange(60) % 2 == 0, "a.name": [f"n{i}" for i in range(60)]}
        )
        outputs = self.run(table, stage("sklearn.preprocessing.TargetEncoder", cv=2), context)
        assert (outputs["stage"].transform(table)["a.name"].to_numpy() > 0.5).tolist() == table["$label"].to_pylist()
        assert set(outputs["train"]["a.name"].to_pylist()) == {0.5}  # the rate of the other half

    def test_text_that_training_did_not_have_is_missing(self, examples, context):
        encoder = stage("sklearn.preprocessing.OneHotEncoder", ["b.place"], handle_unknown="ignore")
        fitted = self.run(examples(), encoder, context)["stage"]
        new = examples(2).set_column(4, "b.place", pa.array(["BOS", "JFK"]))
        assert fitted.transform(new)["b.place_JFK"].to_pylist() == [0.0, 1.0]

    def test_no_rows_are_transformed_to_the_same_columns(self, examples, context):
        outputs = self.run(examples(), stage("sklearn.preprocessing.OneHotEncoder", ["b.place"]), context)
        assert outputs["stage"].transform(examples().slice(0, 0)).schema == outputs["train"].schema

    def test_an_imputer_may_fill_text(self, examples, context):
        table = examples().set_column(4, "b.place", pa.array([None, *["JFK"] * 79]))
        imputer = stage("sklearn.impute.SimpleImputer", ["b.place"], strategy="most_frequent")
        assert set(self.run(table, imputer, context)["train"]["b.place"].to_pylist()) == {"JFK"}

    @pytest.mark.parametrize(
        ("use", "columns", "code"),
        [
            ("sklearn.preprocessing.StandardScaler", ["b.place"], "MLC935"),
            ("sklearn.linear_model.LinearRegression", ["a.x"], "MLC937"),
            ("sklearn.preprocessing.StandardScaler", ["a.gone"], "MLC945"),
        ],
    )
    def test_a_stage_that_cannot_be_is_refused(self, examples, context, use, columns, code):
        with pytest.raises(StepError) as error:
            self.run(examples(), stage(use, columns), context)
        assert error.value.code == code


@pytest.mark.parametrize(
    ("use", "resource"), [("sklearn.ensemble.RandomForestClassifier", "n_estimators"), (BOOSTING, "max_iter")]
)
def test_a_fit_that_goes_on_equals_one_long_fit(use, resource, examples, context):
    table = examples().drop_columns(["b.place"])
    short = fit(table, params(use, arguments={resource: 4}), context)
    before = short.predict(table)
    longer = fit(table, params(use, arguments={resource: 12}), context, start=short)
    whole = fit(table, params(use, arguments={resource: 12}), context)
    assert longer.predict(table).equals(whole.predict(table))
    assert short.predict(table).equals(before)
    assert not longer.predict(table).equals(before)
