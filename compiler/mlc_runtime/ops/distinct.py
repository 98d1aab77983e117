"""Find the values that a training is repeated for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime.context import Context
from mlc_runtime.data.plain import plain
from mlc_runtime.data.rows import FOLD, LABEL, sorted_by_key


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The values of some columns in the training rows, each with its number of them.

    Training rows are those that a fold trains on; in a table without parts, all.

    Args:
        inputs: `rows`, as `rows` makes them, or any table.
        params: `fields`, the columns; `listed`: records as objects, if only these are wanted, or None; `min_rows`:
            fewer training rows than that are too few.
        context: the task's surroundings.

    Returns:
        `values`: {`fields`, `records`}: those with enough rows, as listed, else in the order of their values; a record
        with a null is never one. `report`: {`found`, `few`: [{`record`, `rows`}] with too few, `nulls`: training rows
        with a null or NaN}.
    """
    fields = params["fields"]
    rows = _training(inputs["rows"])
    counted = _counted(rows.select(fields), fields)
    wanted = list(counted)
    if params["listed"] is not None:
        wanted = [tuple(record[field] for field in fields) for record in params["listed"]]
    least = params["min_rows"]
    few = [record for record in wanted if counted.get(record, 0) < least]
    for record in few:
        context.log(f"{_shown(fields, record)} has {counted.get(record, 0)} training rows, fewer than {least}")
    return {
        "values": {"fields": list(fields), "records": [list(one) for one in wanted if counted.get(one, 0) >= least]},
        "report": {
            "found": len(counted),
            "few": [{"record": list(record), "rows": counted.get(record, 0)} for record in few],
            "nulls": rows.num_rows - sum(counted.values()),
        },
    }


def _training(rows: pa.Table) -> pa.Table:
    folds = [rows[name] for name in rows.column_names if name.startswith(FOLD)]
    if not folds:
        return rows
    chosen = pc.equal(folds[0], "train")
    for fold in folds[1:]:
        chosen = pc.or_kleene(chosen, pc.equal(fold, "train"))
    return rows.filter(pc.and_kleene(pc.fill_null(chosen, False), rows[LABEL].is_valid()))


def _counted(rows: pa.Table, names: Sequence[str]) -> dict[tuple[Any, ...], int]:
    """How many rows each record without a null has, in the order of the records' values; NaN is one, as in JSON."""
    groups = sorted_by_key(rows.drop_null().group_by(list(names)).aggregate([([], "count_all")]), names)
    records = [tuple(map(plain, record.values())) for record in groups.select(names).to_pylist()]
    counts = zip(records, groups["count_all"].to_pylist(), strict=True)
    return {record: count for record, count in counts if None not in record}


def _shown(fields: Sequence[str], record: Sequence[Any]) -> str:
    return ", ".join(f"{field} = {value!r}" for field, value in zip(fields, record, strict=True))
