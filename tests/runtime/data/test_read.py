from __future__ import annotations

import datetime
import json
from datetime import UTC

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlc_runtime.errors import StepError
from mlc_runtime.ops import read

HOSTILE = 'a "b"; drop table x; -- é'


def columns(**types):
    return [{"name": name, "type": kind} for name, kind in types.items()]


def params(path="orders.parquet", locate=None, **more):
    plain = {"columns": columns(id="int"), "key": ["id"], "row_known": [], "known": {}, "as_of": None}
    return {"locate": locate or {"path": path}, **plain, **more}


@pytest.fixture
def save(tmp_path):
    def put(name, table):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(table, str):
            file.write_text(table, "utf-8")
        else:
            pq.write_table(pa.table(table), file)

    return put


def test_reads_the_declared_columns_in_the_order_of_the_key(save, context):
    save("orders.parquet", {"other": ["x", "y", "z"], "id": pa.array([3, 1, 2], pa.int16())})
    found = read.run({}, params(), context)
    assert found["table"].equals(pa.table({"id": [1, 2, 3]}))
    assert found["report"]["rows"] == 3


def test_without_a_key_the_order_is_the_file_s(save, context):
    save("orders.parquet", {"id": [3, 1, 2]})
    assert read.run({}, params(key=[]), context)["table"]["id"].to_pylist() == [3, 1, 2]


def test_rows_of_equal_keys_stay_in_order(save, context):
    save("orders.parquet", {"id": [1] * 500, "n": list(range(500))})
    found = read.run({}, params(columns=columns(id="int", n="int")), context)
    assert found["table"]["n"].to_pylist() == list(range(500))


def test_hostile_names_and_values_are_only_names_and_values(save, make_context, micros):
    save("orders.parquet", {HOSTILE: [HOSTILE, None], "id": [1, 2], "k'": [datetime.datetime(2024, 1, 1)] * 2})
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    known = {HOSTILE: [f"case when {quoted} = '{HOSTILE}' then \"k'\" end"]}
    found = read.run(
        {},
        params(
            columns=columns(**{"id": "int", HOSTILE: "string", "k'": "timestamp"}),
            known=known,
            as_of=micros("2024-06-01"),
        ),
        make_context(),
    )
    assert found["table"][HOSTILE].to_pylist() == [HOSTILE, None]


@pytest.mark.parametrize(
    ("table", "declared", "code", "words"),
    [
        ({"idd": [1]}, "int", "MLC911", ["`orders.parquet` has no column `id`"]),
        ({"id": ["1", "2", "x"]}, "int", "MLC912", ["row 3", "`orders.parquet`", "'x'", "`id`", "`int`"]),
        ({"id": [datetime.date(2024, 1, 1)]}, "int", "MLC912", ["stored as `date32[day]`", "`int`"]),
    ],
)
def test_says_what_is_wrong_where(save, context, table, declared, code, words):
    save("orders.parquet", table)
    with pytest.raises(StepError) as error:
        read.run({}, params(columns=columns(id=declared)), context)
    assert error.value.code == code
    assert all(word in error.value.message for word in words), error.value.message


@pytest.mark.parametrize("locate", [{"path": "nowhere.csv"}, {"files": "nowhere.csv"}, {"path": "nowhere"}])
def test_a_file_that_is_not_there(context, locate):
    with pytest.raises(StepError, match="`nowhere") as error:
        read.run({}, params(locate=locate), context)
    assert error.value.code == "MLC910"


def test_a_file_of_nearly_that_name_is_offered(save, context):
    save("data/orders.csv", "id\n1\n")
    with pytest.raises(StepError) as error:
        read.run({}, params("data/order.csv"), context)
    assert error.value.help == "Did you mean `data/orders.csv`? Paths start at the spec's folder."


def test_a_format_that_is_not_known(save, context):
    save("orders.xlsx", "")
    save("folder/orders.xlsx", "")
    for path in ("orders.xlsx", "folder"):
        with pytest.raises(StepError) as error:
            read.run({}, params(path), context)
        assert (error.value.code, ".parquet" in error.value.help) == ("MLC910", True)


