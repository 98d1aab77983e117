from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_runtime.data.parts import NEVER, by_time, shares, spans
from mlc_runtime.errors import StepError
from mlc_runtime.ops import split

DAY = 86_400_000_000


def instants(days):
    return pa.array([None if day is None else round(day * DAY) for day in days], pa.int64()).cast(
        pa.timestamp("us", tz="UTC")
    )


def examples(at, known=None, labels=None, **more):
    count = len(at)
    return pa.table(
        {
            "$row": pa.array(range(count), pa.int64()),
            "$at": instants(at),
            "$label": pa.array([1] * count if labels is None else labels, pa.int64()),
            "$label_known": instants(at if known is None else known),
            **more,
        }
    )


def by_days(as_of, test, validation, folds=1, train=None, gap=0):
    def days(count):
        return None if count is None else count * DAY

    return {
        "by": "time", "as_of": days(as_of), "test": days(test), "validation": days(validation), "folds": folds,
        "train": days(train), "gap": days(gap),
    }  # fmt: skip


def run(context, rows, params):
    return split.run({"rows": rows}, params, context)


def test_parts_follow_each_other_backwards_from_as_of(context):
    found = run(context, examples(range(1, 31)), by_days(30, 5, 4, folds=2, gap=1))["table"]
    # gap (29, 30], test (24, 29], gap (23, 24], validation (19, 23] and (15, 19], gap, train.
    days = range(1, 31)
    assert [day for day, test in zip(days, found["$test"].to_pylist(), strict=True) if test] == [25, 26, 27, 28, 29]
    first, second = (found[f"$fold.{fold}"].to_pylist() for fold in (0, 1))
    assert first == ["train"] * 14 + [None] + ["validation"] * 4 + [None] * 11
    assert second == ["train"] * 18 + [None] + ["validation"] * 4 + [None] * 7
    assert found["$refit"].to_pylist() == [day <= 23 for day in days]


def test_rows_are_purged_whose_label_comes_after_the_cut(context):
    rows = examples([1, 2, 5, 6, 9], known=[3, 5, 7, 9, 11])
    # test (7, 10] cut 10; validation (4, 7] cut 7; train up to 4, cut 4.
    rows = pa.concat_tables([rows, examples([3, 8], known=[4, 10])])
    found = run(context, rows, by_days(10, 3, 3))
    assert found["table"]["$fold.0"].to_pylist() == ["train", None, "validation", None, None, "train", None]
    assert found["table"]["$refit"].to_pylist() == [True, True, True, False, False, True, False]
    assert found["table"]["$test"].to_pylist() == [False] * 6 + [True]
    report = found["report"]
    assert report["folds"][0]["train"] == {
        "rows": 2, "purged": 1, "start": None, "end": "1970-01-05T00:00:00Z", "cut": "1970-01-05T00:00:00Z",
    }  # fmt: skip
    assert [report[name]["purged"] for name in ("refit", "test")] == [1, 1]
    assert (report["unlabelled"], report["outside"]) == (0, 2)


def test_rows_without_a_label_are_counted_in_no_part(context):
    found = run(context, examples([1, 5, 9, 9], labels=[1, 1, 1, None]), by_days(10, 3, 3))
    assert found["table"]["$test"].to_pylist() == [False, False, True, False]
    assert found["report"]["unlabelled"] == 1


def test_without_validation_there_is_one_training_part(context):
    found = run(context, examples([1, 5, 9]), by_days(10, 3, None))
    assert found["table"]["$fold.0"].to_pylist() == ["train", "train", None]
    assert found["report"]["folds"][0]["validation"] is None


def test_training_may_reach_back_a_while_only(context):
    found = run(context, examples([1, 3, 4, 5, 9]), by_days(10, 3, 3, train=2))
    assert found["table"]["$fold.0"].to_pylist() == [None, "train", "train", "validation", None]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (examples([1, 5]), ["test part", "after 1970-01-08", "up to 1970-01-11", "they go from 1970-01-02"]),
        (examples([1, 9]), ["validation part"]),
        (examples([5, 9]), ["training part"]),
        (examples([1, 5, 9], known=[1, 5, 12]), ["test part", "1 examples", "only after its cut", "1970-01-11"]),
        (examples([1, 5], labels=[None, None]), ["none of the 2 examples has a label"]),
    ],
)
def test_an_empty_part_is_refused_with_the_reason(context, rows, words):
    with pytest.raises(StepError) as error:
        run(context, rows, by_days(10, 3, 3))
    assert error.value.code == "MLC917"
    assert all(word in error.value.message for word in words), error.value.message


