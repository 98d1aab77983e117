"""Read a source from outside: its declared columns in their declared types, as they were known by `as_of`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from mlc_runtime.context import Context
from mlc_runtime.data import known
from mlc_runtime.data.conform import Conformed, conform
from mlc_runtime.data.connections import read_connection
from mlc_runtime.data.formats import list_files, read_files
from mlc_runtime.data.source import finish
from mlc_runtime.narrow import kept


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Read a file, a folder of files, or a table of a connection.

    Args:
        inputs: none, or `path`: a file that a step made.
        params: `columns` [{`name`, `type`}], and of them `want`, by default all; `locate`: {`path` below the project's
            folder, or `files`: a prefix of paths there, or `connection` and one of `table`, `query`, `files`}; `key`;
            `row_known`, `known`, `as_of` as in `known_by`; `bounds`: rows that do not meet them may be left out, see
            `mlc_runtime.plan.Where`.
        context: the task's surroundings; timestamps stored without a zone are read in its zone.

    Returns:
        `table`, in the order of its key, else of the file; `report`: rows read, rows and cells not yet known, local
        times that occur twice or never.

    Raises:
        StepError: `MLC910` to `MLC914`: nothing to read, a missing column, a value of another type, a connection that
            cannot be read here; `MLC920`: a known time that cannot be computed.
    """
    return finish(_whole(inputs, params, context), params, context)


def latest_known(params: Mapping[str, Any], context: Context) -> int | None:
    """The latest known time in what `read` would read, in microseconds since the epoch: the default of `as_of`."""
    return known.latest_known(_whole({}, params, context).table, params, context)


def _whole(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Conformed:
    names = set(kept([column["name"] for column in params["columns"]], params.get("want")))
    declared = [column for column in params["columns"] if column["name"] in names]
    columns = {column["name"]: column["type"] for column in declared}
    return Conformed.joined(
        [conform(raw, declared, context.timezone, origin) for origin, raw in _parts(inputs, params, columns, context)]
    )


def _parts(
    inputs: Mapping[str, Any], params: Mapping[str, Any], columns: Mapping[str, str], context: Context
) -> Iterator[tuple[str, pa.Table]]:
    locate, bounds = params["locate"], params.get("bounds", ())
    if "path" in inputs:
        return read_files(inputs["path"], locate["path"], columns, bounds)
    if locate.get("connection"):
        return read_connection(locate, columns, context)
    if locate.get("files"):
        return list_files(context.root / locate["files"], locate["files"], columns)
    return read_files(context.root / locate["path"], locate["path"], columns, bounds)
