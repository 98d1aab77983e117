"""Reports as plain data, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from mlc_compiler.explain.changes import Change
from mlc_compiler.explain.report import Report, Totals
from mlc_compiler.explain.step import About
from mlc_compiler.graph.size import Size
from mlc_compiler.passes.cost import Estimate


def report_data(report: Report) -> dict[str, Any]:
    """A report."""
    return {
        "name": report.name,
        "level": report.level,
        "passes": [{"name": ran.name, "changes": [_change(change) for change in ran.changes]} for ran in report.passes],
        "before": _totals(report.before),
        "after": _totals(report.after),
        "halvings": [
            {
                "training": halving.training,
                "resource": halving.resource,
                "rungs": [{"settings": size_data(rung.settings), "amount": rung.amount} for rung in halving.rungs],
                "spent": size_data(halving.spent),
                "full": size_data(halving.full),
            }
            for halving in report.halvings
        ],
        "draws": [asdict(draw) for draw in report.draws],
    }


def step_data(about: About, places: Sequence[str]) -> dict[str, Any]:
    """A step."""
    return {
        "name": about.step.name,
        "op": about.step.op,
        "places": list(places),
        "tasks": size_data(about.tasks),
        "estimate": asdict(about.estimate),
        "host": about.host,
        "starts": about.tiles or None,
        "axes": list(about.axes),
        "key": list(about.key),
        "reads": list(about.reads),
        "read_by": list(about.read_by),
        "outputs": dict(about.step.outputs),
        "policy": list(about.policy),
        "reruns": list(about.reruns),
        "tasks_rerun": size_data(about.tasks_rerun),
    }


def size_data(size: Size) -> dict[str, Any]:
    """A size: its text, and its parts."""
    return {
        "text": str(size),
        "exact": size.exact,
        "terms": [{"unknown": list(names), "factor": factor} for names, factor in size.terms.items()],
    }


def _totals(totals: Totals) -> dict[str, Any]:
    return {
        "steps": totals.steps,
        "tasks": size_data(totals.tasks),
        "starts": totals.starts,
        "work": asdict(totals.work),
    }


def _change(change: Change) -> dict[str, Any]:
    """What is set of a change."""
    found: dict[str, Any] = {}
    for field in fields(change):
        value = getattr(change, field.name)
        if isinstance(value, Size):
            found[field.name] = size_data(value)
        elif isinstance(value, Estimate):
            found[field.name] = asdict(value)
        elif value not in ("", None, ()):
            found[field.name] = list(value) if isinstance(value, tuple) else value
    return found
