"""What every source goes through, however it was made: order by key, known by `as_of`, a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.context import Context
from mlc_runtime.data.conform import Conformed
from mlc_runtime.data.known import known_by
from mlc_runtime.data.rows import sorted_by_key


def finish(whole: Conformed, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The outputs of an operation that makes a source.

    Args:
        whole: the source's declared columns.
        params: `key`, and `row_known`, `known`, `as_of` as in `known_by`.
        context: the task's surroundings.

    Returns:
        `table` and `report`.
    """
    seen = known_by(sorted_by_key(whole.table, params.get("key") or []), params, context)
    report = {
        "rows": seen.table.num_rows,
        "later": seen.later,
        "never": seen.never,
        "cells": dict(seen.cells),
        "unknown": dict(seen.unknown),
        "twice": dict(whole.twice),
        "skipped": dict(whole.skipped),
    }
    for line in _lines(report):
        context.log(line)
    return {"table": seen.table, "report": report}


def _lines(report: Mapping[str, Any]) -> list[str]:
    counted = [
        (report["later"], "rows left out: known only after `$as_of`"),
        (report["never"], "rows left out: their known time is null, which means never"),
        *((count, f"values of `{name}` left out: not known by `$as_of`") for name, count in report["cells"].items()),
        *(
            (count, f"rows have no known time of `{name}`: they never take part")
            for name, count in report["unknown"].items()
        ),
        *(
            (count, f"local times of `{name}` occur twice in the zone: the later instant is taken")
            for name, count in report["twice"].items()
        ),
        *(
            (count, f"local times of `{name}` do not occur in the zone: read as if the clocks had not been set forward")
            for name, count in report["skipped"].items()
        ),
    ]
    return [f"{count} {what}" for count, what in counted if count]
