"""Profiles: what earlier runs measured, as a file, so that compiling stays a function of its files.

    {"mlc_profile": 1, "steps": {"late.fit": {"seconds": 0.021, "tasks": 27, "spread": 1.3}}}

`seconds` is what a task took on average, `tasks` how many there were, `spread` how many times longer than the quickest
the slowest took.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mlc_compiler.passes.facts import Facts, Limits

VERSION = 1
_LEAST, _MOST = 1e-9, 1e12
"""What is less is 0 and nothing is more: products and quotients of such numbers are still numbers."""
_SHOWN = 30


def facts_of(text: str, limits: Limits) -> Facts:
    """What a profile says.

    Args:
        text: of the file.
        limits: of the target.

    Raises:
        ValueError: it is no profile.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("mlc_profile") != VERSION:
        raise ValueError(f"it is no profile of version {VERSION}; `mlc runs show RUN --profile` prints one")
    steps = document.get("steps")
    if not isinstance(steps, dict) or not all(isinstance(step, dict) for step in steps.values()):
        raise ValueError("`steps` is no object of objects")
    return Facts(
        limits, durations=_numbers(steps, "seconds"), tasks=_numbers(steps, "tasks"), spread=_numbers(steps, "spread")
    )


def profile_of(steps: Iterable[Mapping[str, Any]]) -> str:
    """The profile of a run.

    Args:
        steps: of each its `name`, how many `tasks` it had, how many were `done`, the `seconds` that those took, and the
            `spread`; a step none of whose tasks ran was not measured.
    """
    measured = {
        step["name"]: {
            "seconds": float(f"{step['seconds'] / step['done']:.3g}"),
            "tasks": step["tasks"],
            **({"spread": float(f"{step['spread']:.3g}")} if step.get("spread") else {}),
        }
        for step in steps
        if step["done"]
    }
    return json.dumps({"mlc_profile": VERSION, "steps": measured}, indent=2) + "\n"


def _numbers(steps: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = {step: measured[name] for step, measured in steps.items() if name in measured}
    for step, value in found.items():
        if type(value) not in (int, float) or not (value == 0 or _LEAST <= value <= _MOST):
            raise ValueError(f"`{name}` of `{step}` is {str(value)[:_SHOWN]}, no number from 0 to {_MOST:g}")
    return found
