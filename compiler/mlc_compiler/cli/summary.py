"""What a run found out, as a data scientist wants to read it; `mlc_runtime.summary` is the same for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from mlc_compiler.cli.table import table

_INDENT = "  "
_WIDTH = 12
_SHOWN = 5
_SAMPLE = 3
_COMMANDS = {"online serving": "mlc serve SPEC", "experiment": "mlc experiment replay SPEC"}
"""What is done with an entry that a run leaves alone."""


def summary(found: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a summary, section by section in the order of the spec; what is zero is not said."""
    if found["as_of"] is not None:
        yield f"as of {moment(found['as_of'])} {found['timezone']}"
    for section, of in _SECTIONS.items():
        entries = {name: lines for name, entry in found[section].items() if (lines := of(entry))}
        if entries:
            yield section
        for name, lines in entries.items():
            yield from _entry(name, lines)
    if found["not_run"]:
        yield "not run"
        for name, what in found["not_run"].items():
            yield from _entry(name, [f"{what}: `{_COMMANDS[what]} {name}`"])


def moment(text: str) -> str:
    """A time of ISO 8601 to the second, as it is local to its own zone."""
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"


def _entry(name: str, lines: Sequence[str]) -> Iterator[str]:
    left = " " * (len(_INDENT) + _WIDTH + 1)
    if len(name) > _WIDTH:
        yield f"{_INDENT}{name}"
        yield from (f"{left}{line}".rstrip() for line in lines)
        return
    for position, line in enumerate(lines):
        yield f"{_INDENT}{name:<{_WIDTH}} {line}".rstrip() if position == 0 else f"{left}{line}".rstrip()


def _source(entry: Mapping[str, Any]) -> list[str]:
    asserted = ", known time asserted" if entry["asserted"] else ""
    held = ", checks hold" if entry["checks"] and not entry["broken"] else ""
    lines = [f"{_rows(entry['rows'])}{held}{asserted}"]
    for result in entry["broken"]:
        kind = "warning" if result["warn"] else "broken"
        lines.append(f"{kind}: {result['expect']} ({_rows(result['failed'])}, {result['share']:.2%}){_sample(result)}")
    if entry["later"]:
        lines.append(f"{_rows(entry['later'])} left out: known only after as-of")
    if entry["never"]:
        lines.append(f"{_rows(entry['never'])} left out: without a known time")
    for columns, count in _by_count(entry["unknown"]):
        lines.append(f"{_rows(count)} ({_share(count, entry['rows'])}) never take part in {columns}: no known time")
    for columns, count in _by_count({name: n for name, n in entry["cells"].items() if n}):
        lines.append(f"{count:,} values left out of {columns}: not known by as-of")
    for columns, count in _by_count(entry["twice"]):
        lines.append(f"{count:,} local times of {columns} occur twice: the later instant is taken")
    for columns, count in _by_count(entry["skipped"]):
        lines.append(f"{count:,} local times of {columns} do not occur: read as if clocks had not been set forward")
    return lines


def _sample(result: Mapping[str, Any]) -> str:
    """The first rows that fail a check, by key, or by place where there is none."""
    rows = [
        f"row {row['$row'] + 1}"
        if "$row" in row
        else ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in row.items())
        for row in result["sample"][:_SAMPLE]
    ]
    more = ", ..." if len(result["sample"]) > _SAMPLE else ""
    return f": {'; '.join(rows)}{more}" if rows else ""


