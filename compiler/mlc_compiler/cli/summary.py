"""What a run found out, as a data scientist wants to read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mlc_compiler.cli.table import table
from mlc_runtime.plan import Plan, PlanStep

Values = Callable[[str, str], Sequence[tuple[Mapping[str, Any], Any]]]
"""The JSON values of a step's output, with the coordinates of the tasks that gave them."""

WIDTH = 12


def summary(plan: Plan, values: Values, as_of: int | None) -> Iterator[str]:
    """The lines of a summary, in the order of the spec."""
    if as_of is not None:
        moment = datetime.fromtimestamp(as_of / 1_000_000, UTC).astimezone(ZoneInfo(plan.spec["timezone"]))
        yield from _entry("as of", [f"{moment:%Y-%m-%d %H:%M:%S} {plan.spec['timezone']}"])
    for step in plan.steps:
        if step.op in _SECTIONS:
            prefix, suffix, lines = _SECTIONS[step.op]
            yield from _entry(step.name.removeprefix(prefix).removesuffix(suffix), lines(plan, step, values))
    waiting = [*(f"{name} (online serving)" for name in plan.spec["online"])]
    waiting += [f"{name} (experiment)" for name in plan.spec["experiments"]]
    if waiting:
        yield from _entry("not run", [f"{', '.join(waiting)}: checked and compiled, not run here"])


def _entry(name: str, lines: Sequence[str]) -> Iterator[str]:
    for position, line in enumerate(lines):
        head = name if position == 0 else ""
        yield f"{head:<{WIDTH}} {line}" if len(head) <= WIDTH else f"{head}\n{'':<{WIDTH}} {line}"


def _checks(plan: Plan, step: PlanStep, values: Values) -> list[str]:
    source = step.name.removesuffix(".checks")
    asserted = ", known time asserted" if source.removeprefix("sources.") in plan.spec["asserted"] else ""
    lines: list[str] = []
    for _, report in values(step.name, "report"):
        broken = [result for result in report["results"] if not result["ok"]]
        held = ", checks hold" if report["results"] and not broken else ""
        lines.append(f"{report['rows']:,} rows{held}{asserted}")
        for result in broken:
            kind = "warning" if result["warn"] else "broken"
            lines.append(f"{kind}: {result['expect']} ({result['failed']:,} rows, {result['share']:.2%})")
    for _, read in values(source, "report"):
        left_out = (("later", "known only after as-of"), ("never", "without a known time"))
        lines += [f"{read[kind]:,} rows left out: {what}" for kind, what in left_out if read[kind]]
    return lines


def _parts(_plan: Plan, step: PlanStep, values: Values) -> list[str]:
    lines: list[str] = []
    for _, report in values(step.name, "report"):
        lines.append(
            f"{report['rows']:,} rows, {report['unlabelled']:,} without a label, {report['outside']:,} in no part"
        )
        parts: list[tuple[str, Mapping[str, Any]]] = []
        for number, fold in enumerate(report["folds"]):
            which = f" {number}" if len(report["folds"]) > 1 else ""
            parts += [(f"{part}{which}", fold[part]) for part in ("train", "validation") if fold.get(part)]
        parts += [(part, report[part]) for part in ("refit", "test") if report.get(part)]
        for part, counts in parts:
            purged = f", {counts['purged']:,} purged" if counts.get("purged") else ""
            span = f", {counts['start'][:10]} to {counts['end'][:10]}" if counts.get("start") else ""
            lines.append(f"  {part:<13}{counts['rows']:>10,} rows{purged}{span}")
    return lines


