"""Write predictions where they are wanted: a file, or a table of a connection."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlc_runtime import layout
from mlc_runtime.content import file_digest
from mlc_runtime.context import Context
from mlc_runtime.data.checked import refuse_failed
from mlc_runtime.data.connections import connection
from mlc_runtime.data.rows import ROW
from mlc_runtime.data.sinks import write_duckdb, write_file, write_folder
from mlc_runtime.errors import StepError
from mlc_runtime.keys import canonical, digest


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Write a table of predictions, unless a blocking check of its data failed.

    A file is replaced as a whole, but not where it holds predictions of a later time. In a table of a connection, which
    gets a first column `as_of`, the rows of the same `as_of` are replaced and all others stay; so writing twice is
    writing once, and a back-fill fills in.

    Args:
        inputs: `predictions`; any other input is a report of `check`.
        params: `locate`: {`path`: a Parquet or CSV file, or `connection`, `table`}; `as_of`, microseconds since the
            epoch.
        context: the task's surroundings.

    Returns:
        `written`: {`to`: the path or table, `rows`, and of a file its `digest`}.

    Raises:
        StepError: `MLC946` where a check failed; `MLC913` for a connection that cannot be written here; `MLC971` for a
            table with other columns, and for a file with predictions of a later time.
    """
    refuse_failed({name: value for name, value in inputs.items() if name != "predictions"})
    table = _named(inputs["predictions"])
    locate = params["locate"]
    written: dict[str, Any] = {"rows": table.num_rows}
    if locate.get("path"):
        to = locate["path"]
        written["digest"] = _replace(table, to, params["as_of"], context)
    else:
        to = f"{locate['connection']}: {locate['table']}"
        settings = connection(locate["connection"], context)
        put = write_folder if settings["type"] == "folder" else write_duckdb
        put(table, context.root / settings["path"], locate["table"], params["as_of"])
    context.log(f"{table.num_rows} predictions written to `{to}`")
    return {"written": {"to": to, **written}}


def _replace(table: pa.Table, path: str, as_of: int | None, context: Context) -> str:
    """Replace a file unless it is as a run of a later logical time left it; the new file's digest."""
    file: Path = context.root / path
    note = layout.delivery(digest(path))
    last = json.loads(context.store.get(note) or b"{}")
    later = as_of is not None and last.get("as_of") is not None and last["as_of"] > as_of
    if later and file.is_file() and file_digest(file) == last["digest"]:
        raise StepError(
            "MLC971",
            f"`{path}` holds predictions of a later time",
            "Write those of the past to another file, or to a table of a connection, which keeps the times apart."
            " To have them here all the same, remove the file.",
        )
    write_file(table, file)
    written = file_digest(file)
    context.store.put(note, canonical({"as_of": as_of, "digest": written}))
    return written


def stands(outputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> bool:
    """Whether the file is still as it was written; of a table that is not asked."""
    path = params["locate"].get("path")
    if path is None:
        return True
    file: Path = context.root / path
    return file.is_file() and file_digest(file) == outputs["written"]["digest"]


def _named(predictions: pa.Table) -> pa.Table:
    """Without the row's number, and with `$at` under a name that is easy to query, unless that is taken."""
    kept = predictions.drop_columns([ROW])
    taken = set(kept.column_names)
    plain = {name: name.removeprefix("$") for name in kept.column_names}
    return kept.rename_columns([name if plain[name] in taken else plain[name] for name in kept.column_names])
