"""The end of a run: count how its tasks ended, judge what was asked for, write the summary."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

from mlc_runtime import layout
from mlc_runtime.errors import IncompleteError
from mlc_runtime.keys import canonical
from mlc_runtime.plan import PlanStep
from mlc_runtime.results import values
from mlc_runtime.run import Run
from mlc_runtime.summary import summarise

_SHOWN = 20  # failures of a step that are told in full


def finish(run: Run) -> dict[str, Any]:
    """The summary of a run, which is written to the store.

    Returns:
        `{"mlc_summary", "run", "pipeline", "verdict", "steps", "found"}`. The verdict is `done`, `failed` (more of what
        was asked for is missing than it tolerates) or `incomplete`. Each step has `tasks`, `done`, `failed`, `missing`,
        `incomplete` and `failures`, the first of them in full. `found` is as `mlc_runtime.summary` makes it.
    """
    inner = {name for step in run.plan.steps for name in step.members}
    steps = {step.name: _count(run, step) for step in run.plan.steps if step.name not in inner}
    incomplete = any(counts["incomplete"] for counts in steps.values())
    lost = _lost(run, steps)
    summary = {
        "mlc_summary": 1,
        "run": run.name,
        "pipeline": run.plan.name,
        "verdict": "incomplete" if incomplete else "failed" if lost else "done",
        "steps": steps,
        "found": summarise(run.plan, partial(values, run), run.bind["parameters"]["as_of"]),
    }
    run.store.put(layout.summary(run.name), canonical(summary))
    return summary


def status(run: Run) -> str:
    """How a run stands before its `always` steps, which may read it: `done` or `failed`.

    What has not run by then never will: an engine left it out, since something before it failed.
    """
    counted = {step.name: _count(run, step) for step in run.plan.steps if step.root and not step.policy.always}
    left_out = any(counts["incomplete"] for counts in counted.values())
    return "failed" if left_out or _lost(run, counted) else "done"


def _lost(run: Run, steps: dict[str, dict[str, Any]]) -> bool:
    """Whether more of what was asked for is missing than is tolerated."""
    return any(
        step.root and steps[step.name]["lost"] > Fraction(repr(step.policy.tolerate)) * steps[step.name]["tasks"]
        for step in run.plan.steps
        if step.name in steps
    )


def _count(run: Run, step: PlanStep) -> dict[str, Any]:
    counts: dict[str, Any] = {"tasks": 0, "done": 0, "failed": 0, "missing": 0, "incomplete": 0, "lost": 0}
    failures: list[dict[str, Any]] = []
    if step.name in run.needless.steps:
        return {**counts, "failures": failures}
    try:
        space = run.space(step.name)
    except IncompleteError:
        return {**counts, "incomplete": 1, "failures": failures}
    poisoned = space.poisoned
    for place in run.needless.left(step.name, range(space.size)):
        counts["tasks"] += 1
        status = _status(run, step, space.coords(place), failures)
        counts[status] += 1
        counts["lost"] += status in ("failed", "missing")
    # A root whose axis is not known has lost what it would have been, though there is no task to count.
    counts["lost"] += poisoned
    return {**counts, "failures": failures}


def _status(run: Run, step: PlanStep, coordinates: dict[str, Any], failures: list[dict[str, Any]]) -> str:
    try:
        if not run.missing(step, coordinates):
            return "done"
        failure = run.failure(step, coordinates)
    except IncompleteError:
        return "incomplete"
    if failure is None or failure.kind == "missing":
        return "missing"
    if len(failures) < _SHOWN:
        failures.append(
            {"coordinates": coordinates, "kind": failure.kind, "message": failure.message, "key": failure.key}
        )
    return "failed"
