"""Put tables where others read them, so that a reader sees the old or the new one and never half of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime.data.connections import dotted, table_file
from mlc_runtime.data.rows import sorted_by_key
from mlc_runtime.data.times import INSTANT
from mlc_runtime.errors import InfrastructureError, StepError

AS_OF = "as_of"
"""The first column of a table of a connection: the run's logical time."""


def write_file(table: pa.Table, path: Path) -> None:
    """Replace a Parquet or CSV file by a table.

    Raises:
        StepError: `MLC971` for another ending.
    """
    put = _WRITERS.get(path.suffix)
    if put is None:
        raise StepError("MLC971", f"cannot write `{path.name}`", f"Name a file that ends in {' or '.join(_WRITERS)}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        put(table, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_folder(table: pa.Table, folder: Path, name: str, as_of: int | None) -> None:
    """Put rows into the file that stands for a table in a folder, in place of those of the same `as_of`.

    Args:
        table: the rows.
        folder: the connection's folder.
        name: the table, such as `scores.churn`.
        as_of: microseconds since the epoch; None where nothing has a time.

    Raises:
        StepError: `MLC971` where the file has other columns.
    """
    import pyarrow.parquet as pq

    new = _dated(table, as_of)
    found = table_file(folder, name, ("parquet",))
    if found:
        old = pq.read_table(found)
        _refuse_other(name, old.schema.names, new.schema.names)
        kept = old.filter(
            old[AS_OF].is_valid() if as_of is None else pc.fill_null(pc.not_equal(old[AS_OF], _moment(as_of)), True)
        )
        try:
            new = sorted_by_key(pa.concat_tables([kept, new]), [AS_OF])
        except pa.ArrowInvalid as error:
            raise StepError("MLC971", f"table `{name}` has columns of other types: {error}") from error
    write_file(new, found or folder / f"{name}.parquet")


def write_duckdb(table: pa.Table, path: Path, name: str, as_of: int | None) -> None:
    """Put rows into a table of a DuckDB database, in place of those of the same `as_of`, in one transaction.

    Args:
        table: the rows.
        path: the database, made where there is none.
        name: the table, such as `scores.churn`, made where there is none.
        as_of: microseconds since the epoch; None where nothing has a time.

    Raises:
        StepError: `MLC971` where the table has other columns.
        InfrastructureError: the database cannot be opened, such as while another process writes it.
    """
    import duckdb

    new = _dated(table, as_of)
    target = dotted(name)
    try:
        with duckdb.connect(str(path), config={"threads": 1}) as session:
            session.register("new rows", new)
            session.begin()
            if schema := target.rpartition(".")[0]:
                session.execute(f"create schema if not exists {schema}")
            session.execute(f'create table if not exists {target} as from "new rows" limit 0')
            _refuse_other(name, session.table(target).columns, new.schema.names)
            session.execute(
                f"delete from {target} where {AS_OF} is not distinct from make_timestamptz($as_of)", {"as_of": as_of}
            )
            session.execute(f'insert into {target} by name from "new rows"')
            session.commit()
    except duckdb.IOException as error:
        raise InfrastructureError("MLC913", f"cannot open the database of table `{name}`: {error}") from error
    except duckdb.Error as error:
        raise StepError("MLC971", f"table `{name}` does not take the predictions: {error}") from error


def _dated(table: pa.Table, as_of: int | None) -> pa.Table:
    moments = pa.repeat(_moment(as_of), table.num_rows)
    return table.add_column(0, pa.field(AS_OF, INSTANT), moments).replace_schema_metadata(None)


def _moment(as_of: int | None) -> pa.Scalar:
    return pa.scalar(as_of, pa.int64()).cast(INSTANT)


def _refuse_other(name: str, there: Sequence[str], new: Sequence[str]) -> None:
    if sorted(there) != sorted(new):
        raise StepError(
            "MLC971",
            f"table `{name}` has the columns {', '.join(there)}; the predictions have {', '.join(new)}",
            "Write to a new table, or alter this one.",
        )


def _parquet(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, path)


def _csv(table: pa.Table, path: Path) -> None:
    from pyarrow import csv

    csv.write_csv(table, path)


_WRITERS: Mapping[str, Callable[[pa.Table, Path], None]] = {".parquet": _parquet, ".csv": _csv}
