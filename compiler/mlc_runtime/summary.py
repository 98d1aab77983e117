"""What a run found out, as plain data: the same for `mlc run`, `mlc runs show` and programs.

    {"as_of": time | null, "timezone", "sources", "examples", "training", "serving", "steps", "not_run"}

Each section holds what the run knows of an entry of the spec, by the entry's name; an entry without a result is left
out. Counts are of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mlc_runtime.plan import Plan, PlanStep

Values = Callable[[str, str], Sequence[tuple[Mapping[str, Any], Any]]]
"""The JSON values of a step's output, with the coordinates of the tasks that gave them."""


def summarise(plan: Plan, values: Values, as_of: int | None) -> dict[str, Any]:
    """The summary of a run.

    Args:
        plan: what was run, or the part of it that was asked for.
        values: see `mlc_runtime.results.values`.
        as_of: the logical time, microseconds since the epoch; None where no source has a time.
    """
    timezone = plan.spec.get("timezone", "UTC")
    found: dict[str, Any] = {
        "as_of": None if as_of is None else iso_in(as_of, timezone),
        "timezone": timezone,
        **{section: {} for section in ("sources", "examples", "training", "serving", "steps")},
        "not_run": dict.fromkeys(plan.spec.get("online", ()), "online serving")
        | dict.fromkeys(plan.spec.get("experiments", ()), "experiment"),
    }
    for step in plan.steps:
        if step.op in _SECTIONS:
            section, prefix, suffix, of = _SECTIONS[step.op]
            name = step.name.removeprefix(prefix).removesuffix(suffix)
            said = of(plan, step, values)
            if said is not None:
                found[section].setdefault(name, {}).update(said)
    return found


def iso_in(micros: int, timezone: str) -> str:
    """A time in ISO 8601, local to a zone.

    >>> iso_in(86_400_000_000, "Europe/Zurich")
    '1970-01-02T01:00:00+01:00'
    """
    moment = datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)
    return moment.astimezone(ZoneInfo(timezone)).isoformat()


def _source(plan: Plan, step: PlanStep, values: Values) -> dict[str, Any] | None:
    """The rows of a source, what was left out, and the checks that broke."""
    name = step.name.removesuffix(".checks")
    checked, read = _one(values(step.name, "report")), _one(values(name, "report"))
    if read is None:
        return None
    return {
        **{count: read[count] for count in ("rows", "later", "never", "cells", "unknown", "twice", "skipped")},
        "asserted": name.removeprefix("sources.") in plan.spec["asserted"],
        "checks": None if checked is None else len(checked["results"]),
        "broken": [] if checked is None else [result for result in checked["results"] if not result["ok"]],
    }


def _examples(plan: Plan, step: PlanStep, values: Values) -> dict[str, Any] | None:
    """The rows of some examples, of each part, and of look-ups that found nothing."""
    report = _one(values(step.name, "report"))
    owner = step.name.removesuffix(".parts")
    return None if report is None else {**report, "unmatched": _unmatched(plan, owner, values)}


def _unmatched(plan: Plan, owner: str, values: Values) -> dict[str, Any]:
    """By feature group with such columns: of how many rows, and by column for how many nothing was found."""
    prefix = f"{owner}.features."
    found = {}
    for step in plan.steps:
        if step.op == "features" and step.name.startswith(prefix):
            report = _one(values(step.name, "report"))
            if report is not None and report["unmatched"]:
                found[step.name.removeprefix(prefix)] = {"of": report["rows"], "columns": report["unmatched"]}
    return found


def _training(plan: Plan, step: PlanStep, values: Values) -> dict[str, Any]:
    """A training's models with their settings and metrics, and what was registered."""
    name = step.name.removesuffix(".report")
    report, gate = _one(values(step.name, "report")), _one(values(f"{name}.gate", "reason"))
    if report is None:
        return {"fitted": False, "gate": gate}
    best = [(at, ranking["settings"]) for at, ranking in values(f"{name}.best", "ranking")]
    each = plan.spec["trainings"][name]["each"]
    few = [item for _, values_ in values(f"{name}.values", "report") for item in values_["few"]]
    registered = _one(values(f"{name}.register", "entry"))
    made = plan.by_name.get(f"{name}.model")
    return {
        "fitted": True,
        "gate": gate,
        "inputs": 0 if made is None else len(made.params["features"]),
        "settings": max((len(settings) for _, settings in best), default=1),
        "each": each,
        "models": [
            {"at": entry["at"], "setting": _setting(best, entry["at"]), **_scores(entry)} for entry in report["by"]
        ],
        "overall": {"setting": None if each else _setting(best, {}), **_scores(report)},
        "few": few,
        "registered": None if registered is None else registered["version"],
    }


def _scores(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {part: entry.get(part) for part in ("validation", "test")}


def _setting(best: Sequence[tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]], at: Mapping[str, Any]) -> Any:
    """The best setting for some values of `each`; one that is shared stands under fewer of them."""
    return next((settings[0]["setting"] for place, settings in best if place.items() <= at.items()), None)


def _live(_plan: Plan, step: PlanStep, values: Values) -> dict[str, Any] | None:
    """What serves, and why."""
    found = values(step.name, "entry")
    gate = _one(values(f"{step.name.removesuffix('.live')}.gate", "reason"))
    return {"gate": gate, "live": found[0][1]} if found else None if gate is None else {"gate": gate}


def _written(plan: Plan, step: PlanStep, values: Values) -> dict[str, Any] | None:
    written = _one(values(step.name, "written"))
    owner = step.name.removesuffix(".write")
    return None if written is None else {"written": written, "unmatched": _unmatched(plan, owner, values)}


def _outputs(_plan: Plan, step: PlanStep, values: Values) -> dict[str, Any] | None:
    """The values that a step gave, by output and coordinates."""
    done = values(step.name, "done")
    return (
        {
            "tasks": len(done),
            "outputs": {
                port: [{"at": dict(at), "value": value} for at, value in values(step.name, port)]
                for port, kind in step.outputs.items()
                if kind == "value"
            },
        }
        if done
        else None
    )


def _one(found: Sequence[tuple[Mapping[str, Any], Any]]) -> Any:
    return found[0][1] if found else None


_Says = Callable[[Plan, PlanStep, Values], dict[str, Any] | None]

_SECTIONS: Mapping[str, tuple[str, str, str, _Says]] = {
    "check": ("sources", "sources.", ".checks", _source),
    "split": ("examples", "examples.", ".parts", _examples),
    "report": ("training", "", ".report", _training),
    "promote": ("serving", "", ".live", _live),
    "write": ("serving", "", ".write", _written),
    "python": ("steps", "", "", _outputs),
    "container": ("steps", "", "", _outputs),
    "approve": ("steps", "", "", _outputs),
}
"""By operation: its section, what of a step's name is not said, and what is said of its results."""
