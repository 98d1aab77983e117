"""Any other aggregate, by DuckDB over all pairs of a position and a row that takes part there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from mlc_runtime.pit.aggregate import Aggregate
    from mlc_runtime.pit.candidates import Candidates

_TABLE = "pairs"


def listed(call: Aggregate, rows: Candidates) -> Any:
    """The values of the call at every position, an Arrow array.

    The cost is that of the pairs, which for `list` and `string_agg` is the size of the result. Rows that an ORDER BY
    leaves equal follow one another from the earliest to the latest.
    """
    order = ", ".join([*(f"({sql}) {direction}" for sql, direction in call.order), '"$age"'])
    args = ", ".join(call.args)
    session = rows.session
    session.register(_TABLE, rows.table)
    pieces = [session.query(f"SELECT {call.function}({args}) AS value FROM {_TABLE} WHERE false").column(0)]
    index = np.zeros(rows.spans.size, dtype=np.int64)
    done = 1
    for begin, _, pairs in rows.paired():
        (age,) = pairs.seniority()
        table = pairs.table.append_column("$position", [pairs.spans.first]).append_column("$age", [age])
        session.register(_TABLE, table)
        result = session.query(
            f'SELECT "$position", {call.function}({args} ORDER BY {order}) AS value FROM {_TABLE} GROUP BY "$position"'
        )
        index[begin + result.column(0).to_numpy()] = done + np.arange(len(result))
        done += len(result)
        pieces.append(result.column(1))
    return (
        pa.chunked_array([chunk for piece in pieces for chunk in piece.chunks]).take(pa.array(index)).combine_chunks()
    )
