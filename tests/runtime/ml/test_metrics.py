"""Every metric of the catalogue against scikit-learn, or against its definition."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from mlc_runtime.errors import StepError
from mlc_runtime.learn.metrics import Scored, UndefinedError, compute
from mlc_runtime.learn.scores import score
from mlc_runtime.metrics_catalogue import COUNTED, METRICS, task_of
from mlc_runtime.ops import evaluate

N = 60
RANDOM = np.random.default_rng(3)
LABEL = RANDOM.integers(0, 2, N).astype(bool)
PROBABILITY = np.round(RANDOM.random(N), 2)
WEIGHT = RANDOM.integers(0, 4, N).astype(float)
NAMES = np.array(["a", "b", "c"], dtype=object)
CLASS = NAMES[RANDOM.integers(0, 3, N)]
SPREAD = RANDOM.dirichlet([1, 1, 1], N)
CHOSEN = NAMES[SPREAD.argmax(axis=1)]
NUMBER = RANDOM.normal(size=N) + 5
GUESS = NUMBER + RANDOM.normal(size=N)


def binary(weight=None):
    return Scored("binary", LABEL, (PROBABILITY >= 0.5).astype(object), weight, {"true": PROBABILITY})


def classes(weight=None):
    return Scored("classes", CLASS, CHOSEN, weight, {name: SPREAD[:, i] for i, name in enumerate(NAMES)})


def one_against_rest(metric, w):
    return np.mean([metric(name == CLASS, SPREAD[:, i], sample_weight=w) for i, name in enumerate(NAMES)])


def calibration_error(label, sure, weight):
    total = 0.0
    for low in np.arange(10) / 10:
        rows = (sure >= low) & ((sure < low + 0.1 - 1e-12) | ((low == 0.9) & (sure == 1)))
        if weight[rows].sum():
            gap = np.average(label[rows], weights=weight[rows]) - np.average(sure[rows], weights=weight[rows])
            total += abs(gap) * weight[rows].sum()
    return total / weight.sum()


DECIDED = PROBABILITY >= 0.5
BINARY = {
    "roc_auc": lambda w: sk.roc_auc_score(LABEL, PROBABILITY, sample_weight=w),
    "average_precision": lambda w: sk.average_precision_score(LABEL, PROBABILITY, sample_weight=w),
    "log_loss": lambda w: sk.log_loss(LABEL, PROBABILITY, sample_weight=w),
    "brier": lambda w: sk.brier_score_loss(LABEL, PROBABILITY, sample_weight=w),
    "calibration_error": lambda w: calibration_error(LABEL, PROBABILITY, np.ones(N) if w is None else w),
    "accuracy": lambda w: sk.accuracy_score(LABEL, DECIDED, sample_weight=w),
    "balanced_accuracy": lambda w: sk.balanced_accuracy_score(LABEL, DECIDED, sample_weight=w),
    "f1": lambda w: sk.f1_score(LABEL, DECIDED, sample_weight=w),
    "precision": lambda w: sk.precision_score(LABEL, DECIDED, sample_weight=w),
    "recall": lambda w: sk.recall_score(LABEL, DECIDED, sample_weight=w),
    "mcc": lambda w: sk.matthews_corrcoef(LABEL, DECIDED, sample_weight=w),
}
TEXT, GUESSED = CLASS.astype(str), CHOSEN.astype(str)
CLASSES = {
    "roc_auc": lambda w: one_against_rest(sk.roc_auc_score, w),
    "average_precision": lambda w: one_against_rest(sk.average_precision_score, w),
    "log_loss": lambda w: sk.log_loss(TEXT, SPREAD, sample_weight=w),
    "brier": lambda w: np.average(((SPREAD - (CLASS[:, None] == NAMES)) ** 2).sum(axis=1), weights=w),
    "calibration_error": lambda w: calibration_error(
        CLASS == CHOSEN, SPREAD.max(axis=1), np.ones(N) if w is None else w
    ),
    "accuracy": lambda w: sk.accuracy_score(TEXT, GUESSED, sample_weight=w),
    "balanced_accuracy": lambda w: sk.balanced_accuracy_score(TEXT, GUESSED, sample_weight=w),
    "f1": lambda w: sk.f1_score(TEXT, GUESSED, sample_weight=w, average="macro"),
    "precision": lambda w: sk.precision_score(TEXT, GUESSED, sample_weight=w, average="macro"),
    "recall": lambda w: sk.recall_score(TEXT, GUESSED, sample_weight=w, average="macro"),
    "mcc": lambda w: sk.matthews_corrcoef(TEXT, GUESSED, sample_weight=w),
}
NUMBERS = {
    "mae": lambda w: sk.mean_absolute_error(NUMBER, GUESS, sample_weight=w),
    "rmse": lambda w: sk.root_mean_squared_error(NUMBER, GUESS, sample_weight=w),
    "mse": lambda w: sk.mean_squared_error(NUMBER, GUESS, sample_weight=w),
    "mape": lambda w: sk.mean_absolute_percentage_error(NUMBER, GUESS, sample_weight=w),
    "median_absolute_error": lambda w: sk.median_absolute_error(NUMBER, GUESS, sample_weight=w),
    "r2": lambda w: sk.r2_score(NUMBER, GUESS, sample_weight=w),
}
CASES = [
    *(("binary", name, expected) for name, expected in BINARY.items()),
    *(("classes", name, expected) for name, expected in CLASSES.items()),
    *(("number", name, expected) for name, expected in NUMBERS.items()),
]


def test_every_metric_of_the_catalogue_is_tested_for_each_of_its_tasks():
    assert {(task, name) for task, name, _ in CASES} == {(t, m.name) for m in METRICS.values() for t in m.tasks}


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize(("task", "name", "expected"), CASES, ids=[f"{task}-{name}" for task, name, _ in CASES])
def test_a_metric_is_what_its_name_says(task, name, expected, weight):
    scored = {
        "binary": binary(weight),
        "classes": classes(weight),
        "number": Scored("number", NUMBER, GUESS, weight, None),
    }[task]
    assert compute(name, scored) == pytest.approx(float(expected(weight)), rel=1e-9)


@pytest.mark.parametrize("name", [m.name for m in METRICS.values() if m.tasks != ("number",)])
def test_the_direction_of_a_metric_is_that_of_a_better_model(name):
    certain = np.where(LABEL, 0.99, 0.01)
    better = compute(name, Scored("binary", LABEL, LABEL.astype(object), None, {"true": certain}))
    worse = compute(name, Scored("binary", LABEL, (~LABEL).astype(object), None, {"true": 1 - certain}))
    assert (better > worse) == (METRICS[name].direction == "maximize")


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 3)), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_an_integer_weight_is_a_repeated_row(rows):
    label, value, weight = (np.array(column) for column in zip(*rows, strict=True))
    probability = np.where(value, 0.7, 0.2)

    def scored(times):
        repeated = (np.repeat(item, times) for item in (label, value.astype(object), probability))
        truth, decided, sure = repeated
        return Scored("binary", truth, decided, None, {"true": sure})

    weighted = Scored("binary", label, value.astype(object), weight.astype(float), {"true": probability})
    for name in BINARY:
        try:
            expected = compute(name, scored(weight))
        except UndefinedError:
            with pytest.raises(UndefinedError):
                compute(name, weighted)
        else:
            assert compute(name, weighted) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["roc_auc", "average_precision", "balanced_accuracy", "recall", "mcc"])
def test_labels_that_are_all_false_leave_it_undefined(name):
    with pytest.raises(UndefinedError):
        compute(
            name, Scored("binary", np.zeros(3, bool), np.array([True, False, True], object), None, {"true": np.ones(3)})
        )


@pytest.mark.parametrize("name", ["mape", "r2"])
def test_labels_that_are_all_0_leave_it_undefined(name):
    with pytest.raises(UndefinedError):
        compute(name, Scored("number", np.zeros(3), np.ones(3), None, None))


def test_a_class_that_the_model_never_met_counts_against_it():
    scored = Scored("classes", np.array(["a", "b"], object), np.array(["a", "a"], object), None, {"a": np.ones(2)})
    assert compute("brier", scored) == pytest.approx((0 + 2) / 2)
    assert compute("log_loss", scored) == pytest.approx(-math.log(np.finfo(float).eps) / 2)


def predictions(**columns):
    return pa.table({"$row": np.arange(len(next(iter(columns.values())))), **columns})


def test_rows_without_a_label_or_an_answer_are_counted_apart(tmp_path):
    table = predictions(
        **{
            "$label": [True, False, None, True],
            "prediction": [0.9, 0.2, 0.1, None],
            "decision": [True, False, False, None],
            "$route": ["model", "fallback", "model", None],
        }
    )
    assert score(table, "binary", [{"name": "accuracy"}], tmp_path) == {
        "rows": 2,
        "unlabelled": 1,
        "unanswered": 1,
        "metrics": {"accuracy": 1.0},
        "undefined": {},
        "routes": {"model": 2, "fallback": 1, "unanswered": 1},
    }


def test_a_metric_without_meaning_is_null_with_its_reason(tmp_path):
    table = predictions(**{"$label": [True, True], "prediction": [0.9, 0.2], "decision": [True, False]})
    found = score(table, "binary", [{"name": "roc_auc"}, {"name": "recall"}], tmp_path)
    assert found["metrics"] == {"roc_auc": None, "recall": 0.5}
    assert found["undefined"] == {"roc_auc": "the labels are all the same"}


def test_nothing_to_score_is_no_error(tmp_path):
    table = predictions(**{"$label": pa.array([None], pa.float64()), "prediction": [1.0]})
    found = score(table, "number", [{"name": name} for name in NUMBERS], tmp_path)
    assert set(found["metrics"].values()) == {None}


def test_a_metric_of_probabilities_needs_them(tmp_path):
    silent = predictions(**{"$label": [True], "prediction": pa.array([None], pa.float64()), "decision": [True]})
    assert score(silent, "binary", [{"name": "f1"}], tmp_path)["metrics"] == {"f1": 1.0}
    with pytest.raises(StepError, match="`brier` needs probabilities") as error:
        score(silent, "binary", [{"name": "brier"}], tmp_path)
    assert error.value.code == "MLC939"


METRIC = """
def cost(label, prediction, rows, each=1.0):
    assert list(rows["a.x"]) == [2.0, 3.0], rows
    return each * float((label != (prediction >= 0.5)).sum())

