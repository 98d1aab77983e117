"""A connection to DuckDB that reaches nothing, with a table that has a column of each type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from mlc_compiler.expression.types import parse_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlc_compiler.expression.types import Type

COLUMNS = {
    "i": ("int", "BIGINT"),
    "j": ("int", "BIGINT"),
    "f": ("float", "DOUBLE"),
    "s": ("string", "VARCHAR"),
    "b": ("bool", "BOOLEAN"),
    "d": ("date", "DATE"),
    "ts": ("timestamp", "TIMESTAMPTZ"),
    "m": ("decimal(10,2)", "DECIMAL(10,2)"),
    "n": ("decimal(4,1)", "DECIMAL(4,1)"),
    "wide": ("decimal(30,5)", "DECIMAL(30,5)"),
    "l": ("list(int)", "BIGINT[]"),
    "lf": ("list(float)", "DOUBLE[]"),
    "ls": ("list(string)", "VARCHAR[]"),
}


@pytest.fixture(scope="session")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = duckdb.connect(config={"enable_external_access": "false"})
    opened.execute("SET TimeZone='Europe/Zurich'")
    opened.execute(f"CREATE TABLE t ({', '.join(f'{name} {sql}' for name, (_, sql) in COLUMNS.items())})")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def columns() -> dict[str, Type]:
    found = {name: parse_type(text) for name, (text, _) in COLUMNS.items()}
    return {name: type_ for name, type_ in found.items() if type_ is not None}
