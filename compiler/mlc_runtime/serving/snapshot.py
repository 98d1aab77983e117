"""What a server computes with beside a request: tables that are made before it answers, as in every run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlc_runtime.errors import StepError

if TYPE_CHECKING:
    from mlc_runtime.plan import Plan, PlanStep
    from mlc_runtime.run import Run

Snapshot = Mapping[str, Mapping[str, Any]]
"""Values by step and port."""


def snapshot_steps(plan: Plan) -> tuple[PlanStep, ...]:
    """The steps of a serving's plan that do not hang on a request, in order."""
    asked = set[str]()
    found = []
    for step in plan.steps:
        if step.op == "given" or any(edge.step in asked for edge in step.inputs):
            asked.add(step.name)
        else:
            found.append(step)
    return tuple(found)


def make_snapshot(run: Run) -> None:
    """Make, in this process, what a run of such steps has not made yet.

    Raises:
        StepError: a step failed, as it is told.
    """
    from mlc_runtime.task import TaskRunner

    runner = TaskRunner(run)
    for step in run.plan.steps:
        for coordinates in run.space(step.name):
            failure = runner.run_task(step.name, coordinates).failure
            if failure is not None:
                raise StepError(failure.code, f"`{step.name}`: {failure.message}", failure.help)


def read_snapshot(run: Run) -> Snapshot:
    """What the steps of a run that has ended well gave."""
    from mlc_runtime.values import decode

    found: dict[str, dict[str, Any]] = {}
    for step in run.plan.steps:
        record = run.ledger.record(run.object(step, {}))
        assert record is not None, step.name
        found[step.name] = {port: decode(output, run.store) for port, output in record.outputs.items()}
    return found
