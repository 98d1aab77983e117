"""What a service says of some rows: predictions, who made them, and which arms were met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime import registry
from mlc_runtime.data.rows import ROW

ARM = "arm."
"""Prefix of what tells the arm of an experiment that a row met."""


@dataclass(frozen=True)
class Answer:
    """The predictions for some rows, and the version of the model that made them.

    Attributes:
        predictions: one row each.
        version: of the serving's own model.
        met: where experiments run, one row each: `model`, as TRAINING@VERSION, and `arm.EXPERIMENT`, null for none.
        exposures: by experiment, the rows for its log, `$row` beside them: the place in `predictions`.
    """

    predictions: pa.Table
    version: registry.Version
    met: pa.Table | None = None
    exposures: Mapping[str, pa.Table] = field(default_factory=dict)

    def part(self, start: int, count: int) -> Answer:
        """The answer to some of the rows."""
        inside = {
            name: rows.filter(pc.and_(pc.greater_equal(rows[ROW], start), pc.less(rows[ROW], start + count)))
            for name, rows in self.exposures.items()
        }
        met = None if self.met is None else self.met.slice(start, count)
        return replace(self, predictions=self.predictions.slice(start, count), met=met, exposures=inside)
