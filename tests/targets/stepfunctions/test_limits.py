"""Limits of AWS, and what the 20,000 tasks of the example ask of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlc_compiler.cli.main import main
from mlc_compiler.plan.certify import certify
from mlc_runtime.plan import Plan, PlanAxis, PlanStep
from mlc_runtime.relation import Listed
from mlc_stepfunctions.stages import count_jobs, fit, stages_of
from mlc_stepfunctions.target import TARGET

Emit = Callable[..., Any]

COUNTRIES = Path(__file__).parents[3] / "examples" / "countries" / "stepfunctions"
METAFLOW = 72_948
"""Bytes of Metaflow's state machine for the same work."""


def fan_out(*sizes: int, tiles: int) -> Plan:
    axes = {f"g{place}": PlanAxis(f"g{place}", ("g",), values=Listed(("g",), tuple((i,) for i in range(size))))
            for place, size in enumerate(sizes)}  # fmt: skip
    steps = (
        PlanStep(f"s{name}", "python", "0", axes=(name,), tiles={"max": tiles}, origin=(("steps", "s"),))
        for name in axes
    )
    return Plan("p", axes=axes, steps=tuple(steps))


def test_the_definition_of_20_000_tasks_is_a_tenth_of_metaflow_s() -> None:
    assert len((COUNTRIES / "state-machine.asl.json").read_bytes()) <= METAFLOW / 10


def test_there_are_two_submit_calls_whatever_there_is_to_run() -> None:
    assert (COUNTRIES / "state-machine.asl.json").read_text().count("submitJob") == 2


def test_400_jobs_run_all_tiles(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    spec, environment = COUNTRIES.parent / "pipeline.yaml", COUNTRIES.parent / "environment.stepfunctions.yaml"
    target = ["--env", str(environment), "--target", "stepfunctions", "--certificate", "--out", str(tmp_path)]
    assert main(["compile", str(spec), *target]) == 0
    said = capsys.readouterr().out
    ours = next(line for line in said.splitlines() if line.startswith("jobs of a run")).split()[4]
    assert int(ours) <= 400


def test_a_certificate_has_a_row_for_each_limit(emit: Emit) -> None:
    plan = fan_out(100, tiles=50)
    rows = certify(plan, emit(plan).files, TARGET.limits({}))
    assert all(row.fits and row.limit.source for row in rows)
    assert len({row.limit.name for row in rows}) == len(rows) == 11
    jobs = next(row for row in rows if row.limit.unit == "jobs")
    assert (jobs.value, jobs.limit.most) == (52, 400)


def test_fewer_tiles_until_the_run_holds_them() -> None:
    plan = fan_out(1000, 1000, 10, tiles=1000)
    fitted = fit(plan, 400, None)
    found = [node for stage in stages_of(fitted) for node in stage]
    assert 390 < count_jobs(found) <= 400
    assert fit(fitted, 400, None) == fitted


def test_no_stage_has_more_tiles_than_may_run_at_once() -> None:
    plan = fan_out(1000, 1000, 4, tiles=300)
    [stage] = stages_of(fit(plan, 10_000, 50))
    assert [node.tiles for node in stage] == [16, 16, 16]
    [stage] = stages_of(fit(plan, 10_000, 2))
    assert [node.tiles for node in stage] == [1, 1, 1]


def test_more_steps_than_may_run_at_once_wait_for_each_other(emit: Emit) -> None:
    plan = fan_out(1000, 1000, 4, tiles=300)
    assert emit(plan, parallelism=2).machine["States"]["mlc-stage"]["MaxConcurrency"] == 2
    assert "MaxConcurrency" not in emit(plan).machine["States"]["mlc-stage"]


def test_a_stack_too_large_to_hand_over_has_its_definition_in_s3(emit: Emit) -> None:
    small = emit(fan_out(5, tiles=1)).resources["Machine"]["Properties"]
    assert json.loads(small["DefinitionString"])["StartAt"] == "mlc-begin"
    many = Plan("p", steps=tuple(PlanStep(f"s{i}", "python", "0", origin=(("steps", "s"),)) for i in range(600)))
    large = emit(many)
    found = large.resources["Machine"]["Properties"]
    assert found["DefinitionS3Location"]["Bucket"] == "bucket"
    assert found["DefinitionS3Location"]["Key"].startswith("prefix/plan/p/")
    assert "DefinitionString" not in found


def test_a_history_too_long_is_told() -> None:
    steps = tuple(PlanStep(f"s{i}", "python", "0", origin=(("steps", "s"),)) for i in range(1500))
    limit = next(limit for limit in TARGET.limits({}) if limit.unit == "events")
    assert limit.measure(Plan("p", steps=steps[:700]), {}) < limit.most < limit.measure(Plan("p", steps=steps), {})
