"""Which kind of change an edit is, by where it stands and by whether a task must run for it."""

from __future__ import annotations

from typing import Literal

from mlc_compiler.diff.edits import Edit

Kind = Literal["recompute", "serving", "experiment", "environment", "resources", "cosmetic"]

KINDS: dict[Kind, str] = {
    "recompute": "results are made anew",
    "serving": "what others get",
    "experiment": "what an experiment compares",
    "environment": "where it runs",
    "resources": "how and when it runs; no result changes",
    "cosmetic": "nothing changes",
}
"""The kinds, the gravest first, and what they mean."""

_POLICY = frozenset({"resources", "retry", "timeout", "tolerate", "checkpoint"})
"""Keys of trainings and steps that say how a task runs: they are in no key."""

_OPERATION = frozenset({"name", "schedule", "parameters"})
"""Keys of the header that say what a run is called, when there is one, and what it may be given."""


def classify(edit: Edit, *, runs: bool) -> Kind:
    """The kind of an edit.

    Args:
        edit: the edit.
        runs: whether some task may have to run for it.
    """
    section = edit.path[0] if edit.path else ""
    if edit.file == "environment":
        return "environment"
    if section == "serving":
        return "serving"
    if section == "experiments":
        return "experiment"
    if runs:
        return "recompute"
    return "resources" if is_policy(edit) or section in _OPERATION else "cosmetic"


def is_policy(edit: Edit) -> bool:
    """Whether an edit says how tasks run, and nothing of what they give."""
    return len(edit.path) > 2 and edit.path[0] in ("training", "steps") and edit.path[2] in _POLICY
