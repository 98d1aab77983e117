"""`outcome`: for each example its label, an aggregate over a window that goes forward, and when it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlc_runtime.context import Context
from mlc_runtime.data.rows import grouped
from mlc_runtime.pit.answer import answer
from mlc_runtime.pit.line import ALWAYS, NEVER
from mlc_runtime.pit.lookup import look_up, moments
from mlc_runtime.sql import open_session


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Looks `rows` up in `source`; the output's `table` has `$row`, `$label` and `$label_known`.

    Any other input is a feature group, whose columns the join may name as `group.column`.

    A row takes part once it is known by the run's logical time, however late after the example's moment. The
    label is known at the end of its window, or when the last of its rows is, whichever is later.
    """
    import pyarrow as pa

    rows, label = grouped(inputs, "source"), {**params["label"], "type": params["type"]}
    as_of = context.parameters.get("as_of")
    with open_session(context.parameters, context.timezone) as session:
        lookup = look_up(rows, inputs["source"], params, session)
        known = lookup.known(label["known"])
        known = known if as_of is None else np.where(known <= as_of, known, NEVER)
        candidates = lookup.candidates(known, wait=False)
        values = answer(label, candidates, lookup.line.at, lookup.where)
        known_last = answer(_last_known(label["known"]), candidates, lookup.line.at, lookup.where)
    position = pa.array(lookup.line.position)
    at, exists = moments(rows, params.get("refresh"))
    # Null, where no row takes part, counts as before every end of a window.
    known_last = known_last.take(position).cast(pa.int64()).fill_null(int(ALWAYS)).to_numpy()
    known_at = np.maximum(at + lookup.window[1], known_last)
    columns = {
        "$row": rows.column("$row"),
        "$label": values.take(position),
        "$label_known": pa.array(known_at, pa.timestamp("us", tz="UTC"), mask=~exists),
    }
    return {"table": pa.table(columns)}


def _last_known(known: Sequence[str]) -> Mapping[str, Any]:
    """A column: when the last of the rows that take part was known."""
    latest = f"greatest({', '.join(known)})" if known else "CAST(NULL AS TIMESTAMPTZ)"
    call = {"as": "a0", "function": "max", "args": [latest], "filter": None, "distinct": False, "order": []}
    return {"type": "timestamp", "aggregates": [call], "value": "a0"}
