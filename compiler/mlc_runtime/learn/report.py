"""What a training is worth, from predictions of rows that its models did not see.

    {"test": scores, "validation": scores | null, "by": [{"at": {field: value}, "test": ..., "validation": ...}, ...]}

Test scores are of the assembled model. Validation scores are of the settings kept, averaged, before calibration and
threshold (both of which have seen these labels): metrics are the mean over the folds, as in `select`, and counts their
sum. `by` has one entry for each value of `each`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlc_runtime.context import Collected
from mlc_runtime.data.rows import aligned
from mlc_runtime.learn.columns import FOLD
from mlc_runtime.learn.combine import average, together
from mlc_runtime.learn.scores import Scores, score
from mlc_runtime.learn.values import Key, key_of, keys

if TYPE_CHECKING:
    import pyarrow as pa

    from mlc_runtime.metrics_catalogue import Task


def make_report(
    params: Mapping[str, Any], test: pa.Table, validation: Collected, original: pa.Table, root: Path
) -> dict[str, Any]:
    """The report.

    Args:
        params: `task`, `metrics`, and `fields`, the columns of `each`.
        test: predictions of the test rows.
        validation: predictions collected over `each`, the folds and the settings kept.
        original: a table that has all of these rows, with the columns of `each` and what metrics look at.
        root: the project's folder.
    """
    task, fields = params["task"], tuple(params["fields"])

    def scored(table: pa.Table) -> Scores:
        return score(table, task, params["metrics"], root, original)

    folds = _folds(validation, task, fields)
    tests = by_key(test, keys(aligned(original, test), fields))
    values = dict.fromkeys([*(key for fold in folds for key in fold), *tests]) if fields else {}
    return {
        "test": scored(test),
        "validation": _mean([scored(together(task, list(fold.values()))) for fold in folds]),
        "by": [
            {
                "at": dict(zip(fields, key, strict=True)),
                "test": scored(tests[key]) if key in tests else None,
                "validation": _mean([scored(fold[key]) for fold in folds if key in fold]),
            }
            for key in values
        ],
    }


def _folds(collected: Collected, task: Task, each: tuple[str, ...]) -> list[dict[Key, pa.Table]]:
    """For each fold the predictions, averaged over the settings kept, by value of `each`."""
    grouped: dict[Key, dict[Key, list[pa.Table]]] = {}
    for record, table in collected:
        grouped.setdefault(key_of(record, [FOLD]), {}).setdefault(key_of(record, each), []).append(table)
    return [{key: average(task, tables) for key, tables in fold.items()} for fold in grouped.values()]


def by_key(table: pa.Table, found: Sequence[Key]) -> dict[Key, pa.Table]:
    """The rows of each value, values in the order of their first row."""
    places: dict[Key, list[int]] = {}
    for place, key in enumerate(found):
        places.setdefault(key, []).append(place)
    return {key: table.take(rows) for key, rows in places.items()}


def _mean(folds: Sequence[Scores]) -> Scores | None:
    """Scores of several folds as one; a metric is the mean over the folds where it has a value."""
    if not folds:
        return None
    known = {
        name: [value for fold in folds if (value := fold["metrics"][name]) is not None] for name in folds[0]["metrics"]
    }
    return {
        **{count: sum(fold[count] for fold in folds) for count in ("rows", "unlabelled", "unanswered")},
        "metrics": {name: math.fsum(values) / len(values) if values else None for name, values in known.items()},
        "undefined": {name: folds[0]["undefined"][name] for name, values in known.items() if not values},
    }
