"""Read through a connection of the environment: a folder of files or a DuckDB database stands in for a warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mlc_runtime.context import Context
from mlc_runtime.data.formats import ENDINGS, list_files, read_files, wanted
from mlc_runtime.errors import InfrastructureError, StepError
from mlc_runtime.sql import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SHUT: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": False, "threads": 1}


def read_connection(
    asked: Mapping[str, Any], columns: Mapping[str, str], context: Context
) -> Iterator[tuple[str, pa.Table]]:
    """Read a table, the result of a query, or the names of files from a connection.

    Args:
        asked: `connection`, its name, and `table`, `query` or `files`.
        columns: the declared type of each column that is wanted.
        context: its environment says what the connection is.

    Yields:
        What to call the part in messages, and its table.

    Raises:
        StepError: `MLC913` for a connection that is not there or that cannot be read here, `MLC910` for a table that
            is not there, `MLC914` for a query that fails.
    """
    settings = connection(asked["connection"], context)
    place = context.root / settings["path"]
    if settings["type"] == "duckdb":
        yield _shown(asked), _duckdb(place, asked, columns, context)
    elif asked.get("query"):
        yield _shown(asked), _folder_query(place, asked, columns, context)
    elif asked.get("files"):
        yield from list_files(place / asked["files"], f"{settings['path']}/{asked['files']}", columns)
    else:
        yield from _folder_table(place, asked, columns)


def ask(name: str, query: str, context: Context) -> list[list[str]]:
    """The rows of a query of a connection, as text: what tells whether a table changed.

    Raises:
        StepError: as `read_connection`.
    """
    settings, asked = connection(name, context), {"connection": name, "query": query}
    place = context.root / settings["path"]
    read = _duckdb if settings["type"] == "duckdb" else _folder_query
    return [[str(value) for value in row.values()] for row in read(place, asked, {}, context).to_pylist()]


def connection(name: str, context: Context) -> Mapping[str, Any]:
    """What the environment says about a connection that this reader can open.

    Raises:
        StepError: `MLC913`.
    """
    connections: Mapping[str, Mapping[str, Any]] = context.environment.get("connections", {})
    if name not in connections:
        raise StepError(
            "MLC913", f"the environment has no connection `{name}`", f"It has: {', '.join(connections) or 'none'}."
        )
    settings = connections[name]
    if settings["type"] not in ("folder", "duckdb"):
        raise StepError(
            "MLC913",
            f"connection `{name}` is of type `{settings['type']}`, which cannot be read on this machine",
            "This version reads `folder` and `duckdb` here: give it an environment in which they stand in for it.",
        )
    return settings


def table_file(folder: Path, table: str, kinds: tuple[str, ...] = tuple(ENDINGS)) -> Path | None:
    """The file that stands for a table in a folder.

    `public.weather` is `public/weather.parquet`, else `public.weather.parquet`, else `weather.parquet`; likewise with
    the endings of the other formats.
    """
    for stem in (table.replace(".", "/"), table, table.rpartition(".")[2]):
        for kind in kinds:
            for ending in ENDINGS[kind]:
                file = folder / f"{stem}{ending}"
                if file.is_file():
                    return file
    return None


def dotted(table: str) -> str:
    """A dotted name as SQL, each part quoted."""
    return ".".join(quoted(part) for part in table.split("."))


def _shown(asked: Mapping[str, Any]) -> str:
    return f"{asked['connection']}: {asked.get('table') or 'query'}"


def _folder_table(folder: Path, asked: Mapping[str, Any], columns: Mapping[str, str]) -> Iterator[tuple[str, pa.Table]]:
    found = table_file(folder, asked["table"])
    if found is None:
        raise StepError(
            "MLC910",
            f"the folder of connection `{asked['connection']}` has no file for table `{asked['table']}`",
            f"Put it there as `{asked['table'].replace('.', '/')}.parquet`.",
        )
    yield from read_files(found, _shown(asked), columns)


def _folder_query(folder: Path, asked: Mapping[str, Any], columns: Mapping[str, str], context: Context) -> pa.Table:
    """Run the query over the Parquet files that stand for the tables that it names."""
    import duckdb
    import pyarrow.parquet as pq

    with duckdb.connect(config=_SHUT) as session:
        try:
            for place, name in enumerate(sorted(session.get_table_names(asked["query"], qualified=True))):
                found = table_file(folder, name.replace('"', ""), ("parquet",))
                if found is None:
                    continue
                session.register(f"file {place}", pq.read_table(found))
                schema = name.rpartition(".")[0]
                if schema:
                    session.execute(f"create schema if not exists {schema}")
                session.execute(f'create view {name} as from "file {place}"')
            return _answer(session, asked, columns, context)
        except duckdb.Error as error:
            raise _failed(asked, error) from error


def _duckdb(path: Path, asked: Mapping[str, Any], columns: Mapping[str, str], context: Context) -> pa.Table:
    import duckdb

    if not path.is_file():
        raise StepError("MLC910", f"the database of connection `{asked['connection']}` is not there: `{path.name}`")
    try:
        with duckdb.connect(str(path), read_only=True, config=_SHUT) as session:
            return _answer(session, asked, columns, context)
    except duckdb.IOException as error:
        raise InfrastructureError("MLC913", f"cannot open connection `{asked['connection']}`: {error}") from error
    except duckdb.Error as error:
        raise _failed(asked, error) from error


def _answer(
    session: DuckDBPyConnection, asked: Mapping[str, Any], columns: Mapping[str, str], context: Context
) -> pa.Table:
    zone = context.timezone.replace("'", "''")
    session.execute(f"set TimeZone = '{zone}'")
    answer = session.sql(asked.get("query") or f"from {dotted(asked['table'])}")
    if answer is None:
        raise StepError(
            "MLC914", f"the query of connection `{asked['connection']}` gives no table", "It must be a SELECT."
        )
    names = wanted(answer.columns, columns) if columns else answer.columns
    return answer.project(", ".join(map(quoted, names))).to_arrow_table()


def _failed(asked: Mapping[str, Any], error: Exception) -> StepError:
    return StepError(
        "MLC914", f"connection `{asked['connection']}` refused to read `{asked.get('table') or 'query'}`: {error}"
    )
