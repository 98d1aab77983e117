"""Selection, thresholds, calibration and gates, each against what one would do by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_runtime.errors import StepError
from mlc_runtime.learn.confusion import FORMULAS, at_thresholds, count
from mlc_runtime.learn.threshold import candidates, choose_threshold
from mlc_runtime.metrics_catalogue import COUNTED
from mlc_runtime.ops import calibrate, gate, select, threshold


def scores(values, metric="m"):
    return [(record, {"metrics": {metric: value}, "undefined": {}}) for record, value in values]


def chosen(values, context, **params):
    settings_ = {"maximize": "m", "keep": 1, "fields": ["a"]} | params
    return select.run({"scores": scores(values)}, settings_, context)


class TestSelect:
    def test_the_mean_over_folds_decides(self, context):
        values = [({"a": a, "$fold": f}, v) for a, f, v in [(1, 0, 0.9), (1, 1, 0.1), (2, 0, 0.6), (2, 1, 0.6)]]
        outputs = chosen(values, context)
        assert outputs["chosen"] == {"fields": ["a"], "records": [[2]]}
        assert outputs["ranking"]["settings"][0] == {
            "setting": {"a": 2},
            "mean": 0.6,
            "values": [{"at": {"$fold": 0}, "value": 0.6}, {"at": {"$fold": 1}, "value": 0.6}],
        }

    def test_ties_go_to_the_first(self, context):
        values = [({"a": a}, 0.5) for a in (3, 1, 2)]
        assert chosen(values, context, keep=2)["chosen"]["records"] == [[3], [1]]

    def test_the_least_is_kept_where_the_metric_is_minimised(self, context):
        outputs = select.run(
            {"scores": scores([({"a": a}, v) for a, v in [(1, 0.3), (2, 0.1), (3, 0.2)]])},
            {"minimize": "m", "keep": 2, "fields": ["a"]},
            context,
        )
        assert outputs["chosen"]["records"] == [[2], [3]]

    def test_a_setting_that_lacks_a_fold_comes_after_the_others(self, context, log):
        values = [({"a": 1, "$fold": 0}, 0.9), ({"a": 2, "$fold": 0}, 0.5), ({"a": 2, "$fold": 1}, 0.5)]
        assert chosen(values, context, keep=2)["chosen"]["records"] == [[2], [1]]
        assert log == ["1 of 2 settings lack a value and are ranked after the others"]

    def test_a_fold_that_is_undefined_for_all_is_left_out_of_every_mean(self, context, log):
        values = [({"a": a, "$fold": f}, v) for a, f, v in [(1, 0, 0.9), (1, 1, None), (2, 0, 0.8), (2, 1, None)]]
        assert chosen(values, context)["chosen"]["records"] == [[1]]
        assert log == []

    def test_settings_without_a_value_are_not_kept(self, context):
        values = [({"a": 1}, None), ({"a": 2}, 0.1)]
        assert chosen(values, context, keep=5)["chosen"]["records"] == [[2]]

    def test_no_value_at_all_is_an_error(self, context):
        values = [({"a": 1}, {"metrics": {"m": None}, "undefined": {"m": "the labels are all the same"}})]
        with pytest.raises(StepError, match="`m` has no value for any of the 1 settings") as error:
            select.run({"scores": values}, {"maximize": "m", "keep": 1, "fields": ["a"]}, context)
        assert (error.value.code, error.value.help) == ("MLC943", "the labels are all the same")

    def test_a_field_that_a_conditional_grid_lacks_stays_absent(self, context):
        values = [({"a": None}, 0.1), ({"b": 2}, 0.9)]
        assert chosen(values, context, keep=2, fields=["a", "b"])["chosen"]["records"] == [{"b": 2}, {"a": None}]

    def test_values_that_python_thinks_equal_are_different_settings(self, context):
        values = [({"a": 1}, 0.1), ({"a": True}, 0.9), ({"a": 1.0}, 0.5)]
        records = chosen(values, context, keep=3)["chosen"]["records"]
        assert [type(record[0]) for record in records] == [bool, float, int]

    @given(st.data())
    @settings(max_examples=60, deadline=None)
    def test_the_mean_over_any_other_coordinate_is_by_brute_force(self, data):
        points = list(product(range(3), ["x", "y"], range(2)))
        values = data.draw(st.lists(st.integers(0, 4), min_size=len(points), max_size=len(points)))
        table = dict(zip(points, values, strict=True))
        collected = [({"origin": o, "a": a, "$fold": f}, float(table[a, o, f])) for a, o, f in points]
        means = [sum(table[a, o, f] for o in ["x", "y"] for f in range(2)) / 4 for a in range(3)]
        expected = sorted(range(3), key=lambda a: -means[a])

        class Silent:
            def log(self, line):
                raise AssertionError(line)

        outputs = chosen(collected, Silent(), keep=3)
        assert [record[0] for record in outputs["chosen"]["records"]] == expected


@st.composite
def decided(draw):
    rows = draw(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0])), min_size=1, max_size=9))
    weight = draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    label, probability = zip(*rows, strict=True)
    return np.array(label), np.array(probability), np.array(weight, float)


class TestThreshold:
    @given(decided(), st.sampled_from(COUNTED), st.booleans())
    @settings(max_examples=100, deadline=None)
    def test_the_scan_finds_the_best_of_all_decisions(self, rows, metric, maximize):
        label, probability, weight = rows
        tried = [float(FORMULAS[metric](count(label, probability >= t, weight))) for t in np.linspace(0, 1.1, 111)]
        known = [value for value in tried if not np.isnan(value)]
        if not known:
            with pytest.raises(StepError, match="has no value"):
                choose_threshold(label, probability, weight, FORMULAS[metric], maximize=maximize)
            return
        found, value = choose_threshold(label, probability, weight, FORMULAS[metric], maximize=maximize)
        assert value == pytest.approx(max(known) if maximize else min(known))
        assert float(FORMULAS[metric](count(label, probability >= found, weight))) == pytest.approx(value)

    @given(decided())
    @settings(max_examples=60, deadline=None)
    def test_counts_at_all_thresholds_are_those_at_each(self, rows):
        label, probability, weight = rows
        thresholds = candidates(probability)
        together = at_thresholds(label, probability, weight, thresholds)
        for i, value in enumerate(thresholds):
            alone = count(label, probability >= value, weight)
            assert [x[i] for x in vars(together).values()] == [float(x) for x in vars(alone).values()]

    def test_neighbouring_floats_are_told_apart(self):
        low, high = 0.5, np.nextafter(0.5, 1)
        assert [(np.array([low, high]) >= t).sum() for t in candidates(np.array([low, high]))] == [2, 1, 0]

    def test_a_certain_probability_can_be_decided_false(self):
        assert candidates(np.array([1.0]))[-1] > 1

    def predictions(self, label, probability, start=0):
        return pa.table(
            {
                "$row": np.arange(start, start + len(label)),
                "$label": label,
                "prediction": probability,
                "decision": [p >= 0.5 for p in probability],
            }
        )

    def test_settings_are_averaged_and_folds_put_together(self, context):
        inputs = {
            "predictions": [
                ({"a": 1, "$fold": 0}, self.predictions([True, False], [0.9, 0.5])),
                ({"a": 1, "$fold": 1}, self.predictions([True], [0.4], start=2)),
                ({"a": 2, "$fold": 0}, self.predictions([True, False], [0.7, 0.3])),
                ({"a": 2, "$fold": 1}, self.predictions([True], [0.8], start=2)),
            ]
        }
        found = threshold.run(inputs, {"maximize": "f1"}, context)["threshold"]
        assert found == {"threshold": pytest.approx((0.4 + 0.6) / 2), "objective": 1.0}

    def test_an_expression_may_read_counts_and_parameters(self, context):
        label, probability = [True, True, False, False, False], [0.9, 0.3, 0.6, 0.4, 0.1]
        inputs = {"predictions": [({}, self.predictions(label, probability))]}
        costs = [
            50 * count(np.array(label), np.array(probability) >= t, np.ones(5)).fn
            + 12.5 * count(np.array(label), np.array(probability) >= t, np.ones(5)).fp
            for t in candidates(np.array(probability))
        ]
        params = {"minimize": {"sql": "50 * fn + $cost * fp"}}
        assert threshold.run(inputs, params, context)["threshold"]["objective"] == min(costs)
        dear = replace(context, parameters={"cost": 500.0})
        assert threshold.run(inputs, params, dear)["threshold"]["threshold"] > 0.6

    @pytest.mark.parametrize("sql", ["case when tp < 0 then tp end", "tp / (tp - tp)"])
    def test_an_objective_without_a_value_is_an_error(self, context, sql):
        inputs = {"predictions": [({}, self.predictions([True], [0.4]))]}
        with pytest.raises(StepError) as error:
            threshold.run(inputs, {"maximize": {"sql": sql}}, context)
        assert error.value.code == "MLC944"

    def test_each_setting_is_calibrated_before_the_mean(self, context):
        class Halved:
            def apply(self, table):
                return table.set_column(2, "prediction", pa.array([p / 2 for p in table["prediction"].to_pylist()]))

        inputs = {
            "predictions": [
                ({"a": 1, "$fold": 0}, self.predictions([True, False], [0.8, 0.2])),
                ({"a": 2, "$fold": 0}, self.predictions([True, False], [0.1, 0.9])),
            ],
            "calibrators": [({"a": 1}, Halved())],
        }
        found = threshold.run(inputs, {"maximize": "f1"}, context)["threshold"]
        assert found == {"threshold": pytest.approx((0.1 + 0.4) / 2), "objective": 1.0}

    def test_a_model_without_probabilities_has_no_threshold(self, context):
        table = self.predictions([True], [0.4]).set_column(2, "prediction", pa.nulls(1, pa.float64()))
        with pytest.raises(StepError) as error:
            threshold.run({"predictions": [({}, table)]}, {"maximize": "f1"}, context)
        assert error.value.code == "MLC939"


class TestCalibrate:
    def skewed(self, n=4000):
        random = np.random.default_rng(5)
        truth = random.random(n)
        label = random.random(n) < truth
        return pa.table(
            {"$row": np.arange(n), "$label": label, "prediction": truth**3, "decision": truth**3 >= 0.5}
        ), truth

    @pytest.mark.parametrize(("method", "near"), [("sigmoid", 0.06), ("isotonic", 0.06)])
    def test_probabilities_hold_afterwards(self, context, method, near):
        table, truth = self.skewed()
        parts = [({"$fold": 0}, table.slice(0, 2500)), ({"$fold": 1}, table.slice(2500))]
        fitted = calibrate.run({"predictions": parts}, {"method": method, "task": "binary"}, context)["calibrator"]
        mapped = fitted.apply(table)
        assert np.abs(mapped["prediction"].to_numpy() - truth).mean() < near < np.abs(truth**3 - truth).mean()
        assert mapped["decision"].to_pylist() == (mapped["prediction"].to_numpy() >= 0.5).tolist()
        assert np.all(np.diff(mapped["prediction"].to_numpy()[np.argsort(truth)]) >= 0)

    def test_separable_rows_and_certain_ones_keep_their_odds_finite(self, context):
        table = pa.table(
            {
                "$row": np.arange(6),
                "$label": [False] * 3 + [True] * 3,
                "prediction": [0.0, 0.1, 0.2, 0.8, 0.9, 1.0],
                "decision": [False] * 3 + [True] * 3,
            }
        )
        fitted = calibrate.run({"predictions": [({}, table)]}, {"method": "sigmoid", "task": "binary"}, context)
        mapped = fitted["calibrator"].apply(table)["prediction"].to_numpy()
        assert np.isfinite(mapped).all()
        assert (mapped[:3] < 0.5).all()
        assert (mapped[3:] > 0.5).all()

    @pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
    def test_several_classes_sum_to_1_and_an_unanswered_row_stays_so(self, context, method):
        table = pa.table(
            {
                "$row": np.arange(5),
                "$label": ["a", "b", "a", "b", "a"],
                "prediction": ["a", "b", "b", "b", None],
                "probability.a": [0.9, 0.2, 0.4, 0.3, None],
                "probability.b": [0.1, 0.7, 0.5, 0.4, None],
                "probability.c": [0.0, 0.1, 0.1, 0.3, None],
            }
        )
        fitted = calibrate.run({"predictions": [({}, table)]}, {"method": method, "task": "classes"}, context)
        mapped = fitted["calibrator"].apply(table)
        total = sum(mapped[f"probability.{name}"].to_numpy() for name in "abc")
        assert total[:4] == pytest.approx([1.0] * 4)
        assert mapped.slice(4).to_pylist()[0]["prediction"] is None

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda t: t.filter(t["$label"]), "MLC941"),
            (lambda t: t.set_column(2, "prediction", pa.nulls(len(t), pa.float64())), "MLC939"),
        ],
    )
    def test_what_cannot_be_calibrated_is_refused(self, context, change, code):
        with pytest.raises(StepError) as error:
            calibrate.run(
                {"predictions": [({}, change(self.skewed(40)[0]))]}, {"method": "sigmoid", "task": "binary"}, context
            )
        assert error.value.code == code


def report(**metrics):
    return {"test": {"metrics": metrics}, "validation": None, "by": []}


class TestGate:
    def decide(self, context, sql, values, live=(), **inputs):
        names = [".".join(path) for path in values]
        params = {"sql": sql, "text": sql, "values": values, "names": names, "live": list(live)}
        return gate.run(inputs, params, context)

    BOTH = "v0 <= v1 and v2 > 0.7"

    def both(self, context, *, mine, auc, live):
        values = [["late", "test", "brier"], ["late.live", "test", "brier"], ["late", "test", "roc_auc"]]
        inputs = {"late": report(brier=mine, roc_auc=auc), "late.live": live}
        return self.decide(context, self.BOTH, values, ["late.live"], **inputs)

    @pytest.mark.parametrize(
        ("mine", "auc", "live", "passed"),
        [
            (0.1, 0.8, report(brier=0.2), True),
            (0.3, 0.8, report(brier=0.2), False),
            (0.1, 0.6, report(brier=0.2), False),
            (0.1, 0.8, None, True),
            (0.1, 0.6, None, False),
            (0.1, 0.8, report(brier=None), True),
            (0.1, 0.8, report(), True),
            (0.1, None, None, False),
            (None, 0.8, report(brier=0.2), False),
        ],
    )
    def test_what_a_missing_live_model_leaves_open_is_true_and_nothing_else(self, context, mine, auc, live, passed):
        outputs = self.both(context, mine=mine, auc=auc, live=live)
        assert outputs["run"] == {"fields": [], "records": [[]] if passed else []}
        assert outputs["reason"]["passed"] is passed

    def test_the_reason_names_what_was_missing(self, context):
        reason = self.both(context, mine=0.1, auc=None, live=None)["reason"]
        assert reason["without_live"] == ["late.live.test.brier"]
        assert reason["undefined"] == ["late.test.roc_auc"]
        assert reason["values"] == {
            "late.test.brier": 0.1,
            "late.live.test.brier": None,
            "late.test.roc_auc": None,
        }

    def test_outputs_of_steps_and_parameters(self, context):
        values = [["drift.psi"], ["ask.answer"]]
        inputs = {"drift.psi": 12.0, "ask.answer": "yes"}
        assert self.decide(context, "v0 < $cost and v1 = 'yes'", values, **inputs)["reason"]["passed"]
        assert not self.decide(context, "v0 > $cost", values, **inputs)["reason"]["passed"]

    def test_a_condition_on_parameters_alone(self, context):
        assert self.decide(context, "$cost > 10", [])["reason"]["passed"]

    def test_a_live_model_in_a_negated_condition(self, context):
        values = [["late.live", "test", "brier"]]
        inputs = {"late.live": None}
        assert self.decide(context, "not v0 > 0.5", values, ["late.live"], **inputs)["reason"]["passed"]
