"""What a run says of itself at its end: the data, and the text made of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from mlc_compiler.cli.summary import summary
from mlc_runtime.plan import Plan, PlanStep
from mlc_runtime.summary import summarise

SPEC = {
    "timezone": "America/New_York",
    "asserted": ["weather"],
    "experiments": ["late_vs_baseline"],
    "online": ["late_api"],
    "trainings": {"late": {"each": ["origin"]}},
}
STEPS = (
    PlanStep("sources.weather", "read", ""),
    PlanStep("sources.weather.checks", "check", ""),
    PlanStep("examples.departures.features.sky", "features", ""),
    PlanStep("examples.departures.features.plane", "features", ""),
    PlanStep("examples.departures.parts", "split", ""),
    PlanStep("late.values", "distinct", ""),
    PlanStep("late.best", "select", ""),
    PlanStep("late.model", "assemble", "", {"features": [["sky.temp", "float"], ["clock.hour", "int"]]}),
    PlanStep("late.report", "report", ""),
    PlanStep("late.register", "register", ""),
    PlanStep("today.gate", "gate", ""),
    PlanStep("today.live", "promote", ""),
    PlanStep("today.write", "write", ""),
    PlanStep("drift", "python", "", outputs={"psi": "value", "done": "effect"}),
)
SCORES = {"rows": 120, "metrics": {"roc_auc": 0.75}, "undefined": {}}
ALL = SCORES | {"routes": {"model": 110, "fallback": 8, "unanswered": 2}}
READ = {
    "rows": 1000,
    "later": 4,
    "never": 0,
    "cells": {"delay": 12},
    "unknown": {"arrival": 30, "delay": 30, "gate": 1},
    "twice": {},
    "skipped": {},
}
PART = {"rows": 60, "purged": 0}
KEYS = [{"id": i, "at": None} for i in range(1, 5)]
FAILED = {"ok": False, "warn": True, "expect": "x > 0", "failed": 5, "share": 0.005, "sample": KEYS}
VALUES: dict[tuple[str, str], list[tuple[dict[str, Any], Any]]] = {
    ("sources.weather", "report"): [({}, READ)],
    ("sources.weather.checks", "report"): [
        ({}, {"rows": 1000, "results": [FAILED, {**FAILED, "expect": "y > 0", "sample": [{"$row": 6}]}]})
    ],
    ("examples.departures.features.sky", "report"): [({}, {"rows": 200, "unmatched": {}})],
    ("examples.departures.features.plane", "report"): [
        ({}, {"rows": 200, "unmatched": {"year": 31, "model": 31, "seats": 40}})
    ],
    ("examples.departures.parts", "report"): [
        (
            {},
            {
                "rows": 200,
                "unlabelled": 20,
                "outside": 0,
                "folds": [{"train": PART | {"purged": 5}, "validation": PART}],
                "refit": None,
                "test": PART,
            },
        )
    ],
    ("late.values", "report"): [({}, {"few": [{"record": ["LGA"], "rows": 2}]})],
    ("late.best", "ranking"): [({"origin": "EWR"}, {"settings": [{"setting": {"C": 0.1}}, {"setting": {"C": 1}}]})],
    ("late.report", "report"): [
        ({}, {"test": ALL, "validation": None, "by": [{"at": {"origin": "EWR"}, "test": SCORES, "validation": None}]})
    ],
    ("late.register", "entry"): [({}, {"name": "late", "version": 3})],
    ("today.gate", "reason"): [({}, {"text": "late.test.roc_auc > 0.7", "passed": True, "without_live": []})],
    ("today.live", "entry"): [({}, {"name": "late", "version": 3, "held": None})],
    ("today.write", "written"): [({}, {"rows": 717, "to": "out.csv"})],
    ("drift", "done"): [({}, None)],
    ("drift", "psi"): [({}, 0.125)],
}


def values(step: str, port: str) -> Sequence[tuple[Mapping[str, Any], Any]]:
    return VALUES.get((step, port), [])


def told(plan: Plan, found: Any, as_of: int | None = None) -> str:
    return "\n".join(summary(summarise(plan, found, as_of)))


def test_everything_that_was_found_out_is_said() -> None:
    assert (
        told(Plan("flights", steps=STEPS, spec=SPEC), values, 1_388_573_580_000_000)
        == """\
as of 2014-01-01 05:53:00 America/New_York
sources
  weather      1,000 rows, known time asserted
               warning: x > 0 (5 rows, 0.50%): id=1, at=null; id=2, at=null; id=3, at=null, ...
               warning: y > 0 (5 rows, 0.50%): row 7
               4 rows left out: known only after as-of
               30 rows (3.0%) never take part in arrival, delay: no known time
               1 row (0.1%) never take part in gate: no known time
               12 values left out of delay: not known by as-of
examples
  departures   200 rows, 20 without a label
                 train                60 rows, 5 purged
                 validation           60 rows
                 test                 60 rows
               look-ups without a match
                 31 (15.5%) found no row: plane (year, model)
                 40 (20.0%) found no row: plane (seats)
training
  late         2 inputs, 2 settings
               origin  setting  test roc_auc  test rows
               EWR     C=0.1            0.75        120
               all                      0.75        120
               of the test: 8 rows answered by the fallback, 2 rows without an answer
               too few training rows for 1 of the values of `each`: LGA
               registered as version 3
serving
  today        late.test.roc_auc > 0.7: yes
               live: late@3
               717 predictions in out.csv
steps
  drift        psi = 0.125
not run
  late_api     online serving: `mlc serve SPEC late_api`
  late_vs_baseline
               experiment: `mlc experiment replay SPEC late_vs_baseline`"""
    )


def test_what_is_zero_is_not_said() -> None:
    quiet = READ | {"later": 0, "cells": {}, "unknown": {}}
    found = {("sources.weather", "report"): [({}, quiet)]}
    plan = Plan("flights", steps=STEPS[:2], spec={"timezone": "UTC", "asserted": []})
    assert told(plan, lambda step, port: found.get((step, port), [])) == "sources\n  weather      1,000 rows"


def test_a_back_fill_says_that_it_moves_nothing() -> None:
    entry = {"name": "late", "version": 4, "held": "later"}
    found = {("today.live", "entry"): [({}, entry)]}
    plan = Plan("flights", steps=(PlanStep("today.live", "promote", ""),), spec={"timezone": "UTC"})
    assert "late@4 serves this run; what is live is of a later time" in told(
        plan, lambda step, port: found.get((step, port), [])
    )


def test_a_run_without_results_says_so() -> None:
    steps = [step for step in STEPS if step.name == "late.report"]
    plan = Plan("flights", steps=tuple(steps), spec={**SPEC, "online": [], "experiments": []})
    assert told(plan, lambda _step, _port: []) == "training\n  late         no result"
