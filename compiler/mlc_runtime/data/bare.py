"""Expressions that are nothing but a column: what DuckDB would give back as it is needs no DuckDB."""

from __future__ import annotations

import re
from typing import Any

_NAME = re.compile(r'"((?:[^"]|"")+)"|(a\d+)')
"""A quoted name, or that of an aggregate's value; other bare words may be more than names."""


def bare_column(sql: str, table: Any, kind: Any = None) -> Any:
    """The column of a table that an expression is, where it is nothing else; else None.

    A server spends most of its time on statements about a single row. The columns of most features are columns of a
    source or of an aggregate; those are taken without a statement.

    >>> import pyarrow as pa
    >>> bare_column('("plane.model")', pa.table({"plane.model": [7]})).to_pylist()
    [7]

    Args:
        sql: the expression.
        table: what it reads.
        kind: the type that it is cast to, as Arrow has it; the column is given only where it has this one.
    """
    text = sql.strip()
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    found = _NAME.fullmatch(text)
    if found is None:
        return None
    name = found[2] or found[1].replace('""', '"')
    if name not in table.column_names:
        return None
    column = table[name]
    return column if kind is None or column.type == kind else None