def _by_count(counts: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Columns with equal counts together, as text: they mostly have one cause."""
    together: dict[int, list[str]] = {}
    for name, count in counts.items():
        together.setdefault(count, []).append(name)
    for count, names in together.items():
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        yield ", ".join(names[:_SHOWN]) + more, count


def _examples(entry: Mapping[str, Any]) -> list[str]:
    parts: list[tuple[str, Mapping[str, Any]]] = []
    for number, fold in enumerate(entry["folds"]):
        which = f" {number}" if len(entry["folds"]) > 1 else ""
        parts += [(f"{part}{which}", fold[part]) for part in ("train", "validation") if fold.get(part)]
    parts += [(part, entry[part]) for part in ("refit", "test") if entry.get(part)]
    without = f", {entry['unlabelled']:,} without a label" if entry["unlabelled"] else ""
    outside = f", {entry['outside']:,} in no part" if entry["outside"] else ""
    lines = [f"{_rows(entry['rows'])}{without}{outside}"]
    for part, counts in parts:
        purged = f", {counts['purged']:,} purged" if counts.get("purged") else ""
        span = f", {counts['start'][:10]} to {counts['end'][:10]}" if counts.get("start") else ""
        lines.append(f"  {part:<13}{counts['rows']:>10,} rows{purged}{span}")
    return lines + _unmatched(entry["unmatched"])


def _unmatched(groups: Mapping[str, Any]) -> list[str]:
    """Look-ups that found nothing: of a whole group where its columns agree, else by column."""
    lines = []
    for group, found in groups.items():
        for columns, count in _by_count(found["columns"]):
            lines.append(f"  {count:,} ({_share(count, found['of'])}) found no row: {group} ({columns})")
    return ["look-ups without a match", *lines] if lines else []


def _training(entry: Mapping[str, Any]) -> list[str]:
    if not entry["fitted"]:
        gate = entry["gate"]
        if gate is not None and not gate["passed"]:
            return [f"nothing fitted: {gate['text']}: no"]
        return ["no result"]
    inputs, settings = entry["inputs"], entry["settings"]
    lines = [f"{_counted(inputs, 'input')}, {_counted(settings, 'setting')}"]
    rows = _scores(entry)
    lines += table(rows) if rows else []
    lines += _undefined(entry["overall"])
    lines += _routes((entry["overall"]["test"] or {}).get("routes"))
    if entry["few"]:
        shown = ", ".join("/".join(map(str, item["record"])) for item in entry["few"][:_SHOWN])
        lines.append(f"too few training rows for {len(entry['few']):,} of the values of `each`: {shown}")
    if entry["registered"] is not None:
        lines.append(f"registered as version {entry['registered']}")
    return lines


def _scores(entry: Mapping[str, Any]) -> list[list[str]]:
    """A table of metrics, one row a model, and one of all; empty where the training has no metrics."""
    overall = entry["overall"]
    parts = [part for part in ("validation", "test") if overall[part]]
    metrics = list(overall[parts[-1]]["metrics"]) if parts else []
    if not metrics:
        return []
    each = entry["each"]
    head = [*each, "setting", *(f"{part} {metric}" for part in parts for metric in metrics), "test rows"]
    body = []
    for model in [*entry["models"], {"at": {}, **overall}]:
        at = [_shown(model["at"].get(field, "all")) for field in each]
        scores = [_metric(model[part], metric) for part in parts for metric in metrics]
        setting = "" if each and not model["at"] else setting_text(model["setting"])
        body.append([*at, setting, *scores, f"{model['test']['rows']:,}" if model["test"] else "-"])
    return [head, *body]


def _undefined(overall: Mapping[str, Any]) -> list[str]:
    """Why metrics have no value."""
    return [
        f"{part} {metric} has no value: {why}"
        for part in ("validation", "test")
        for metric, why in ((overall[part] or {}).get("undefined") or {}).items()
    ]


def _routes(routes: Mapping[str, int] | None) -> list[str]:
    """How many test rows no model of their own answered."""
    told = []
    if routes and routes["fallback"]:
        told.append(f"{_rows(routes['fallback'])} answered by the fallback")
    if routes and routes["unanswered"]:
        told.append(f"{_rows(routes['unanswered'])} without an answer")
    return [f"of the test: {', '.join(told)}"] if told else []


def setting_text(setting: Mapping[str, Any] | None) -> str:
    """A setting of a grid in a few words; `-` for none."""
    return " ".join(f"{field}={_shown(value)}" for field, value in (setting or {}).items()) or "-"


def _metric(scores: Mapping[str, Any] | None, metric: str) -> str:
    value = None if scores is None else scores["metrics"].get(metric)
    return "-" if value is None else f"{value:.4g}"


def _serving(entry: Mapping[str, Any]) -> list[str]:
    lines = []
    gate = entry.get("gate")
    if gate is not None:
        first = ": no model was live yet, so conditions on one hold" if gate["without_live"] else ""
        lines.append(f"{gate['text']}: {'yes' if gate['passed'] else 'no'}{first}")
    if "live" in entry:
        lines.append(_live(entry["live"]))
    if "written" in entry:
        lines.append(f"{entry['written']['rows']:,} predictions in {entry['written']['to']}")
        lines += _unmatched(entry["unmatched"])
    return lines


def _live(live: Mapping[str, Any] | None) -> str:
    if live is None:
        return "no model is live"
    which = f"{live['name']}@{live['version']}"
    match live["held"]:
        case "later":
            return f"a back-fill: {which} serves this run; what is live is of a later time and stays"
        case "rolled back":
            return f"live: {which}; the candidate was rolled back before and is not promoted again"
    return f"live: {which}"


def _step(entry: Mapping[str, Any]) -> list[str]:
    lines = []
    for port, values in entry["outputs"].items():
        for item in values[:_SHOWN]:
            at = ", ".join(f"{key}={_shown(value)}" for key, value in item["at"].items())
            lines.append(f"{at} {port} = {_shown(item['value'])}".strip())
        if len(values) > _SHOWN:
            lines.append(f"... and {len(values) - _SHOWN:,} more of {port}")
    return lines or ["done"]


def _shown(value: Any) -> str:
    if isinstance(value, Mapping) and "use" in value:
        return str(value["use"]).rpartition(".")[2]
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _rows(count: int) -> str:
    return _counted(count, "row")


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _share(count: int, of: int) -> str:
    """A share in per cent that never rounds something to nothing, nor less than all to all.

    >>> _share(1, 100000), _share(156, 1000), _share(999_999, 1_000_000)
    ('<0.1%', '15.6%', '>99.9%')
    """
    percent = 100 * count / of
    if 0 < percent < 0.1:
        return "<0.1%"
    return ">99.9%" if 99.9 < percent < 100 else f"{percent:.1f}%"


_SECTIONS: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "sources": _source,
    "examples": _examples,
    "training": _training,
    "serving": _serving,
    "steps": _step,
}
