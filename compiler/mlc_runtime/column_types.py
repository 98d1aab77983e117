"""The language's column types, as DuckDB and as Arrow write them."""

from __future__ import annotations

from typing import Any

_SQL = {
    "int": "BIGINT",
    "float": "DOUBLE",
    "string": "VARCHAR",
    "file": "VARCHAR",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
}


def sql_type(declared: str) -> str:
    """DuckDB's name of a declared type.

    >>> sql_type("list(decimal(10,2))")
    'DECIMAL(10,2)[]'
    """
    if declared.startswith("list("):
        return sql_type(declared[5:-1]) + "[]"
    if declared.startswith("decimal("):
        return declared.upper()
    return _SQL[declared]


def arrow_type(declared: str) -> Any:
    """The Arrow type in which a column of a declared type travels between operations."""
    import pyarrow as pa

    if declared.startswith("list("):
        return pa.list_(arrow_type(declared[5:-1]))
    if declared.startswith("decimal("):
        precision, scale = declared[8:-1].split(",")
        return pa.decimal128(int(precision), int(scale))
    return {
        "int": pa.int64(),
        "float": pa.float64(),
        "string": pa.string(),
        "file": pa.string(),
        "bool": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", tz="UTC"),
    }[declared]