@pytest.mark.parametrize(("name", "text"), [("o.csv", "id,amount\n1,2\n"), ("o.json", '[{"id": 1}, {"amount": 2}]')])
def test_the_columns_that_are_there_are_named(save, context, name, text):
    save(name, text)
    with pytest.raises(StepError, match="has no column `amout`") as error:
        read.run({}, params(name, columns=columns(id="int", amout="int")), context)
    assert error.value.help == "It has `id`, `amount`."


@pytest.mark.parametrize("form", ["parquet", "csv", "json", "arrow"])
def test_a_file_of_another_format(save, context, form):
    save(f"orders.{form}", "\x00\x01{]\n\x02,")
    with pytest.raises(StepError) as error:
        read.run({}, params(f"orders.{form}"), context)
    assert error.value.code in ("MLC910", "MLC911")


def test_a_column_that_is_there_twice_is_refused(save, tmp_path, context):
    save("o.csv", "id,id\n1,2\n")
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["id", "id"]), tmp_path / "o.parquet")
    for name in ("o.csv", "o.parquet"):
        with pytest.raises(StepError, match=f"`{name}` has 2 columns `id`"):
            read.run({}, params(name), context)


def test_csv_has_nulls_text_and_zones(save, make_context):
    save(
        "orders.csv",
        '\ufeffid,country,at,"a, b"\n2,NA,2024-07-01 12:00,"line\nbreak"\n1,"",2024-07-01T12:00:00Z,\n3,,NA,NO\n',
    )
    found = read.run(
        {},
        params(
            "orders.csv",
            columns=columns(**{"id": "int", "country": "string", "at": "timestamp", "a, b": "string"}),
        ),
        make_context("America/New_York"),
    )["table"]
    assert found["country"].to_pylist() == ["", "NA", None]
    assert found["a, b"].to_pylist() == [None, "line\nbreak", "NO"]
    assert [at and at.hour for at in found["at"].to_pylist()] == [12, 16, None]


@pytest.mark.parametrize("one_a_line", [False, True])
def test_json_is_a_list_or_lines_of_objects(save, context, one_a_line):
    records = [{"id": 2, "tags": ["a"], "x": 1}, {"id": 1, "tags": None}]
    save("o.json", "\n".join(map(json.dumps, records)) if one_a_line else json.dumps(records))
    found = read.run({}, params("o.json", columns=columns(id="int", tags="list(string)", x="float")), context)
    assert found["table"].to_pylist() == [{"id": 1, "tags": None, "x": None}, {"id": 2, "tags": ["a"], "x": 1.0}]


@pytest.mark.parametrize(("name", "text"), [("o.json", "[]"), ("o.jsonl", ""), ("o.csv", "id\n")])
def test_no_rows_are_an_empty_table(save, context, name, text):
    save(name, text)
    assert read.run({}, params(name), context)["table"].equals(pa.table({"id": pa.array([], pa.int64())}))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"id": 1}\n[2]', '[{"id": 99999999999999999999}]', "\ud800"])
