"""What a change means, as plain data for programs."""

from __future__ import annotations

from typing import Any

from mlc_compiler.diff.difference import Change, Difference, Run
from mlc_compiler.diff.edits import NOTHING
from mlc_compiler.explain.data import size_data


def difference_data(found: Difference) -> dict[str, Any]:
    """A difference."""
    return {
        "name": found.name,
        "kinds": list(found.kinds),
        "effective": found.effective,
        "tasks": {"new": size_data(found.new), "maybe": size_data(found.maybe), "of": size_data(found.of)},
        "breaking": [{"path": list(broken.path), "message": broken.message} for broken in found.breaking],
        "changes": [_change(change) for change in found.changes],
        "steps": [_step(run) for run in found.runs],
    }


def _change(change: Change) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": change.kind, "steps": list(change.steps), "tasks": size_data(change.tasks)}
    if change.code:
        data["code"] = change.code
    edit = change.edit
    if edit is not None:
        data |= {"file": edit.file, "path": list(edit.path), "what": edit.what}
        data |= {
            name: value for name, value in (("before", edit.before), ("after", edit.after)) if value is not NOTHING
        }
    return data


def _step(run: Run) -> dict[str, Any]:
    return {
        "name": run.fresh.step,
        "entry": run.entry,
        "new": size_data(run.fresh.new),
        "maybe": size_data(run.fresh.maybe),
        "of": size_data(run.fresh.of),
        "changes": list(run.cause.edits),
        "code": list(run.cause.code),
        "through": run.cause.through or None,
    }
