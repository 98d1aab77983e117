"""Digests of what came out: of a value's content, whatever the bytes of the file that holds it.

Tables are equal by schema and by the content of their columns in order: chunking, dictionary encoding, the width of
offsets and what lies in the slots of nulls make no difference. JSON is equal by its canonical spelling. A model has no
content that can be compared, since pickles differ between equal models, so its bytes stand for it. A file is its bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mlc_runtime.keys import canonical

if TYPE_CHECKING:
    import pyarrow as pa

_SIZE = 20


def table_digest(table: pa.Table) -> str:
    """The digest of a table's columns, their names and types, in order."""
    import pyarrow as pa

    state = hashlib.blake2b(digest_size=_SIZE)
    state.update(canonical(["table", table.num_rows]))
    for name, column in zip(table.column_names, table.columns, strict=True):
        plain = pa.chunked_array([_plain(chunk) for chunk in column.chunks], _plain_type(column.type))
        state.update(canonical([name, str(plain.type)]))
        for part in _column(plain.chunks):
            state.update(part)
    return state.hexdigest()


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal: what other tools print for the same file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _plain_type(type_: pa.DataType) -> pa.DataType:
    """The type that stands for its encodings."""
    import pyarrow as pa

    if pa.types.is_dictionary(type_):
        return _plain_type(type_.value_type)
    if pa.types.is_large_string(type_) or pa.types.is_string_view(type_):
        return pa.string()
    if pa.types.is_large_binary(type_) or pa.types.is_binary_view(type_):
        return pa.binary()
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return pa.list_(_plain_type(type_.value_type))
    if pa.types.is_struct(type_):
        return pa.struct([(field.name, _plain_type(field.type)) for field in type_])
    return type_


def _plain(array: pa.Array) -> pa.Array:
    type_ = _plain_type(array.type)
    return array if array.type == type_ else array.cast(type_)


def _column(chunks: list[pa.Array]) -> Iterator[bytes | memoryview]:
    """The bytes of a column: where nulls are, then the values that are none, without their places."""
    import pyarrow as pa

    yield b"".join(_bytes(chunk.is_valid().cast(pa.uint8()), 1) for chunk in chunks)
    dense = [chunk.drop_null() for chunk in chunks]
    if not dense:
        return
    type_ = dense[0].type
    if pa.types.is_struct(type_):
        for i in range(type_.num_fields):
            yield from _column([chunk.flatten()[i] for chunk in dense])
    elif pa.types.is_list(type_):
        yield from _lengths(dense)
        yield from _column([chunk.flatten() for chunk in dense])
    elif pa.types.is_string(type_) or pa.types.is_binary(type_):
        yield from _lengths(dense)
        yield from (_text(chunk) for chunk in dense)
    elif pa.types.is_boolean(type_):
        yield from (_bytes(chunk.cast(pa.uint8()), 1) for chunk in dense)
    elif pa.types.is_floating(type_):
        yield from (_floats(chunk) for chunk in dense)
    elif not pa.types.is_null(type_):
        yield from (_bytes(chunk, type_.byte_width) for chunk in dense)


def _lengths(chunks: list[pa.Array]) -> Iterator[memoryview]:
    import pyarrow as pa
    import pyarrow.compute as pc

    length = pc.list_value_length if pa.types.is_list(chunks[0].type) else pc.binary_length
    yield from (_bytes(length(chunk).cast(pa.int64()), 8) for chunk in chunks)


def _bytes(array: pa.Array, width: int) -> memoryview:
    """The values of an array of fixed width without nulls."""
    data = array.buffers()[1]
    return memoryview(data)[array.offset * width : (array.offset + len(array)) * width] if data else memoryview(b"")


def _text(array: pa.Array) -> memoryview:
    """The characters of an array of text without nulls."""
    _, offsets, data = array.buffers()
    if not len(array) or data is None:
        return memoryview(b"")
    ends = memoryview(offsets).cast("i")
    return memoryview(data)[ends[array.offset] : ends[array.offset + len(array)]]


def _floats(array: pa.Array) -> bytes:
    """The values with one NaN for all: which one it is says nothing."""
    import numpy as np

    values = array.to_numpy(zero_copy_only=False)
    missing = np.isnan(values)
    if missing.any():
        values = np.where(missing, np.array(np.nan, values.dtype), values)
    return bytes(values.tobytes())