def test_json_that_is_none(tmp_path, context, text):
    (tmp_path / "o.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(StepError) as error:
        read.run({}, params("o.json"), context)
    assert error.value.code == "MLC910"


def test_json_of_mixed_types_is_refused(save, context):
    save("o.json", '[{"id": 1}, {"id": "x"}]')
    with pytest.raises(StepError, match="not of one type"):
        read.run({}, params("o.json"), context)


def test_arrow_files_are_read(tmp_path, context):
    table = pa.table({"id": [2, 1]})
    with pa.OSFile(str(tmp_path / "o.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    assert read.run({}, params("o.arrow"), context)["table"]["id"].to_pylist() == [1, 2]


def test_a_row_of_many_megabytes_is_read(save, context):
    save("long.csv", f'id,text\n1,a\n2,"{"x" * 3_000_000}"\n')
    found = read.run({}, params("long.csv", columns=columns(id="int", text="string")), context)
    assert [len(text) for text in found["table"]["text"].to_pylist()] == [1, 3_000_000]


@pytest.mark.parametrize(
    ("data", "help_"),
    [
        ("id,text\n1,Zürich\n".encode("latin-1"), "perhaps Latin-1: save it in UTF-8"),
        ("id,text\n1,Zürich\n".encode("utf-16"), "is in UTF-16: save it in UTF-8"),
        (b"", "The file is empty"),
    ],
)
def test_text_in_another_encoding_is_refused_with_a_way_out(tmp_path, context, data, help_):
    (tmp_path / "t.csv").write_bytes(data)
    with pytest.raises(StepError) as error:
        read.run({}, params("t.csv", columns=columns(id="int", text="string")), context)
    assert error.value.code == "MLC910"
    assert help_ in error.value.help


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path, context):
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbfid,text\n1,a\n")
    assert read.run({}, params("t.csv"), context)["table"]["id"].to_pylist() == [1]


def test_a_pattern_is_no_path(context):
    with pytest.raises(StepError) as error:
        read.run({}, params("parts/*.parquet"), context)
    assert "name the folder" in error.value.help


def test_a_folder_is_its_files_one_after_the_other(save, context):
    save("orders/b.parquet", {"id": [1]})
    save("orders/a.parquet", {"id": [2]})
    save("orders/readme.txt", "no table")
    assert read.run({}, params("orders", key=[]), context)["table"]["id"].to_pylist() == [2, 1]
    save("orders/c.parquet", {"id": ["x"]})
    with pytest.raises(StepError, match=r"row 1 of `orders/c\.parquet`"):
        read.run({}, params("orders"), context)


def test_files_are_listed_by_folder_or_prefix(save, make_context):
    for name in ("img/b.png", "img/cat/a.png", "img2/x.png"):
        save(name, "")
    context = make_context(connections={"scans": {"type": "folder", "path": "img"}})

    def listed(**locate):
        found = read.run({}, params(locate=locate, columns=columns(scan="file"), key=["scan"]), context)
        return found["table"]["scan"].to_pylist()

    assert listed(files="img") == ["img/b.png", "img/cat/a.png"]
    assert listed(files="img/") == ["img/b.png", "img/cat/a.png"]
    assert listed(files="img/cat") == ["img/cat/a.png"]
    assert listed(files="img/b") == ["img/b.png"]
    assert listed(files="img2") == ["img2/x.png"]
    assert listed(files="im") == ["img/b.png", "img/cat/a.png", "img2/x.png"]
    assert listed(connection="scans", files="cat/") == ["img/cat/a.png"]


def test_a_file_that_a_step_made_is_read(save, tmp_path, context):
    save("made.parquet", {"id": [1]})
    assert read.run({"path": tmp_path / "made.parquet"}, params(), context)["table"]["id"].to_pylist() == [1]


@pytest.mark.parametrize("name", ["public/weather.parquet", "public.weather.parquet", "weather.parquet"])
@pytest.mark.parametrize("wanted", [{"table": "public.weather"}, {"query": "select id + 1 as id from public.weather"}])
def test_a_folder_stands_in_for_a_warehouse(save, make_context, name, wanted):
    save(f"warehouse/{name}", {"id": [2, 1]})
    context = make_context(connections={"w": {"type": "folder", "path": "warehouse"}})
    found = read.run({}, params(locate={"connection": "w", **wanted}), context)["table"]
    assert found["id"].to_pylist() == ([1, 2] if "table" in wanted else [2, 3])


@pytest.mark.parametrize("wanted", [{"table": "public.weather"}, {"query": "select * from public.weather"}])
def test_a_duckdb_database_is_read(tmp_path, make_context, wanted):
    with duckdb.connect(str(tmp_path / "w.duckdb")) as session:
        session.execute("create schema public")
        session.execute("create table public.weather as select 1 as id, timestamp '2024-07-01 12:00' as at")
    context = make_context("America/New_York", {"w": {"type": "duckdb", "path": "w.duckdb"}})
    found = read.run(
        {}, params(locate={"connection": "w", **wanted}, columns=columns(id="int", at="timestamp")), context
    )["table"]
    assert found.to_pylist() == [{"id": 1, "at": datetime.datetime(2024, 7, 1, 16, tzinfo=UTC)}]


def test_a_column_that_a_database_lacks_is_named(tmp_path, make_context):
    with duckdb.connect(str(tmp_path / "w.duckdb")) as session:
        session.execute("create table orders as select 1 as id, 2 as amount")
    context = make_context(connections={"w": {"type": "duckdb", "path": "w.duckdb"}})
    given = params(locate={"connection": "w", "table": "orders"}, columns=columns(id="int", price="int"))
    with pytest.raises(StepError, match="`w: orders` has no column `price`") as error:
        read.run({}, given, context)
    assert error.value.help == "It has `id`, `amount`."


@pytest.mark.parametrize(
    ("settings", "wanted", "code"),
    [
        ({"type": "postgres", "host": "db"}, {"table": "t"}, "MLC913"),
        (None, {"table": "t"}, "MLC913"),
        ({"type": "folder", "path": "warehouse"}, {"table": "t"}, "MLC910"),
        ({"type": "folder", "path": "warehouse"}, {"query": "select * from t"}, "MLC914"),
        ({"type": "folder", "path": "warehouse"}, {"query": "select * from read_csv('/etc/passwd')"}, "MLC914"),
        ({"type": "folder", "path": "warehouse"}, {"query": "selec"}, "MLC914"),
        ({"type": "duckdb", "path": "none.duckdb"}, {"table": "t"}, "MLC910"),
    ],
)
def test_what_cannot_be_read_is_said(make_context, settings, wanted, code):
    context = make_context(connections={"w": settings} if settings else {})
    with pytest.raises(StepError) as error:
        read.run({}, params(locate={"connection": "w", **wanted}), context)
    assert error.value.code == code


def test_only_what_was_known_is_seen(save, context, lines, micros):
    day = datetime.datetime(2024, 1, 1, tzinfo=UTC)
    later = day + datetime.timedelta(days=10)
    save(
        "orders.parquet",
        {
            "id": [1, 2, 3, 4],
            "loaded": pa.array([day, later, None, day], pa.timestamp("us", tz="UTC")),
            "paid": pa.array([later, day, day, None], pa.timestamp("us", tz="UTC")),
            "amount": [1.0, 2.0, 3.0, 4.0],
        },
    )
    given = params(
        columns=columns(id="int", loaded="timestamp", paid="timestamp", amount="float"),
        row_known=["loaded"],
        known={"amount": ["paid", "loaded"]},
        as_of=micros("2024-01-05"),
    )
    found = read.run({}, given, context)
    assert found["table"].select(["id", "amount"]).to_pylist() == [{"id": 1, "amount": None}, {"id": 4, "amount": None}]
    assert found["report"] == {
        "rows": 2, "later": 1, "never": 1, "cells": {"amount": 2}, "unknown": {"amount": 1}, "twice": {}, "skipped": {},
    }  # fmt: skip
    assert len(lines) == 4
    assert read.latest_known(given, context) == micros("2024-01-11")


def test_the_latest_known_time_of_nothing_is_none(save, context):
    save("orders.parquet", {"id": [1]})
    assert read.latest_known(params(), context) is None


def test_local_times_that_occur_twice_are_counted(save, make_context, lines):
    save(
        "orders.parquet",
        {"id": [1, 2], "at": [datetime.datetime(2013, 11, 3, 1, 30), datetime.datetime(2013, 3, 10, 2, 30)]},
    )
    given = params(columns=columns(id="int", at="timestamp"))
    report = read.run({}, given, make_context("America/New_York"))["report"]
    assert (report["twice"], report["skipped"]) == ({"at": 1}, {"at": 1})
    assert len(lines) == 2