def wrong(label, prediction, rows):
    return "cheap"

def endless(label, prediction, rows):
    return float("inf")
"""


class Model:
    """Predicts true of everything, and marks its rows."""

    def predict(self, table, keep=()):
        columns = {"$row": table["$row"], "$label": table["$label"]}
        return pa.table(columns | {"prediction": [0.75] * len(table), "decision": [True] * len(table)})


def evaluated(context, metric):
    original = pa.table({"$row": [0, 1, 2, 3], "a.x": [0.0, 1.0, 2.0, 3.0]})
    rows = pa.table({"$row": [1, 2, 3], "$label": [None, True, False], "pca0": [0.0, 0.0, 0.0]})
    inputs = {"model": Model(), "rows": rows, "original": original}
    return evaluate.run(inputs, {"task": "binary", "metrics": [metric]}, context)["scores"]


def test_a_metric_of_the_user_sees_the_original_rows(context, user_code):
    user_code("costs", METRIC)
    found = evaluated(context, {"name": "cost", "use": "costs:cost", "with": {"each": 2.5}})
    assert (found["metrics"], found["rows"], found["unlabelled"]) == ({"cost": 2.5}, 2, 1)


def test_a_metric_of_the_user_that_is_no_number(context, user_code):
    user_code("costs", METRIC)
    with pytest.raises(StepError, match="returned a str") as error:
        evaluated(context, {"name": "wrong", "use": "costs:wrong"})
    assert error.value.code == "MLC940"
    assert evaluated(context, {"name": "endless", "use": "costs:endless"})["undefined"] == {
        "endless": "its value is inf"
    }


def test_the_catalogue_knows_what_a_threshold_can_be_chosen_by():
    assert set(COUNTED) == {m.name for m in METRICS.values() if m.needs == "decision"}
    assert [task_of(kind) for kind in ("bool", "string", "int", "decimal(4,2)")] == [
        "binary",
        "classes",
        "number",
        "number",
    ]