def _training(plan: Plan, step: PlanStep, values: Values) -> list[str]:
    name = step.name.removesuffix(".report")
    found = values(step.name, "report")
    if not found:
        return ["nothing fitted: no result, or its condition is false"]
    report = found[0][1]
    best = {_place(at): ranking for at, ranking in _of(plan, f"{name}.best", "ranking", values)}
    features = next((len(s.params["features"]) for s in plan.steps if s.name == f"{name}.model"), 0)
    settings = max((len(ranking["settings"]) for ranking in best.values()), default=1)
    lines = [f"{features} inputs, {settings} {'setting' if settings == 1 else 'settings'}"]
    metrics = list(report["test"]["metrics"])
    parts = [part for part in ("validation", "test") if report.get(part)]
    each = plan.spec["trainings"][name]["each"]
    head = [*each, "setting", *(f"{part} {metric}" for part in parts for metric in metrics), "test rows"]
    rows = [head] if metrics else []
    entries = [*report["by"], {"at": {}, **report}] if report["by"] else [{"at": {}, **report}]
    for entry in entries if metrics else ():
        at = [_shown(entry["at"].get(field, "all")) for field in each]
        setting = _setting(best, entry["at"]) if entry["at"] or not each else ""
        scores = [_metric(entry, part, metric) for part in parts for metric in metrics]
        rows.append([*at, setting, *scores, f"{entry['test']['rows']:,}" if entry.get("test") else "-"])
    lines += list(table(rows)) if rows else []
    few = [item for _, found in _of(plan, f"{name}.values", "report", values) for item in found["few"]]
    if few:
        shown = ", ".join("/".join(map(str, item["record"])) for item in few[:5])
        lines.append(f"too few training rows for {len(few):,} of the values of `each`: {shown}")
    for _, registered in values(f"{name}.register", "entry"):
        lines.append(f"registered as {registered['name']}@{registered['version']}")
    return lines


def _of(plan: Plan, step: str, port: str, values: Values) -> Sequence[tuple[Mapping[str, Any], Any]]:
    """The values of a step that a plan may not have."""
    return values(step, port) if step in plan.by_name else ()


def _setting(best: Mapping[str, Any], at: Mapping[str, Any]) -> str:
    """The best setting for some values of `each`; one that is shared stands under fewer of them."""
    for place, ranking in best.items():
        if all(item in _place(at).split("\n") for item in place.split("\n") if item):
            winner = ranking["settings"][0]["setting"]
            return " ".join(f"{field}={_shown(value)}" for field, value in winner.items()) or "-"
    return "-"


def _metric(entry: Mapping[str, Any], part: str, metric: str) -> str:
    scores = entry.get(part)
    value = None if scores is None else scores["metrics"].get(metric)
    return "-" if value is None else f"{value:.4g}"


def _promotion(plan: Plan, step: PlanStep, values: Values) -> list[str]:
    name = step.name.removesuffix(".live")
    lines: list[str] = []
    for _, reason in _of(plan, f"{name}.gate", "reason", values):
        lines.append(f"{reason['text']}: {'yes' if reason['passed'] else 'no'}")
    for _, entry in values(step.name, "entry"):
        lines.append("no model is live" if entry is None else f"live: {entry['name']}@{entry['version']}")
    return lines


def _written(_plan: Plan, step: PlanStep, values: Values) -> list[str]:
    return [f"{written['rows']:,} predictions in {written['to']}" for _, written in values(step.name, "written")]


def _outputs(_plan: Plan, step: PlanStep, values: Values) -> list[str]:
    lines = [
        f"{', '.join(f'{key}={_shown(item)}' for key, item in at.items())} {port} = {_shown(value)}".strip()
        for port, kind in step.outputs.items()
        if kind == "value"
        for at, value in values(step.name, port)
    ]
    return lines or ["done"]


def _place(at: Mapping[str, Any]) -> str:
    return "\n".join(f"{field}={value!r}" for field, value in at.items())


def _shown(value: Any) -> str:
    if isinstance(value, Mapping) and "use" in value:
        return str(value["use"]).rpartition(".")[2]
    return f"{value:.6g}" if isinstance(value, float) else str(value)


_SECTIONS: Mapping[str, tuple[str, str, Callable[[Plan, PlanStep, Values], list[str]]]] = {
    "check": ("sources.", ".checks", _checks),
    "split": ("examples.", ".parts", _parts),
    "report": ("", ".report", _training),
    "promote": ("", ".live", _promotion),
    "write": ("", ".write", _written),
    "python": ("", "", _outputs),
    "container": ("", "", _outputs),
    "approve": ("", "", _outputs),
}
"""By operation: what of a step's name is not said, and what is said of its results."""
