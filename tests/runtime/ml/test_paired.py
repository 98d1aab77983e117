"""A paired test of two models on the same rows: its value, what it pairs, and how often it cries wolf."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from mlc_runtime.learn.paired import p_worse

RNG = np.random.default_rng(3)


def predictions(probability: Any, label: Any, **more: Any) -> pa.Table:
    decided = [None if value is None else value >= 0.5 for value in probability]
    columns = {"$row": range(len(label)), "$label": label, "prediction": probability, "decision": decided, **more}
    return pa.table({name: pa.array(list(values)) for name, values in columns.items()})


def test_it_is_a_paired_test_of_brier_scores() -> None:
    truth = RNG.random(80) < 0.5
    one, other = RNG.random(80), RNG.random(80)
    found = p_worse("binary", predictions(one, truth), predictions(other, truth))
    expected = stats.ttest_rel((one - truth) ** 2, (other - truth) ** 2, alternative="greater").pvalue
    assert found == pytest.approx(expected)


def test_rows_are_paired_by_their_number_where_both_answer_and_a_label_is_known() -> None:
    truth = [True, None, False, True, False, True]
    one, other = [0.9, 0.1, None, 0.4, 0.2, 0.7], [0.6, 0.6, 0.6, None, 0.6, 0.6]
    candidate, live = predictions(one, truth), predictions(other, truth)
    kept = [0, 4, 5]
    worth = [[(values[place] - truth[place]) ** 2 for place in kept] for values in (one, other)]
    expected = stats.ttest_rel(*worth, alternative="greater").pvalue
    assert p_worse("binary", candidate, live) == pytest.approx(expected)
    assert p_worse("binary", candidate, live.take([0, 1, 3, 4, 5])) == pytest.approx(expected)
    assert p_worse("binary", candidate.slice(0, 1), live) is None


def test_models_that_answer_alike_are_no_worse() -> None:
    table = predictions([0.2, 0.9], [False, True])
    assert p_worse("binary", table, table) == 1.0
    numbers = table.set_column(1, "$label", pa.array([0.5, 1.2]))
    assert p_worse("number", numbers, numbers) == 1.0


def test_classes_and_numbers() -> None:
    truth = ["a", "b", "a", "c"] * 5
    sure = {f"probability.{name}": [float(name == label) for label in truth] for name in "ab"}
    even = {f"probability.{name}": [0.4 + 0.01 * (place % 7) for place in range(20)] for name in "abc"}
    base = {"$row": range(20), "$label": truth, "prediction": truth}
    tables = [
        pa.table({name: pa.array(list(values)) for name, values in {**base, **each}.items()}) for each in (sure, even)
    ]
    worse, better = p_worse("classes", tables[1], tables[0]), p_worse("classes", *tables)
    assert worse is not None
    assert worse < 0.05  # of a fourth of the rows the other knows nothing, and yet is better on the whole
    assert better == pytest.approx(1 - worse)
    numbers = [
        pa.table(
            {"$row": range(20), "$label": [float(n) for n in range(20)], "prediction": [n + error for n in range(20)]}
        )
        for error in (RNG.normal(0, 5, 20).tolist()[0], 0.01)
    ]
    found = p_worse("number", *numbers)
    assert found is not None
    assert found < 1e-9


def test_weights_count() -> None:
    truth, weight = [True] * 4 + [False] * 4, [9.0] * 4 + [0.1] * 4
    one, other = [0.9, 0.91, 0.92, 0.93, 0.4, 0.41, 0.42, 0.43], [0.6, 0.61, 0.63, 0.62, 0.1, 0.11, 0.12, 0.1]
    plain = p_worse("binary", predictions(one, truth), predictions(other, truth))
    heavy = p_worse("binary", predictions(one, truth, **{"$weight": weight}), predictions(other, truth))
    assert plain is not None
    assert heavy is not None
    assert heavy > plain


def test_equal_models_are_called_worse_as_often_as_it_says() -> None:
    """Two forecasts with errors of their own about the same truth: at 5 %, in about 5 of 100 comparisons."""
    called = 0
    for _ in range(1_000):
        chance = RNG.random(60)
        truth = RNG.random(60) < chance
        one, other = (np.clip(chance + RNG.normal(0, 0.1, 60), 0, 1) for _ in range(2))
        found = p_worse("binary", predictions(one, truth), predictions(other, truth))
        called += found is not None and found < 0.05
    assert 25 <= called <= 75
