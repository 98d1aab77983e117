"""Estimators are given arrays only where that makes no difference: not to a bit of what they learn and predict."""

import warnings
from contextlib import suppress
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.base import MetaEstimatorMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.multioutput import MultiOutputRegressor
from sklearn.utils import all_estimators

from mlc_runtime.learn.arrays import rows_for, with_names, without_names
from mlc_runtime.learn.frames import Encoding

RANDOM = np.random.default_rng(0)
TABLE = pa.table(
    {
        "length": RANDOM.gamma(2.0, size=40),
        "width": RANDOM.gamma(2.0, size=40),
        "count": np.arange(40) * 7 % 11,
        "kind": ["long", "short"] * 20,
    }
)
LABEL = (TABLE["width"].to_numpy() > 1.5) + 1.0
NUMBERS = Encoding.learn(TABLE, ("length", "width", "count"))
OTHERS = (
    *("CCA", "CategoricalNB", "IsotonicRegression", "MultiTask", "PLSCanonical"),
    *("RadiusNeighborsClassifier", "TransformedTargetRegressor"),
)
"""Those that want several labels or a single feature, refuse these rows, or hold another model."""
USUAL = ("GaussianProcessRegressor", "Ridge", "SVC", "KNeighborsRegressor", "DecisionTreeClassifier", "DummyRegressor")


def library() -> list[Any]:
    """scikit-learn's models that need no argument and hold no other model."""
    found = []
    for kind in ("regressor", "classifier"):
        for name, cls in all_estimators(type_filter=kind):
            if name.startswith(OTHERS) or issubclass(cls, MetaEstimatorMixin):
                continue
            with suppress(TypeError):
                found.append(pytest.param(cls(), id=name, marks=() if name in USUAL else pytest.mark.deep))
    return found


@pytest.mark.parametrize("model", library())
@pytest.mark.filterwarnings("ignore")
def test_a_model_of_the_library_does_with_an_array_what_it_does_with_a_frame(model: Any) -> None:
    if "random_state" in model.get_params():
        model.set_params(random_state=0)
    frame, rows = NUMBERS.frame(TABLE), rows_for(model, NUMBERS, TABLE)
    expected = clone(model).fit(frame, LABEL)
    fitted = with_names(clone(model).fit(rows, LABEL), NUMBERS.columns, rows)
    assert [*expected.feature_names_in_] == [*fitted.feature_names_in_] == [*NUMBERS.columns]
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*feature names")
        predicted = without_names(fitted, rows).predict(rows)
        assert fitted.predict(frame).tobytes() == predicted.tobytes() == expected.predict(frame).tobytes()


def test_the_array_is_the_one_that_numpy_makes_of_the_frame() -> None:
    for names in (NUMBERS.columns, ("count",), ("width", "length")):
        encoding = Encoding.learn(TABLE, names)
        array, expected = encoding.array(TABLE), np.asarray(encoding.frame(TABLE))
        assert array is not None
        assert (array.dtype, array.flags.c_contiguous, array.flags.f_contiguous) == (
            expected.dtype,
            expected.flags.c_contiguous,
            expected.flags.f_contiguous,
        )
        assert array.tobytes() == expected.tobytes()


class Named(LinearRegression):
    """Looks at its columns."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:  # noqa: N803 - as scikit-learn calls it
        self.seen_ = list(X.columns)
        return super().fit(X, y, sample_weight)


class Made(Ridge):
    """Only made in its own way."""

    def __init__(self, strength: float = 1.0) -> None:
        self.strength = strength
        super().__init__(alpha=strength)


@pytest.mark.parametrize(
    ("model", "arrays"),
    [
        (Ridge(), True),
        (Made(), True),
        (Named(), False),
        (MultiOutputRegressor(Ridge()), False),
        (TransformedTargetRegressor(), False),
        (HistGradientBoostingRegressor(monotonic_cst={"width": 1}), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_code_of_others_names_of_columns_and_models_within_models_are_given_frames(model: Any, arrays: bool) -> None:
    assert isinstance(rows_for(model, NUMBERS, TABLE), np.ndarray) is arrays


def test_text_is_given_in_a_frame() -> None:
    words = Encoding.learn(TABLE, ("length", "kind"))
    assert not isinstance(rows_for(Ridge(), words, TABLE), np.ndarray)


@pytest.mark.parametrize("model", [Ridge(), Named()], ids=lambda model: type(model).__name__)
def test_what_a_model_does_to_its_rows_is_not_seen_by_the_next(model: Any) -> None:
    first = rows_for(model, NUMBERS, TABLE)
    before = np.array(first)
    first[:] = 0
    np.testing.assert_array_equal(np.array(rows_for(model, NUMBERS, TABLE)), before)
