"""Rows of what was shown and what came of it, summed up unit by unit: units are independent of each other, rows not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mlc_runtime.data.rows import AT
from mlc_runtime.experiment.estimate import Units

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from mlc_runtime.experiment.design import Design

UNIT = "$unit"
ARM = "$arm"
COVARIATE = "$covariate"
VALUE = "$value."
WEIGHT = "$weight."
SEGMENT = "$segment."


@dataclass(frozen=True)
class UnitTable:
    """One element a unit.

    Attributes:
        arm: which arm it met.
        value: each measure's numerator, summed over the unit's rows.
        weight: its denominator; 0 where nothing is known of the unit yet.
        covariate: what was known of it at its first row; NaN where that is nothing.
        segments: each column's value at its first row, as text; None for null.
        mixed: how many units met two arms, and are left out.
        rows: how many rows each arm showed.
        days: from the first moment to the last; None without time.
    """

    arm: npt.NDArray[Any]
    value: Mapping[str, npt.NDArray[np.float64]]
    weight: Mapping[str, npt.NDArray[np.float64]]
    covariate: npt.NDArray[np.float64] | None = None
    segments: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    mixed: int = 0
    rows: Mapping[str, int] = field(default_factory=dict)
    days: float | None = None

    def count(self, arm: str) -> int:
        """How many units met an arm."""
        return int((self.arm == arm).sum())

    def units(self, measure: str, arm: str, within: npt.NDArray[np.bool_] | None = None) -> Units:
        """What is known of an arm's units by now.

        Args:
            measure: its name.
            arm: its name.
            within: which units count, all of them if None.
        """
        import numpy as np

        chosen = (self.arm == arm) & (self.weight[measure] > 0)
        if within is not None:
            chosen &= within
        covariate = None if self.covariate is None else np.nan_to_num(self.covariate[chosen], nan=self._middle)
        return Units(self.value[measure][chosen], self.weight[measure][chosen], covariate)

    def groups(self, column: str) -> Iterator[tuple[str | None, npt.NDArray[np.bool_]]]:
        """The values of a segment's column, sorted, null last, each with the units that have it."""
        import numpy as np

        known = self.segments[column]
        for value in sorted({value for value in known if value is not None}):
            yield value, known == value
        empty = np.array([value is None for value in known], dtype=bool)
        if empty.any():
            yield None, empty

    @property
    def _middle(self) -> float:
        """The covariate's mean, which stands for an unknown one: it then adjusts nothing."""
        assert self.covariate is not None
        known = self.covariate[~(self.covariate != self.covariate)]
        return float(known.mean()) if len(known) else 0.0


def unit_table(rows: pa.Table, design: Design) -> UnitTable:
    """Sum rows up by unit.

    Args:
        rows: in the order of their exposure: `$unit` (text), `$arm`, for each measure `$value.NAME` and `$weight.NAME`
            (null where nothing is known yet), `$covariate` and `$segment.COLUMN` where the design has them.
        design: of the experiment.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    names = [measure.name for measure in design.measures]
    sums = [(prefix + name, "sum") for name in names for prefix in (VALUE, WEIGHT)]
    firsts = [(SEGMENT + column, "first") for column in design.segments]
    firsts += [(COVARIATE, "first")] if design.covariate is not None else []
    keeps_null = pc.ScalarAggregateOptions(skip_nulls=False)
    wanted = [*sums, *((column, how, keeps_null) for column, how in firsts), (ARM, "first"), (ARM, "count_distinct")]
    rows = _known(rows, names)
    found = rows.group_by([UNIT], use_threads=False).aggregate(wanted)
    single = pc.equal(found[f"{ARM}_count_distinct"], 1)
    once = found.filter(single)

    def floats(column: str) -> npt.NDArray[np.float64]:
        return np.asarray(once[column].cast(pa.float64()).fill_null(np.nan).to_numpy(), dtype=np.float64)

    def objects(column: str) -> npt.NDArray[Any]:
        values = np.empty(once.num_rows, dtype=object)
        values[:] = once[column].to_pylist()
        return values

    shown = rows.group_by([ARM]).aggregate([([], "count_all")]).to_pylist()
    return UnitTable(
        objects(f"{ARM}_first"),
        {name: np.nan_to_num(floats(f"{VALUE}{name}_sum")) for name in names},
        {name: np.nan_to_num(floats(f"{WEIGHT}{name}_sum")) for name in names},
        floats(f"{COVARIATE}_first") if design.covariate is not None else None,
        {column: objects(f"{SEGMENT}{column}_first") for column in design.segments},
        found.num_rows - once.num_rows,
        {row[ARM]: row["count_all"] for row in shown},
        _days(rows),
    )


def _days(rows: pa.Table) -> float | None:
    """From the first moment of some rows to the last."""
    import pyarrow.compute as pc

    if AT not in rows.column_names or not rows.num_rows:
        return None
    ends = pc.min_max(rows[AT]).as_py()
    return float((ends["max"] - ends["min"]) / timedelta(days=1)) if ends["min"] is not None else None


def _known(rows: pa.Table, names: list[str]) -> pa.Table:
    """A row whose value is unknown weighs nothing, and one that weighs nothing has no value."""
    import pyarrow.compute as pc

    for name in names:
        value, weight = rows[VALUE + name], rows[WEIGHT + name]
        known = pc.and_(pc.is_finite(value.cast("float64")), pc.is_finite(weight.cast("float64")))
        for column, data in ((VALUE + name, value), (WEIGHT + name, weight)):
            kept = pc.if_else(known, data.cast("float64"), None)
            rows = rows.set_column(rows.column_names.index(column), column, kept)
    return rows
