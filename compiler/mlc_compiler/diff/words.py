"""Changes in words, for every form of report."""

from __future__ import annotations

import json
from typing import Any

from mlc_compiler.diff.difference import Change, Difference, Run
from mlc_compiler.diff.edits import NOTHING
from mlc_compiler.diff.tasks import Fresh
from mlc_compiler.graph.size import Size, task_count
from mlc_compiler.source.core_schema import resolve

NOTE = (
    "Data, libraries and mlc are taken to be the same. Where a result comes out as it was, what only follows from it "
    "does not run."
)

_LONG = 60


def subject(change: Change) -> str:
    """What was edited: the route of keys, a file of code, or nothing but the looks."""
    if change.edit is None:
        return change.code or "comments and layout"
    route = ".".join(map(str, change.edit.path))
    return f"{change.edit.file}: {route}" if change.edit.file else route


def values(change: Change) -> str:
    """What was written before and is written now, on one line."""
    edit = change.edit
    if edit is None:
        return "code" if change.code else ""
    match edit.what:
        case "added":
            return f"added {shown(edit.after)}".rstrip()
        case "removed":
            return f"removed {shown(edit.before)}".rstrip()
        case "reordered":
            return "in another order"
    before, after = _spelled(edit.before), _spelled(edit.after)
    if before == after != "":  # they differ in blanks alone
        before, after = (json.dumps(value, ensure_ascii=False, default=str) for value in (edit.before, edit.after))
    # Of two long values that begin alike, what differs is to be seen.
    pairs = enumerate(zip(before, after, strict=False))
    alike = next((at for at, (one, other) in pairs if one != other), min(len(before), len(after)))
    skipped = max(0, alike - _LONG // 3) if _cut(before) == _cut(after) else 0
    return f"{_cut(before, skipped) or 'the default'} -> {_cut(after, skipped) or 'the default'}"


def shown(value: Any) -> str:
    """A value on one line, cut where it is long; nothing for nothing."""
    return _cut(_spelled(value))


def _spelled(value: Any) -> str:
    """A value as JSON on one line; text as it is, where it can be taken for nothing else."""
    if value is NOTHING:
        return ""
    plain = isinstance(value, str) and _is_plain(value)
    return " ".join((value if plain else json.dumps(value, ensure_ascii=False, default=str)).split())


def _is_plain(text: str) -> bool:
    """Whether a text says by itself that it is one: `1`, `true` and `[a]` do not."""
    try:
        return bool(text.strip()) and text[0] not in "\"'[{" and isinstance(resolve(text.strip()), str)
    except OverflowError:
        return False


def _cut(text: str, skipped: int = 0) -> str:
    rest = f"{'…' if skipped else ''}{text[skipped:]}"
    return rest if len(rest) <= _LONG else f"{rest[: _LONG - 1]}…"


def amount(new: Size, maybe: Size) -> str:
    """So many tasks, and perhaps so many."""
    if not maybe:
        return str(new)
    return f"{new}, perhaps {new + maybe}" if new else f"perhaps {maybe}"


def verdict(found: Difference) -> str:
    """What it comes to, on one line."""
    if not found.changes and not found.runs:
        return "no difference"
    kinds = ", ".join((*(("breaking",) if found.breaking else ()), *found.kinds))
    return kinds or "recompute"


def total(found: Difference) -> str:
    """How many tasks run."""
    if not found.runs:
        return "no task runs again"
    return f"{amount(found.new, found.maybe)} of {task_count(found.of)} run again"


def counted(run: Run) -> str:
    """How many tasks of a step run."""
    return f"{amount(run.fresh.new, run.fresh.maybe)} of {run.fresh.of}"


def rerun(found: Difference, change: Change) -> str:
    """How many tasks run because of a change, by the entry of the spec that they belong to."""
    sums: dict[str, tuple[Size, Size]] = {}
    for run in found.runs:
        if run.fresh.step in change.steps:
            new, maybe = sums.get(run.entry, (Size(), Size()))
            sums[run.entry] = new + run.fresh.new, maybe + run.fresh.maybe
    return ", ".join(f"{entry} {amount(*sizes)}" for entry, sizes in sums.items())


def reason(found: Difference, run: Run) -> str:
    """Why a step runs: what was edited where it is itself concerned, else the step that brings the change."""
    if run.cause.through:
        return f"{'runs for what is found by' if run.cause.finds else 'reads'} {run.cause.through}"
    named = [subject(found.changes[number]) for number in run.cause.edits]
    return ", ".join((*named, *run.cause.code)) or _itself(run.fresh)


def _itself(fresh: Fresh) -> str:
    return "other columns or rows of it are read" if fresh.widened else "is new"
