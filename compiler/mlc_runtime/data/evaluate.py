"""Evaluate the spec's expressions over a table, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa

from mlc_runtime.context import Context
from mlc_runtime.data.times import INSTANT
from mlc_runtime.sql import open_session, quoted


def evaluate(table: pa.Table, expressions: Mapping[str, str], context: Context) -> pa.Table:
    """The values of expressions, one row for each row of the table, in its order.

    Args:
        table: what the expressions read.
        expressions: SQL by the name that its column gets.
        context: gives parameters and zone.

    Raises:
        StepError: `MLC920` where an expression fails on the data.
    """
    if not expressions:
        return table.select([])
    items = ", ".join(f"({sql}) as {quoted(name)}" for name, sql in expressions.items())
    return query(f"select {items} from input", {"input": table}, context)


def query(sql: str, tables: Mapping[str, pa.Table], context: Context) -> pa.Table:
    """The result of one SELECT over named tables: instants in UTC, integers and floats of 64 bits.

    Raises:
        StepError: `MLC920` where it fails on the data.
    """
    with open_session(context.parameters, context.timezone) as session:
        for name, table in tables.items():
            session.register(name, table)
        found = session.query(sql)
    return found.cast(pa.schema([field.with_type(_plain(field.type)) for field in found.schema]))


def latest(expressions: Iterable[str]) -> str | None:
    """The greatest of several times, null where one of them is (SQL's `greatest` passes nulls over); None for none."""
    each = list(expressions)
    if not each:
        return None
    instants = [f"cast(({one}) as timestamptz)" for one in each]
    missing = " or ".join(f"{one} is null" for one in instants)
    return f"case when {missing} then null else greatest({', '.join(instants)}) end"


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return INSTANT
    if pa.types.is_integer(kind):
        return pa.int64()
    return pa.float64() if pa.types.is_floating(kind) else kind
