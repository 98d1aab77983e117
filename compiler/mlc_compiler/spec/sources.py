"""Sources: tables whose values have a known time."""

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from mlc_compiler.spec.shape import Form, Shape, ShortShape, field
from mlc_compiler.spec.values import (
    Arguments,
    Columns,
    Expression,
    Inputs,
    Length,
    Name,
    Share,
    Text,
    TypeName,
    Use,
)


def _for_all_columns(value: object) -> object:
    return value if isinstance(value, dict) else {"*": value}


Known = Annotated[
    dict[Text, Expression],
    BeforeValidator(_for_all_columns, json_schema_input_type=Expression | dict[Text, Expression]),
]


class Read(ShortShape):
    """Where a source's rows come from: a path, or a table, a query or files of a connection."""

    SHORT: ClassVar[str] = "path"
    FORMS: ClassVar[tuple[Form, ...]] = (
        Form("path"),
        Form("table", needs=("connection",)),
        Form("query", needs=("connection",)),
        Form("files", allows=("connection",)),
    )

    path: Text | None = field(
        "A file, its format told by its extension, or a step's `file` output `STEP.OUTPUT`.",
        example="data/flights.parquet",
        default=None,
    )
    connection: Name | None = field("One of the environment's connections.", example="warehouse", default=None)
    table: Text | None = field("A table of the connection.", example="public.orders", default=None)
    query: Text | None = field(
        "A query in the connection's own SQL.", example="select id, amount from orders", default=None
    )
    files: Text | None = field(
        "A prefix: each object below it is a row, and its path the value of the one column of type `file`.",
        example="scans/2024/",
        default=None,
    )


class Check(ShortShape):
    """Something that must be true of a source's rows; a bare string is the expression."""

    SHORT: ClassVar[str] = "expect"
    FORMS: ClassVar[tuple[Form, ...]] = (Form("expect", allows=("at_most",)), Form("fresh"))

    expect: Expression | None = field(
        "A boolean. Without an aggregate it holds for every row; with one it is evaluated once.",
        example="amount >= 0",
        default=None,
    )
    at_most: Share = field("The share of rows that may break it.", example="1%", unit="share of rows", default=0.0)
    fresh: Length | None = field("How far the latest time may lie behind `$as_of`.", example="2h", default=None)
    warn: bool = field("Report only, and go on.", example=True, default=False)


class Source(Shape):
    """A table, and when each of its values became known."""

    FORMS: ClassVar[tuple[Form, ...]] = (
        Form("read", needs=("columns",)),
        Form("sql"),
        Form("use", needs=("columns",), allows=("with", "inputs")),
    )

    read: Read | None = field("Read from outside.", example="data/flights.parquet", default=None)
    sql: Text | None = field(
        "Derived from other sources by one SELECT.",
        example="select o.id, c.country from o join c using (id)",
        default=None,
    )
    use: Use | None = field("Made by a Python function.", example="tables.holidays:load", default=None)
    with_: Arguments = field("The function's arguments.", example={"country": "CH"}, default={})
    inputs: Inputs = field("Sources given to the function, by argument.", example={"orders": "orders"}, default={})
    columns: dict[Text, TypeName] = field(
        "Columns and their types, in any order; what is not listed does not exist. Inferred for `sql`.",
        example={"order_id": "int", "amount": "decimal(10,2)", "placed_at": "timestamp"},
        default={},
    )
    key: Columns | None = field(
        "The columns that identify a row; unique and not null is then checked.", example=["order_id"], default=None
    )
    time: Text | None = field("The column that says when the event happened.", example="placed_at", default=None)
    known: Known | None = field(
        "When a value became known: for all columns, or by column, with `*` for the others.",
        example={"amount": "loaded_at"},
        default=None,
    )
    static: bool = field("No time, and the values never change in a way that matters.", example=True, default=False)
    checks: Annotated[tuple[Check, ...], Field(strict=False)] = field(
        "What must be true of the rows before anything is computed from them.",
        example=["amount >= 0", {"expect": "count(*) > 1000", "warn": True}],
        default=(),
    )
