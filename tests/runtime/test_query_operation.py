"""A derived source sees only what was known by the run's logical time, row by row and cell by cell."""

from pathlib import Path

import pyarrow as pa

from mlc_runtime.context import Context
from mlc_runtime.ops import query
from mlc_runtime.store.memory import MemoryStore

INSTANT = pa.timestamp("us", tz="UTC")
SQL = (
    'select "id", "late", "made" as "$known.id", greatest("made", "left") as "$known.late", "made" as "$known.*" '
    'from "flights"'
)


def test_hidden_known_times_hold_cells_and_rows_back(tmp_path: Path) -> None:
    made, left = (pa.array(times, INSTANT) for times in ([1, 1, 9], [2, 8, 9]))
    flights = pa.table({"id": [1, 2, 3], "late": [10.0, 20.0, 30.0], "made": made, "left": left})
    params = {
        "sql": SQL,
        "columns": [{"name": "id", "type": "int"}, {"name": "late", "type": "float"}],
        "key": ["id"],
        "time": None,
        "row_known": ['"$known.*"'],
        "known": {"late": ['"$known.late"']},
        "as_of": 5,
    }
    context = Context({"as_of": 5}, "UTC", 0, tmp_path, tmp_path, MemoryStore(), "r")
    table = query.run({"flights": flights}, params, context)["table"]
    assert table.select(["id", "late"]).to_pydict() == {"id": [1, 2], "late": [10.0, None]}