@settings(max_examples=100, deadline=None)
@given(
    data=st.lists(st.tuples(st.integers(0, 60), st.none() | st.integers(0, 40), st.booleans()), max_size=40),
    test=st.none() | st.integers(1, 12),
    validation=st.integers(1, 12),
    folds=st.integers(1, 3),
    train=st.none() | st.integers(1, 20),
    gap=st.integers(0, 5),
)
def test_a_split_by_time_keeps_its_promises(data, test, validation, folds, train, gap):
    """Against the definition, example by example; and nothing fitted knows what it is judged on."""
    as_of = 60
    laid = spans(as_of=as_of, test=test, validation=validation, folds=folds, train=train, gap=gap)
    at = np.array([one for one, _, _ in data], dtype=np.int64)
    known = np.array([NEVER if delay is None else one + delay for one, delay, _ in data], dtype=np.int64)
    labelled = np.array([there for _, _, there in data], dtype=bool)
    parts = by_time(at, known, labelled, laid)

    test_start = as_of - gap - (test or 0)
    held_end = test_start - gap if test is not None else as_of - gap
    held_cut = test_start if test is not None else as_of
    for fold, (fitted, held) in enumerate(parts.folds):
        start = held_end - (folds - fold) * validation
        until = start - gap
        for i in range(len(data)):
            in_train = labelled[i] and at[i] <= until and known[i] <= start and (train is None or at[i] > until - train)
            in_held = labelled[i] and start < at[i] <= start + validation and known[i] <= held_cut
            assert (fitted.rows[i], held.rows[i]) == (in_train, in_held)
        assert not (fitted.rows & held.rows).any()
        if fitted.rows.any() and held.rows.any():
            assert at[held.rows].min() - at[fitted.rows].max() > gap
            assert known[fitted.rows].max() < at[held.rows].min()
    if parts.test is not None:
        wanted = labelled & (at > test_start) & (at <= as_of - gap) & (known <= as_of)
        assert (parts.test.rows == wanted).all()
        assert not (parts.refit.rows & parts.test.rows).any()
        if parts.refit.rows.any() and parts.test.rows.any():
            assert known[parts.refit.rows].max() < at[parts.test.rows].min()
    else:
        assert (at[parts.refit.rows] <= as_of - gap).all()


def at_random(test=0.2, validation=0.2, folds=1, seed=0, **more):
    return {"by": "random", "test": test, "validation": validation, "folds": folds, "seed": seed, **more}


def test_random_parts_have_about_their_shares_and_stay_when_rows_are_added(context):
    table = examples(range(2000), id=[f"é{number}" for number in range(2000)])
    whole = run(context, table, at_random(key=["id"]))["table"]
    some = run(context, table.take(list(range(500, 900))), at_random(key=["id"]))["table"]
    for name in ("$fold.0", "$test"):
        assert whole[name].slice(500, 400).to_pylist() == some[name].to_pylist()
    counts = {part: whole["$fold.0"].to_pylist().count(part) for part in ("train", "validation")}
    assert (counts["train"], counts["validation"]) == (pytest.approx(1200, abs=80), pytest.approx(400, abs=60))
    assert sum(whole["$test"].to_pylist()) == pytest.approx(400, abs=60)
    other = run(context, table, at_random(key=["id"], seed=1))["table"]
    assert other["$test"] != whole["$test"]


def test_a_group_is_never_torn_apart(context):
    groups = [number % 60 for number in range(600)]
    found = run(context, examples(range(600), g=groups), at_random(group=["g"], folds=3))["table"]
    for fold in range(3):
        places = {}
        for group, part, test in zip(
            groups, found[f"$fold.{fold}"].to_pylist(), found["$test"].to_pylist(), strict=True
        ):
            places.setdefault(group, set()).add((part, test))
        assert all(len(place) == 1 for place in places.values())


def test_each_row_outside_the_test_is_validated_once_in_cross_validation(context):
    found = run(context, examples(range(300)), at_random(folds=4))["table"]
    for place in range(300):
        parts = [found[f"$fold.{fold}"][place].as_py() for fold in range(4)]
        test = found["$test"][place].as_py()
        assert sorted(parts, key=str) == ([None] * 4 if test else ["train", "train", "train", "validation"])
        assert found["$refit"][place].as_py() is not test


def test_too_few_rows_for_random_parts(context):
    with pytest.raises(StepError, match="too few") as error:
        run(context, examples([1]), at_random())
    assert error.value.code == "MLC917"


def test_the_hash_of_a_value_is_fixed():
    """Another hash would move rows between the parts of every pipeline there is."""
    table = pa.table({"a": ["x", "x", "y"], "b": [1, 1, None]})
    drawn = shares(table, ["a", "b"], 7)
    assert drawn.tolist() == [0.02384092281031247, 0.02384092281031247, 0.7410144288163806]


def test_an_expression_names_the_parts(context):
    names = ["train", "validation", "test", None, "train"]
    found = run(context, examples(range(5), labels=[1, 1, 1, 1, None], **{"$part": names}), {"by": "expression"})
    assert found["table"]["$fold.0"].to_pylist() == ["train", "validation", None, None, None]
    assert found["table"]["$refit"].to_pylist() == [True, True, False, False, False]
    assert found["table"]["$test"].to_pylist() == [False, False, True, False, False]
    assert found["report"]["outside"] == 1


@pytest.mark.parametrize(("names", "code"), [(["train", "Test"], "MLC918"), (["test", None], "MLC917")])
def test_an_expression_that_names_no_part(context, names, code):
    with pytest.raises(StepError) as error:
        run(context, examples(range(2), **{"$part": pa.array(names, pa.string())}), {"by": "expression"})
    assert error.value.code == code
