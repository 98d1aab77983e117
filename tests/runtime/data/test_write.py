from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlc_runtime.errors import StepError
from mlc_runtime.ops import write
from mlc_runtime.store.memory import MemoryStore

AT = datetime(2024, 6, 1, tzinfo=UTC)
GOOD = {"ok": True, "rows": 2, "results": [{"expect": "x > 0", "ok": False, "failed": 1, "warn": True}]}
BAD = {"ok": False, "rows": 2, "results": [{"expect": "x > 0", "ok": False, "failed": 1, "warn": False}]}


def predictions(*ids, **more):
    at = pa.array([AT] * len(ids), pa.timestamp("us", tz="UTC"))
    return pa.table({"$row": list(range(len(ids))), "$at": at, "id": list(ids), **more})


def put(context, found, as_of=0, reports=None, **locate):
    return write.run({"predictions": found, **(reports or {})}, {"locate": locate, "as_of": as_of}, context)["written"]


@pytest.fixture
def context(make_context):
    """With a store, which notes the time of what is in a file."""
    return replace(make_context(), store=MemoryStore())


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path, context, ending):
    for ids in ([1, 2], [3]):
        written = put(context, predictions(*ids), path=f"out/p.{ending}")
        assert (written["to"], written["rows"]) == (f"out/p.{ending}", len(ids))
    assert [file.name for file in (tmp_path / "out").iterdir()] == [f"p.{ending}"]
    if ending == "parquet":
        assert pq.read_table(tmp_path / "out/p.parquet").to_pylist() == [{"at": AT, "id": 3}]
    else:
        assert (tmp_path / "out/p.csv").read_text() == '"at","id"\n2024-06-01 00:00:00.000000Z,3\n'


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_back_fill_does_not_replace_predictions_of_a_later_time(tmp_path, context, ending):
    path = f"p.{ending}"
    file = tmp_path / path
    put(context, predictions(1), 2, path=path)
    late = file.read_bytes()
    with pytest.raises(StepError, match="holds predictions of a later time") as error:
        put(context, predictions(2), 1, path=path)
    assert error.value.code == "MLC971"
    assert file.read_bytes() == late
    assert put(context, predictions(2), 1, path=f"early.{ending}")["rows"] == 1, "another file is free"
    for as_of in (2, 3, None):
        put(context, predictions(3), as_of, path=path)
    put(context, predictions(1), 2, path=path)
    file.unlink()
    put(context, predictions(2), 1, path=path)
    early = file.read_bytes()
    put(context, predictions(1), 2, path=path)
    assert file.read_bytes() == late
    file.write_bytes(early)
    put(context, predictions(2), 1, path=path)
    assert file.read_bytes() == early, "what somebody else put there is replaced as ever"


def test_a_column_named_at_keeps_its_name(tmp_path, context):
    put(context, predictions(1, at=["x"]), path="p.parquet")
    assert pq.read_schema(tmp_path / "p.parquet").names == ["$at", "id", "at"]


def test_a_format_that_cannot_be_written(context):
    with pytest.raises(StepError) as error:
        put(context, predictions(1), path="p.xlsx")
    assert error.value.code == "MLC971"


@pytest.fixture(params=["folder", "duckdb"])
def warehouse(request, tmp_path, make_context):
    """A context with a connection `w`, and a reader of its table `scores.late`."""
    path = {"folder": "warehouse", "duckdb": "w.duckdb"}[request.param]
    context = make_context(connections={"w": {"type": request.param, "path": path}})

    def read():
        if request.param == "folder":
            return pq.read_table(tmp_path / path / "scores.late.parquet").select(["as_of", "id"]).to_pylist()
        with duckdb.connect(str(tmp_path / path), read_only=True) as session:
            session.execute("set TimeZone = 'UTC'")
            return session.sql("select as_of, id from scores.late order by as_of, id").to_arrow_table().to_pylist()

    return context, read


def test_rows_of_the_same_as_of_are_replaced_and_others_stay(warehouse):
    context, read = warehouse
    for as_of, ids in ((0, [1, 2]), (10**6, [3]), (0, [4]), (0, [4]), (None, [5]), (None, [6])):
        put(context, predictions(*ids), as_of, connection="w", table="scores.late")
    zero = datetime(1970, 1, 1, tzinfo=UTC)
    found = {(row["as_of"], row["id"]) for row in read()}
    assert found == {(zero, 4), (zero.replace(second=1), 3), (None, 6)}


def test_a_table_of_other_columns_is_left_alone(warehouse):
    context, read = warehouse
    put(context, predictions(1), connection="w", table="scores.late")
    with pytest.raises(StepError) as error:
        put(context, predictions(2, more=[1]), connection="w", table="scores.late")
    assert error.value.code == "MLC971"
    with pytest.raises(StepError) as error:
        put(context, pa.table({"$row": [0], "$at": [AT], "id": ["x"]}), connection="w", table="scores.late")
    assert error.value.code == "MLC971"
    assert [row["id"] for row in read()] == [1]


def test_failed_checks_keep_everything_back(tmp_path, context):
    with pytest.raises(StepError, match="`x > 0` of `orders`, by 1 of 2 rows") as error:
        put(context, predictions(1), reports={"checks.orders": BAD}, path="p.parquet")
    assert error.value.code == "MLC946"
    assert not (tmp_path / "p.parquet").exists()
    put(context, predictions(1), reports={"checks.orders": GOOD}, path="p.parquet")
