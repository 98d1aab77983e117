"""A DuckDB session that evaluates the spec's expressions: in memory, one thread, files and network shut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mlc_runtime.errors import StepError

if TYPE_CHECKING:
    import duckdb

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def quoted(name: str) -> str:
    """A name as an SQL identifier.

    >>> quoted('plane.model')
    '"plane.model"'
    """
    return '"' + name.replace('"', '""') + '"'


class Session:
    """Runs SELECTs over Arrow tables that were registered under a name.

    `$name` in a statement is bound from the run's parameters; `as_of`, in microseconds since the epoch, is bound
    as an instant.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, parameters: Mapping[str, Any]) -> None:
        self._connection = connection
        self._names: set[str] = set()
        self._parameters = {
            name: _EPOCH + timedelta(microseconds=value) if name == "as_of" and value is not None else value
            for name, value in parameters.items()
        }

    def register(self, name: str, table: Any) -> None:
        """Makes an Arrow table readable as `name`; a table that had the name before is forgotten."""
        self._connection.register(name, table)
        self._names.add(name)

    def forget(self) -> None:
        """Makes no table readable any more."""
        for name in self._names:
            self._connection.unregister(name)
        self._names.clear()

    def query(self, sql: str) -> Any:
        """The result of one SELECT, as an Arrow table.

        Rows keep the order of the registered table where the statement only computes and filters.

        Raises:
            StepError: the data does not allow the expression (a cast that fails, an overflow).
        """
        import duckdb

        try:
            (statement,) = self._connection.extract_statements(sql)
            bound = {name: self._parameters[name] for name in sorted(statement.named_parameters)}
            return self._connection.sql(sql, params=bound).to_arrow_table()
        except duckdb.Error as error:
            raise StepError("MLC920", f"an expression failed on the data: {str(error).splitlines()[0]}") from error


@contextmanager
def open_session(parameters: Mapping[str, Any], timezone: str) -> Iterator[Session]:
    """A session whose local times are those of `timezone` (an IANA name) and that reaches nothing outside.

    Its connection is closed behind it, unless `keeping` keeps it for the next one.
    """
    kept = _KEPT.get()
    connection = (None if kept is None else kept.pop(timezone, None)) or _connect(timezone)
    with ExitStack() as closing:
        closing.callback(connection.close)
        session = Session(connection, parameters)
        yield session
        if kept is not None:
            session.forget()
            kept[timezone] = connection
            closing.pop_all()


@contextmanager
def keeping(connections: dict[str, duckdb.DuckDBPyConnection]) -> Iterator[None]:
    """Sessions opened within use these connections, by time zone, one after the other: opening one takes long.

    Args:
        connections: filled as they are opened; whoever gives them closes them.
    """
    token = _KEPT.set(connections)
    try:
        yield
    finally:
        _KEPT.reset(token)


_KEPT: ContextVar[dict[str, duckdb.DuckDBPyConnection] | None] = ContextVar("kept", default=None)


def _connect(timezone: str) -> duckdb.DuckDBPyConnection:
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": "",
    }
    connection = duckdb.connect(":memory:", config=config)
    connection.execute(f"SET TimeZone = '{timezone.replace(chr(39), chr(39) * 2)}'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection
