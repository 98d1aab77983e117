"""Values of ports and their bytes: tables as Arrow files, models as pickles, JSON, files as they are.

What a store holds is trusted as far as its writers are. A pickle is code: loading one runs it. So a model is loaded
only from the run's own store, only through the record of the task that made it (a record of another key is no record),
and only when its bytes have the digest that the record states; nothing that came from elsewhere is ever unpickled.
"""

from __future__ import annotations

import io
import json
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlc_runtime import layout
from mlc_runtime.content import file_digest, table_digest
from mlc_runtime.errors import StepError
from mlc_runtime.keys import canonical, digest_bytes
from mlc_runtime.store.store import Store

INLINE = 4096
"""JSON of at most so many bytes stands in the record itself."""


class LostError(Exception):
    """An object is not there, or its bytes are not those that the record states."""


@dataclass(frozen=True)
class Output:
    """One value that a task made.

    Attributes:
        kind: `table`, `model`, `file` or `json`.
        content: the digest of its content.
        size: bytes.
        sum: the digest of the bytes of its blob; None where the value stands in `inline`.
        suffix: the suffix of a file's name.
        inline: a small JSON value.
    """

    kind: str
    content: str
    size: int
    sum: str | None = None
    suffix: str = ""
    inline: Any = None


def kind_of(type_: str) -> str:
    """How values of a port's type are kept.

    >>> kind_of("table"), kind_of("model?"), kind_of("scores")
    ('table', 'model', 'json')
    """
    base = type_.rstrip("?").partition("<")[0]
    return base if base in ("table", "model", "file") else "json"


def encode(type_: str, value: Any, store: Store | None, port: str = "") -> Output:
    """Write a value's blob and describe it.

    Args:
        type_: the port's type.
        value: a pyarrow Table, a model, a path of a file, or JSON.
        store: where the blob goes; None to describe the value only.
        port: the port's name, for messages.

    Raises:
        StepError: `MLC956`, a value that does not fit the port.
        InfrastructureError: the store cannot be written.
    """
    match kind_of(type_):
        case "table":
            return _table(value, store, port)
        case "model":
            return _model(value, store, port)
        case "file":
            return _file(value, store, port)
    return _json(value, store, port)


def decode(output: Output, store: Store) -> Any:
    """Read a value back, checking its bytes.

    Raises:
        LostError: the blob is not there or is damaged.
        InfrastructureError: the store cannot be read.
    """
    if output.sum is None:
        return output.inline
    path = store.path(layout.blob(output.sum, output.suffix))
    if path is None:
        raise LostError(output.sum)
    match output.kind:
        case "table":
            return _read_table(path, output.sum)
        case "file":
            if file_digest(path) != output.sum:
                raise LostError(output.sum)
            return path
    data = path.read_bytes()
    if digest_bytes(data) != output.sum:
        raise LostError(output.sum)
    return pickle.loads(data) if output.kind == "model" else json.loads(data)


def _table(value: Any, store: Store | None, port: str) -> Output:
    import pyarrow as pa

    if not isinstance(value, pa.Table):
        raise _misfit(port, "an Arrow table", value)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, value.schema) as writer:
        writer.write_table(value)
    data = memoryview(sink.getvalue())
    return _kept("table", data, store, table_digest(value))


def _read_table(path: Path, expected: str) -> Any:
    import pyarrow as pa

    with pa.memory_map(str(path)) as source:
        data = source.read_buffer()
        if digest_bytes(memoryview(data)) != expected:
            raise LostError(expected)
        return pa.ipc.open_file(pa.BufferReader(data)).read_all()


def _model(value: Any, store: Store | None, port: str) -> Output:
    buffer = io.BytesIO()
    try:
        pickle.dump(value, buffer, protocol=5)
    except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as error:
        raise StepError(
            "MLC957",
            f"the model of `{port}` cannot be pickled: {error}",
            "Define its class at the top of a module, and keep locks, files and lambdas out of its attributes.",
        ) from error
    return _kept("model", buffer.getbuffer(), store)


def _file(value: Any, store: Store | None, port: str) -> Output:
    path = Path(value) if isinstance(value, str | Path) else None
    if path is None or not path.is_file():
        raise _misfit(port, "the path of a file", value)
    content = file_digest(path)
    suffix = "".join(path.suffixes)
    if store is not None and not store.has(layout.blob(content, suffix)):
        store.put_file(layout.blob(content, suffix), path)
    return Output("file", content, path.stat().st_size, content, suffix)


def _json(value: Any, store: Store | None, port: str) -> Output:
    try:
        data = canonical(value)
    except TypeError as error:
        raise _misfit(port, f"JSON ({error})", value) from error
    if len(data) <= INLINE:
        return Output("json", digest_bytes(data), len(data), inline=json.loads(data))
    return _kept("json", memoryview(data), store)


def _kept(kind: str, data: memoryview, store: Store | None, content: str | None = None) -> Output:
    """Write a blob and describe it; without a digest of its content, its bytes are what counts."""
    name = digest_bytes(data)
    if store is not None:
        store.put(layout.blob(name), data)
    return Output(kind, content or name, data.nbytes, name)


def _misfit(port: str, wanted: str, value: Any) -> StepError:
    return StepError("MLC956", f"`{port}` is {type(value).__name__}, not {wanted}")
