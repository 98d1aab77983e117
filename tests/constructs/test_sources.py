"""Every form of a source, run over a few rows."""

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlc_runtime.errors import InvalidInputError

HEAD = "mlc: 1\nname: tables\n"


@pytest.fixture(autouse=True)
def unread(workshop: Any) -> None:
    """Most tables here have no reader, and are looked at whole."""
    workshop.level = 0


def test_read_path_of_each_format(workshop: Any) -> None:
    table = pa.table({"id": [2, 1], "name": ["b", None], "unlisted": [1, 2]})
    pq.write_table(table, workshop.root / "a.parquet")
    workshop.write({"b.csv": "id,name\n2,b\n1,\n", "c.jsonl": '{"id": 2, "name": "b"}\n{"id": 1, "name": null}\n'})
    finished = workshop.run(
        HEAD
        + """
sources:
  a: {read: a.parquet, columns: {id: int, name: string}, key: [id]}
  b: {read: b.csv, columns: {id: int, name: string}, key: [id]}
  c: {read: {path: c.jsonl}, columns: {id: int, name: string}, key: [id]}
"""
    )
    for name in "abc":
        rows = finished.rows(f"sources.{name}")
        assert {column: rows[column] for column in ("id", "name")} == {"id": [1, 2], "name": [None, "b"]}
        assert "unlisted" not in rows


def test_read_connection_table_and_query(workshop: Any) -> None:
    (workshop.root / "lake").mkdir()
    pq.write_table(pa.table({"id": [1, 2, 3]}), workshop.root / "lake" / "public.things.parquet")
    finished = workshop.run(
        HEAD
        + """
sources:
  whole: {read: {connection: lake, table: public.things}, columns: {id: int}}
  part: {read: {connection: lake, query: select id from public.things where id > 1}, columns: {id: int}}
  rest: {read: {connection: lake, query: select id from public.things where id < 2}, columns: {id: int}}
""",
        environment={"connections": {"lake": {"type": "folder", "path": "lake"}}},
    )
    assert finished.rows("sources.whole")["id"] == [1, 2, 3]
    assert finished.rows("sources.part")["id"] == [2, 3]
    assert finished.rows("sources.rest")["id"] == [1]


def test_read_tables_of_one_database(workshop: Any) -> None:
    import duckdb

    with duckdb.connect(str(workshop.root / "w.duckdb")) as session:
        session.execute("create table old as select 1 as id; create table new as select 2 as id")
    finished = workshop.run(
        HEAD
        + """
sources:
  old: {read: {connection: warehouse, table: old}, columns: {id: int}}
  new: {read: {connection: warehouse, table: new}, columns: {id: int}}
""",
        environment={"connections": {"warehouse": {"type": "duckdb", "path": "w.duckdb"}}},
    )
    assert finished.rows("sources.old")["id"] == [1]
    assert finished.rows("sources.new")["id"] == [2]


def test_read_files(workshop: Any) -> None:
    workshop.write({"scans/x/1.txt": "one", "scans/x/2.txt": "two", "scans/y/1.txt": "one", "scans/y/2.txt": "two"})
    finished = workshop.run(
        HEAD
        + """
sources:
  x: {read: {files: scans/x}, columns: {scan: file}}
  y: {read: {files: scans/y}, columns: {scan: file}}
"""
    )
    assert finished.rows("sources.x")["scan"] == ["scans/x/1.txt", "scans/x/2.txt"]
    assert finished.rows("sources.y")["scan"] == ["scans/y/1.txt", "scans/y/2.txt"]


def test_sql(workshop: Any) -> None:
    workshop.write({"a.csv": "id,x\n1,1.5\n2,2.5\n", "b.csv": "id,name\n1,one\n"})
    finished = workshop.run(
        HEAD
        + """
parameters: {factor: {type: float, default: 2}}
sources:
  a: {read: a.csv, columns: {id: int, x: float}, key: [id]}
  b: {read: b.csv, columns: {id: int, name: string}, key: [id]}
  joined: {sql: "select a.id, a.x * $factor as scaled, b.name from a join b using (id)", key: [id]}
""",
        given={"factor": "4"},
    )
    rows = finished.rows("sources.joined")
    assert (rows["id"], rows["scaled"], rows["name"]) == ([1], [6.0], ["one"])


def test_use_with_inputs(workshop: Any) -> None:
    workshop.write(
        {
            "a.csv": "id,x\n1,1.5\n2,2.5\n",
            "tables.py": "def scaled(a, factor):\n    return a.assign(x=a.x * factor)\n",
        }
    )
    finished = workshop.run(
        HEAD
        + """
sources:
  a: {read: a.csv, columns: {id: int, x: float}, key: [id]}
  b: {use: "tables:scaled", with: {factor: 2}, inputs: {a: a}, columns: {id: int, x: float}, key: [id], static: true}
"""
    )
    assert finished.rows("sources.b")["x"] == [3.0, 5.0]


def test_read_a_file_that_a_step_made(workshop: Any) -> None:
    workshop.write(
        {
            "make.py": """
            def table(rows, context):
                path = context.workdir / "made.csv"
                path.write_text("id\\n" + "".join(f"{i}\\n" for i in range(rows)))
                return path
            """
        }
    )
    finished = workshop.run(
        HEAD
        + """
steps:
  load: {use: "make:table", with: {rows: 3}, outputs: {table: file}}
sources:
  made: {read: load.table, columns: {id: int}, key: [id]}
"""
    )
    assert finished.rows("sources.made")["id"] == [0, 1, 2]


