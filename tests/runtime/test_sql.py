"""The session that evaluates expressions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from mlc_runtime.column_types import arrow_type, sql_type
from mlc_runtime.errors import StepError
from mlc_runtime.sql import open_session, quoted


def test_parameters_are_bound_by_name_and_only_where_used() -> None:
    with open_session({"factor": 3, "as_of": 1_000_000, "unused": None}, "UTC") as session:
        session.register("t", pa.table({"x": [1, 2]}))
        assert session.query("SELECT x * $factor AS y FROM t").to_pydict() == {"y": [3, 6]}
        moment = session.query("SELECT $as_of AS t").column(0)[0].as_py()
        assert moment == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)


def test_local_times_are_those_of_the_zone() -> None:
    with open_session({"as_of": 0}, "America/New_York") as session:
        assert session.query("SELECT hour($as_of) AS h").to_pydict() == {"h": [19]}


def test_neither_files_nor_settings_can_be_reached(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with open_session({}, "UTC") as session:
        for sql in (f"SELECT * FROM '{tmp_path}/secret.csv'", "SELECT * FROM read_text('/etc/hostname')"):
            with pytest.raises(StepError):
                session.query(sql)
        with pytest.raises(StepError):
            session.query("SET enable_external_access = true")


def test_local_variables_are_not_tables() -> None:
    table = pa.table({"x": [1]})
    with open_session({}, "UTC") as session, pytest.raises(StepError):
        session.query("SELECT * FROM table")
    assert table.num_rows == 1


@pytest.mark.parametrize(
    ("declared", "sql", "arrow"),
    [
        ("int", "BIGINT", pa.int64()),
        ("decimal(10,2)", "DECIMAL(10,2)", pa.decimal128(10, 2)),
        ("list(list(timestamp))", "TIMESTAMPTZ[][]", pa.list_(pa.list_(pa.timestamp("us", tz="UTC")))),
        ("file", "VARCHAR", pa.string()),
    ],
)
def test_declared_types(declared: str, sql: str, arrow: pa.DataType) -> None:
    assert sql_type(declared) == sql
    assert arrow_type(declared) == arrow


def test_quoted_names() -> None:
    assert quoted('a"b') == '"a""b"'
