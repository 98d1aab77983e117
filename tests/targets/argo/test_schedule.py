"""Schedules: of the whole pipeline, and of parts of it with the live models of what they leave out."""

from collections.abc import Callable
from typing import Any

import pytest

from mlc_argo.pod import PLAN
from mlc_argo.target import TARGET
from mlc_compiler.target import Files
from mlc_containers.part import part, undecided
from mlc_runtime.plan import Plan

SPEC = """
mlc: 1
name: churn
schedule:
  - {cron: "0 2 * * SUN", run: [churn]}
  - {cron: "0 4 * * *", run: [scores, page]}
  - {cron: "0 6 * * 7", run: [page, scores]}
  - {cron: "0 1 1 * *"}
sources:
  orders: {read: data/orders.csv, columns: {id: int, amount: float, left: bool}, key: [id], checks: [amount > 0]}
features:
  order: {columns: [amount]}
examples:
  orders: {from: orders, label: left, split: {by: random, test: 20%, validation: 20%, folds: 2}}
training:
  base: {examples: orders, features: [order], model: sklearn.linear_model.LogisticRegression, metrics: [brier]}
  churn: {examples: orders, features: [order, base.prediction], model: sklearn.linear_model.LogisticRegression,
          metrics: [brier]}
serving:
  scores: {model: churn, mode: batch, write: out/scores.csv, when: churn.test.brier < 0.2}
steps:
  page: {use: "functions:page", inputs: {model: churn}, after: [churn], outputs: {n: int}}
  alarm: {use: "functions:page", when: churn.test.brier > 0.5, outputs: {n: int}}
  last: {use: "functions:page", always: true, outputs: {n: int}}
"""
FUNCTIONS = {"functions.py": "def page(**given):\n    return {'n': 1}\n"}


@pytest.fixture
def plan(workshop: Any) -> Plan:
    workshop.write(FUNCTIONS)
    found: Plan = workshop.compile(SPEC).plan
    return found


def test_of_what_is_not_named_the_live_model_is_used(plan: Plan) -> None:
    found = part(plan, ["scores", "page"])
    steps = found.by_name
    assert steps["scores.live"].inputs == ()
    assert "scores.gate" not in steps
    assert [edge.step for edge in steps["page"].inputs] == ["churn.standing"]
    assert {edge.step for edge in steps["scores.scores.base"].inputs if edge.out == "model"} == {"base.standing"}
    assert not any(step.op in ("train", "register", "report") for step in found.steps)
    assert "sources.orders.checks" in steps, "nothing is written before the checks have passed"


def test_what_is_named_is_fitted_with_all_that_it_needs(plan: Plan) -> None:
    found = part(plan, ["churn"]).by_name
    whole = plan.by_name
    assert {"churn.register", "churn.report"} <= set(found)
    assert "base.bundle" in found, "its predictions are learned from, so it is fitted anyway"
    assert not {"scores.live", "page", "alarm", "last"} & set(found)
    assert all(found[name] == whole[name] for name in found if not name.endswith(".standing"))


def test_producers_come_before_their_readers(plan: Plan) -> None:
    for names in (["scores"], ["churn"], ["page", "churn"], ["alarm", "churn"]):
        seen: set[str] = set()
        for step in part(plan, names).steps:
            assert {edge.step for edge in step.inputs} <= seen
            seen.add(step.name)


def test_a_condition_on_what_is_left_out_is_undecided(plan: Plan) -> None:
    assert list(undecided(plan, ["alarm"])) == [("alarm.gate", "churn")]
    assert list(undecided(plan, ["alarm", "churn"])) == []
    assert list(undecided(plan, [])) == []


def test_each_part_is_a_workflow_of_its_own(plan: Plan, emit: Callable[..., Any]) -> None:
    out = emit(plan)
    crons = {each["metadata"]["name"]: each["spec"] for each in out.documents("schedule.yaml")}
    assert [(name, spec["schedules"]) for name, spec in crons.items()] == [
        ("churn", ["0 1 1 * *"]),
        ("churn--churn", ["0 2 * * SUN"]),
        ("churn--pag-54a21c", ["0 4 * * *", "0 6 * * 0"]),
    ]
    [kustomization] = out.documents("kustomization.yaml")
    for name, spec in crons.items():
        file = f"workflow{name.removeprefix('churn').replace('--', '-')}.yaml"
        [template] = out.documents(file)
        assert template["metadata"]["name"] == spec["workflowSpec"]["workflowTemplateRef"]["name"] == name
        assert file in kustomization["resources"]
        volume = next(each for each in template["spec"]["volumes"] if each["name"] == PLAN)
        [files] = [
            each["files"] for each in kustomization["configMapGenerator"] if each["name"] == volume["configMap"]["name"]
        ]
        assert all(source.rpartition("=")[2] in out.files for source in files)
        assert template["spec"]["serviceAccountName"] == "churn"
    tasks = {
        each["name"] for each in out.documents("workflow-pag-54a21c.yaml")[0]["spec"]["templates"][0]["dag"]["tasks"]
    }
    assert {"scores-write", "page"} <= tasks
    assert not any(name.startswith(("base-fit", "churn-fit")) for name in tasks)


def test_every_workflow_is_traced(plan: Plan, emit: Callable[..., Any]) -> None:
    files = emit(plan).files
    traced = TARGET.trace(plan, files)
    assert set(traced) == {name for name in files if name.startswith("workflow")}
    assert all(traced.values())


def test_a_schedule_without_the_whole_leaves_that_to_hands(workshop: Any, emit: Callable[..., Any]) -> None:
    workshop.write(FUNCTIONS)
    lines = [line for line in SPEC.splitlines() if "0 1 1" not in line and "alarm" not in line]
    plan = workshop.compile("\n".join(lines)).plan
    out = emit(plan)
    assert [each["metadata"]["name"] for each in out.documents("schedule.yaml")] == [
        "churn--churn",
        "churn--pag-54a21c",
    ]
    assert "workflow.yaml" in out.files
    volumes = {"out": {"claim": "out", "path": "out"}}
    site = {
        "image": "r.example/i@sha256:" + "0" * 64,
        "store": {"path": "s3://b/p"},
        "targets": {"argo": {"volumes": volumes}},
    }
    assert TARGET.check(plan, site, Files("pipeline.yaml", "environment.yaml")) == ()
