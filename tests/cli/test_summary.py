"""What a run says of itself at its end."""

from collections.abc import Mapping, Sequence
from typing import Any

from mlc_compiler.cli.summary import summary
from mlc_runtime.plan import Plan, PlanStep

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
    PlanStep("late.values", "distinct", ""),
    PlanStep("late.best", "select", ""),
    PlanStep("late.model", "assemble", "", {"features": [["sky.temp", "float"], ["clock.hour", "int"]]}),
    PlanStep("late.report", "report", ""),
    PlanStep("late.register", "register", ""),
    PlanStep("today.gate", "gate", ""),
    PlanStep("today.live", "promote", ""),
    PlanStep("today.write", "write", ""),
)
SCORES = {"rows": 120, "metrics": {"roc_auc": 0.75}}
VALUES: dict[tuple[str, str], list[tuple[dict[str, Any], Any]]] = {
    ("sources.weather", "report"): [({}, {"later": 4, "never": 0})],
    ("sources.weather.checks", "report"): [
        ({}, {"rows": 1000, "results": [{"ok": False, "warn": True, "expect": "x > 0", "failed": 3, "share": 0.003}]})
    ],
    ("late.values", "report"): [({}, {"few": [{"record": ["LGA"], "rows": 2}]})],
    ("late.best", "ranking"): [({"origin": "EWR"}, {"settings": [{"setting": {"C": 0.1}}, {"setting": {"C": 1}}]})],
    ("late.report", "report"): [
        (
            {},
            {
                "test": SCORES,
                "validation": None,
                "by": [{"at": {"origin": "EWR"}, "test": SCORES, "validation": None}],
            },
        )
    ],
    ("late.register", "entry"): [({}, {"name": "late", "version": 3})],
    ("today.gate", "reason"): [({}, {"text": "late.test.roc_auc > 0.7", "passed": True})],
    ("today.live", "entry"): [({}, {"name": "late", "version": 3})],
    ("today.write", "written"): [({}, {"rows": 717, "to": "out.csv"})],
}


def values(step: str, port: str) -> Sequence[tuple[Mapping[str, Any], Any]]:
    return VALUES.get((step, port), [])


def test_everything_that_was_found_out_is_said() -> None:
    told = "\n".join(summary(Plan("flights", steps=STEPS, spec=SPEC), values, 1_388_573_580_000_000))
    assert (
        told
        == """\
as of        2014-01-01 05:53:00 America/New_York
weather      1,000 rows, known time asserted
             warning: x > 0 (3 rows, 0.30%)
             4 rows left out: known only after as-of
late         2 inputs, 2 settings
             origin  setting  test roc_auc  test rows
             EWR     C=0.1            0.75        120
             all                      0.75        120
             too few training rows for 1 of the values of `each`: LGA
             registered as late@3
today        late.test.roc_auc > 0.7: yes
             live: late@3
today        717 predictions in out.csv
not run      late_api (online serving), late_vs_baseline (experiment): checked and compiled, not run here"""
    )


def test_a_run_without_results_says_so() -> None:
    plan = Plan("flights", steps=STEPS[5:6], spec={**SPEC, "online": [], "experiments": []})
    assert list(summary(plan, lambda _step, _port: [], None)) == [
        "late         nothing fitted: no result, or its condition is false"
    ]