@pytest.mark.parametrize(
    ("type_", "text", "expected"),
    [
        ("int", "7", 7),
        ("float", "0.5", 0.5),
        ("string", "NA", "NA"),
        ("bool", "true", True),
        ('"decimal(6,2)"', "1.25", "1.25"),
        ("file", "scan.txt", "scan.txt"),
    ],
)
def test_columns_of_each_type(workshop: Any, type_: str, text: str, expected: object) -> None:
    workshop.write({"t.csv": f"v\n{text}\n"})
    finished = workshop.run(f"{HEAD}sources: {{t: {{read: t.csv, columns: {{v: {type_}}}}}}}\n")
    (value,) = finished.rows("sources.t")["v"]
    assert (value if type(value) is type(expected) else str(value)) == expected


def test_columns_of_times_and_lists(workshop: Any) -> None:
    table = pa.table({"v": pa.array([[1, 2], []], pa.list_(pa.int64()))})
    pq.write_table(table, workshop.root / "l.parquet")
    workshop.write({"t.csv": "d,t\n2024-07-01,2024-07-01 12:00\n"})
    finished = workshop.run(
        """
mlc: 1
name: tables
timezone: Europe/Zurich
sources:
  l: {read: l.parquet, columns: {v: list(int)}}
  t: {read: t.csv, columns: {d: date, t: timestamp}}
"""
    )
    assert finished.rows("sources.l")["v"] == [[1, 2], []]
    rows = finished.rows("sources.t")
    assert rows["d"][0].isoformat() == "2024-07-01"
    assert rows["t"][0].isoformat() == "2024-07-01T12:00:00+02:00" or rows["t"][0].utcoffset().total_seconds() == 0
    assert rows["t"][0].timestamp() == 1719828000


def test_key_is_unique_and_not_null(workshop: Any) -> None:
    workshop.write({"t.csv": "id\n1\n1\n"})
    finished = workshop.run(HEAD + "sources: {t: {read: t.csv, columns: {id: int}, key: [id]}}\n")
    report = finished.value("sources.t.checks", "report")
    assert not report["ok"], report


def test_checks(workshop: Any) -> None:
    workshop.write({"t.csv": "id,x,at\n" + "".join(f"{i},{i},2024-01-0{i + 1}\n" for i in range(4))})
    finished = workshop.run(
        HEAD
        + """
sources:
  good: {read: t.csv, columns: {id: int, x: float}, checks: [x >= 0, count(*) = 4]}
  some: {read: t.csv, columns: {id: int, x: float}, checks: [{expect: x < 3, at_most: 30%}]}
  warns: {read: t.csv, columns: {id: int, x: float}, checks: [{expect: x < 3, warn: true}]}
  bad: {read: t.csv, columns: {id: int, x: float}, checks: [x < 3]}
  fresh: {read: t.csv, columns: {id: int, at: timestamp}, time: at, checks: [{fresh: 2d}]}
  stale: {read: t.csv, columns: {id: int, at: timestamp}, time: at, checks: [{fresh: 1h}]}
""",
        as_of=1704412800_000_000,  # 2024-01-05
    )
    passed = {
        name: finished.value(f"sources.{name}.checks", "report")["ok"]
        for name in ("good", "some", "warns", "bad", "fresh", "stale")
    }
    assert passed == {"good": True, "some": True, "warns": True, "bad": False, "fresh": True, "stale": False}


def test_known_hides_what_came_later(workshop: Any) -> None:
    workshop.write({"t.csv": "id,at,loaded,late\n1,2024-01-01,2024-01-02,2024-01-09\n2,2024-01-05,2024-01-06,\n"})
    finished = workshop.run(
        HEAD
        + """
sources:
  plain: {read: t.csv, columns: {id: int, at: timestamp}, key: [id], time: at}
  loaded: {read: t.csv, columns: {id: int, at: timestamp, loaded: timestamp}, key: [id], time: at, known: loaded}
  mapped: {read: t.csv, columns: {id: int, at: timestamp, loaded: timestamp, late: timestamp}, key: [id], time: at,
           known: {"*": at, loaded: loaded, late: late}}
  fixed: {read: t.csv, columns: {id: int}, key: [id], static: true}
""",
        as_of=1704283200_000_000,  # 2024-01-03 12:00
    )
    assert finished.rows("sources.plain")["id"] == [1]
    assert finished.rows("sources.loaded")["id"] == [1]
    assert finished.rows("sources.mapped")["late"] == [None]
    assert finished.rows("sources.fixed")["id"] == [1, 2]


def test_connection_that_cannot_be_read_here(workshop: Any) -> None:
    finished = workshop.run(
        HEAD + "sources: {t: {read: {connection: w, table: t}, columns: {id: int}}}\n",
        environment={"connections": {"w": {"type": "postgres", "host": "h", "database": "d"}}},
    )
    assert "`postgres`, which cannot be read on this machine" in finished.failures()["sources.t"]


def test_version_that_is_not_there(workshop: Any) -> None:
    workshop.write({"tables.py": "import no_such_library\n\ndef load():\n    return None\n"})
    with pytest.raises(InvalidInputError, match="`no_such_library` is neither a module"):
        workshop.run(HEAD + 'sources: {t: {use: "tables:load", columns: {id: int}}}\n')
