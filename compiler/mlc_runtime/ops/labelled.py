"""Join what was shown with the truth about it, as far as that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime.context import Context
from mlc_runtime.data.rows import LABEL, LABEL_KNOWN, ROW, WEIGHT, aligned


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Label the rows of a log.

    Args:
        inputs: `rows`; and either `labels`, of examples: the columns of the key, `$label`, `$weight` where there is
            one; or `outcome`, of the very rows: `$row`, `$label`, `$label_known`.
        params: `key`: the columns by which labels are found; `as_of`: microseconds since the epoch, or None.
        context: the task's surroundings.

    Returns:
        `table`: the rows with `$label`, null where it is not known, and `$weight`.
    """
    rows = inputs["rows"]
    if "outcome" in inputs:
        return {"table": rows.append_column(LABEL, known_by(aligned(inputs["outcome"], rows), params["as_of"]))}
    labels, key = inputs["labels"], list(params["key"])
    truth = [name for name in (LABEL, WEIGHT) if name in labels.column_names]
    found = rows.select([ROW, *key]).join(labels.select([*key, *truth]), key, join_type="left outer").sort_by(ROW)
    for name in truth:
        rows = rows.append_column(name, found[name])
    missing = pc.sum(pc.is_null(rows[LABEL]), min_count=0).as_py()
    if missing:
        context.log(f"{missing} of {rows.num_rows} rows have no label yet")
    return {"table": rows}


def known_by(outcome: pa.Table, as_of: int | None) -> pa.ChunkedArray:
    """The labels of an outcome whose window was over by a moment, the others null."""
    if as_of is None:
        return outcome[LABEL]
    over = pc.less_equal(outcome[LABEL_KNOWN].cast(pa.int64()), as_of)
    return pc.if_else(over, outcome[LABEL], None)
