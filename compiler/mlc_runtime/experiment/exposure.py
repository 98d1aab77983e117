"""The log of what was shown to whom: Parquet files in the store, which anything that reads Parquet can read.

    experiment/PIPELINE/exposure/EXPERIMENT/PART.parquet

A part is written whole or not at all, and never changed. One row is one answer:

| column | type | meaning |
| --- | --- | --- |
| `unit` | string | the unit's value, as it is hashed |
| `experiment`, `arm` | string | what it met |
| `position` | int32 | where the unit lies in its layer, in [0, 1,000,000) |
| `layer` | string | the layer; null where the experiment has one of its own |
| `at` | timestamp, UTC | the moment of prediction, from which windows of outcomes are counted |
| `answered_at` | timestamp, UTC | when the answer was given |
| `serving`, `model` | string | who answered: the serving, and the training whose model it was |
| `version` | int32 | the model's number in the registry |
| `request` | string | the caller's identifier of the request; for a batch the run's name |
| `prediction`, `decision`, `probability.CLASS` | as answered | what was shown; see `mlc_runtime.learn.predictions` |
| `seen.COLUMN` | as declared | what the analysis reads of the row, as it was then: keys, covariate, segments, joins |

In an analysis a unit belongs to the arm that it met, and its outcome, covariate and segments are those of its first
row; a unit with rows of two arms is left out and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from mlc_runtime.errors import StepError

if TYPE_CHECKING:
    import pyarrow as pa

    from mlc_runtime.store.store import Store

SEEN = "seen."
"""Prefix of what an analysis reads of a row."""

_TOGETHER = 256
"""Parts that are held in memory as files while they are read."""


@dataclass(frozen=True)
class Tally:
    """How many units and rows each arm has; `mixed` units met two arms, and count for none."""

    units: Mapping[str, int]
    rows: Mapping[str, int]
    mixed: int = 0


def parts(store: Store, pipeline: str, experiment: str) -> list[str]:
    """The names of the parts of an experiment's log, sorted."""
    return list(store.names(_prefix(pipeline, experiment)))


def write_part(store: Store, pipeline: str, experiment: str, part: str, table: pa.Table) -> None:
    """Write a part, whole or not at all; one of the same name is replaced."""
    import pyarrow.parquet as pq

    data = BytesIO()
    pq.write_table(table, data, compression="zstd")
    store.put(f"{_prefix(pipeline, experiment)}{part}.parquet", data.getvalue())


def read_parts(store: Store, names: Sequence[str], columns: Sequence[str] | None = None) -> pa.Table | None:
    """The rows of some parts, part by part; None where there are none.

    Args:
        store: where they are.
        names: as `parts` gives them; a part that is gone is left out.
        columns: those that are wanted; all by default.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: list[pa.Table] = []
    for start in range(0, len(names), _TOGETHER):
        chosen = names[start : start + _TOGETHER]
        held = store.get_many(chosen)
        found += [pq.read_table(pa.BufferReader(held[name]), columns=columns) for name in chosen if name in held]
    if not found:
        return None
    # Models of two versions may know other classes, and one that answers nothing has columns of null.
    return pa.concat_tables(found, promote_options="permissive")


def nothing_shown(experiment: str) -> StepError:
    """What is said of a log without parts."""
    return StepError(
        "MLC996",
        f"experiment `{experiment}` has shown nothing yet",
        "Exposures come from `mlc serve` and from batch predictions, a few seconds after the answers.",
    )


def tally(rows: pa.Table | None, arms: Iterable[str]) -> Tally:
    """Count units and rows by arm."""
    arms = list(arms)
    if rows is None:
        return Tally(dict.fromkeys(arms, 0), dict.fromkeys(arms, 0))
    found = rows.group_by(["unit", "arm"]).aggregate([([], "count_all")])
    once = Counter(found["unit"].to_pylist())
    units, shown = Counter[str](), Counter[str]()
    for row in found.to_pylist():
        shown[row["arm"]] += row["count_all"]
        units[row["arm"]] += once[row["unit"]] == 1
    mixed = sum(count > 1 for count in once.values())
    return Tally({arm: units[arm] for arm in arms}, {arm: shown[arm] for arm in arms}, mixed)


def _prefix(pipeline: str, experiment: str) -> str:
    return f"experiment/{pipeline}/exposure/{experiment}/"
