"""What tasks of a run gave, for those who tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.errors import IncompleteError
from mlc_runtime.run import Run
from mlc_runtime.values import LostError, decode


def values(run: Run, step: str, port: str) -> list[tuple[Mapping[str, Any], Any]]:
    """What the tasks of a step gave at a port, by coordinates, in order; those without a result are left out.

    JSON and files only: tables and models would need libraries that a coordinator does not import. A step that was
    not asked for has no tasks.
    """
    if step not in run.plan.by_name:
        return []
    try:
        space = run.space(step)
    except IncompleteError:
        return []
    found: list[tuple[Mapping[str, Any], Any]] = []
    for coordinates in space:
        try:
            record = run.ledger.record(run.object(run.plan.by_name[step], coordinates))
            if record is not None:
                found.append((coordinates, decode(record.outputs[port], run.store)))
        except (IncompleteError, LostError):
            continue
    return found
