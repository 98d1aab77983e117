"""Read files as they are stored: Parquet, CSV, JSON, Arrow, or the names of files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mlc_runtime.errors import StepError

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

ENDINGS = {
    "parquet": (".parquet", ".pq"),
    "csv": (".csv",),
    "json": (".json", ".jsonl", ".ndjson"),
    "arrow": (".arrow", ".feather"),
}
"""The file endings of each format."""
_KINDS = {ending: kind for kind, endings in ENDINGS.items() for ending in endings}
_KNOWN = ", ".join(_KINDS)
_BLOCK = 1 << 20
_BLOCK_AT_MOST = (1 << 31) - 1
_START = "Paths start at the spec's folder."

_NO_VALUE = pa.array(["NA", "N/A", "NULL", "null", "NaN", "nan"])
_TEXT = "string"
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


Bounds = Sequence[Sequence[tuple[str, str, Any]]]
"""What the wanted rows meet; see `mlc_runtime.plan.Where`."""


def read_files(
    path: Path, shown: str, columns: Mapping[str, str], bounds: Bounds = ()
) -> Iterator[tuple[str, pa.Table]]:
    """Read one file, or every file with a known ending below a folder, in the order of their names.

    Args:
        path: the file or folder.
        shown: the path as the spec has it, for messages.
        columns: the declared type of each column that is wanted.
        bounds: rows that do not meet them may be left out.

    Yields:
        What to call the part in messages, and its table: the wanted columns, as they are stored.

    Raises:
        StepError: `MLC910` where there is nothing to read, or not in a known format.
    """
    for file in _files(path, shown):
        name = shown if file == path else f"{shown.rstrip('/')}/{file.relative_to(path).as_posix()}"
        kind = _KINDS[file.suffix]
        try:
            table = _parquet(file, columns, bounds) if kind == "parquet" else _READERS[kind](file, columns)
        except (pa.ArrowException, ValueError, OSError, RecursionError) as error:
            raise StepError("MLC910", f"cannot read `{name}` as {kind}: {error}", _help(file, str(error))) from error
        yield name, table


def list_files(prefix: Path, shown: str, columns: Mapping[str, str]) -> Iterator[tuple[str, pa.Table]]:
    """The files below a folder, or those whose path starts with a prefix, ordered by name, as one table.

    Args:
        prefix: the folder or prefix.
        shown: the same as the spec has it.
        columns: declared types; the column of type `file` gets the paths, which begin as the spec's prefix does.

    Raises:
        StepError: `MLC910` where there are none.
    """
    folder, base = (prefix, Path(shown)) if prefix.is_dir() else (prefix.parent, Path(shown).parent)
    found = sorted(
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and file.as_posix().startswith(prefix.as_posix())
    )
    if not found:
        raise StepError("MLC910", f"there are no files at `{shown}`", _START)
    paths = [(base / name).as_posix() for name in found]
    yield shown, pa.table({name: paths for name, declared in columns.items() if declared == "file"})


def _files(path: Path, shown: str) -> list[Path]:
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if file.suffix in _KINDS)
        if not found:
            raise StepError("MLC910", f"there is no table in the folder `{shown}`", f"Files may end in {_KNOWN}.")
        return found
    if not path.is_file():
        pattern = "Patterns are not read: name the folder, all tables below it are read."
        raise StepError("MLC910", f"there is no file `{shown}`", pattern if "*" in shown else _near(path, shown))
    if path.suffix not in _KINDS:
        raise StepError("MLC910", f"the format of `{shown}` cannot be told", f"Files may end in {_KNOWN}.")
    return [path]


def _near(path: Path, shown: str) -> str:
    """What to do about a file that is not there."""
    there = sorted(file.name for file in path.parent.iterdir()) if path.parent.is_dir() else []
    near = get_close_matches(path.name, there, 1)
    return f"Did you mean `{(Path(shown).parent / near[0]).as_posix()}`? {_START}" if near else _START


def _help(file: Path, complaint: str) -> str:
    """What to do about a file that cannot be read, where that is known."""
    with file.open("rb") as stream:
        start = stream.read(2)
    if start in (b"\xff\xfe", b"\xfe\xff"):
        return "The file is in UTF-16: save it in UTF-8."
    if "UTF8" in complaint or "utf-8" in complaint:
        return "The file is in another encoding, perhaps Latin-1: save it in UTF-8."
    if not start:
        return "The file is empty."
    return ""


def _parquet(file: Path, columns: Mapping[str, str], bounds: Bounds) -> pa.Table:
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as parquet:
        names = wanted(parquet.schema_arrow.names, columns)
        return parquet.read_row_groups(_row_groups(file, parquet, bounds), columns=names)


def _row_groups(file: Path, parquet: ParquetFile, bounds: Bounds) -> list[int]:
    """The row groups that may hold wanted rows, by the least and greatest values that the file states of each."""
    every = list(range(parquet.num_row_groups))
    comparable = {"string": str, "large_string": str, "bool": bool} | dict.fromkeys(_INTEGERS, int)
    stored = {field.name: comparable.get(str(field.type)) for field in parquet.schema_arrow}
    if not bounds or any(stored.get(name) is not type(value) for each in bounds for name, _, value in each):
        return every
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq
    from pyarrow.fs import LocalFileSystem

    condition = pq.filters_to_expression([list(each) for each in bounds])
    whole = ds.ParquetFileFormat().make_fragment(str(file), LocalFileSystem())
    part = whole.subset(condition, schema=parquet.schema_arrow)
    return [group.id for group in part.row_groups]


def _arrow(file: Path, columns: Mapping[str, str]) -> pa.Table:
    with pa.memory_map(str(file)) as source, pa.ipc.open_file(source) as reader:
        return reader.read_all().select(wanted(reader.schema.names, columns))


def _csv(file: Path, columns: Mapping[str, str]) -> pa.Table:
    """Everything is text at first; an empty cell is null, and so is `NA` and its like where no text is declared."""
    try:
        table = _parsed(file, columns, _BLOCK)
    except pa.ArrowInvalid as error:
        if "straddl" not in str(error):
            raise
        # A row longer than a block: the whole file as one, which takes its size in memory.
        table = _parsed(file, columns, min(file.stat().st_size, _BLOCK_AT_MOST))
    values = [
        _values(column, columns.get(name, _TEXT))
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    return pa.Table.from_arrays(values, names=table.column_names)


def _parsed(file: Path, columns: Mapping[str, str], block: int) -> pa.Table:
    """The wanted columns of a CSV file as text, parsed so many bytes at once."""
    from pyarrow import csv

    parse = csv.ParseOptions(newlines_in_values=True)
    read = csv.ReadOptions(block_size=block)
    with csv.open_csv(file, read_options=read, parse_options=parse) as reader:
        names = wanted(reader.schema.names, columns)
    return csv.read_csv(
        file,
        read_options=read,
        parse_options=parse,
        convert_options=csv.ConvertOptions(
            include_columns=names,
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _values(text: pa.ChunkedArray, declared: str) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    if declared in (_TEXT, "file"):
        return text
    return pc.if_else(pc.is_in(text, _NO_VALUE), pa.scalar(None, pa.string()), text)


def _json(file: Path, columns: Mapping[str, str]) -> pa.Table:
    """One list of objects, or one object a line."""
    text = file.read_text("utf-8-sig")
    records = json.loads(text) if text.lstrip().startswith("[") else [json.loads(line) for line in _lines(text)]
    for row, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise ValueError(f"row {row} is no object")
    names = wanted(list(dict.fromkeys(name for record in records for name in record)) or list(columns), columns)
    return pa.table({name: _inferred(name, [record.get(name) for record in records]) for name in names})


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _inferred(name: str, values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise ValueError(f"the values of `{name}` are not of one type: {error}") from error


def wanted(there: Sequence[str], columns: Mapping[str, str]) -> list[str]:
    """The columns to read of those that are there; where one is missing, all, for the message that says so."""
    if any(name not in there for name in columns):
        return list(there)
    return [name for name in there if name in columns]


_READERS: Mapping[str, Callable[[Path, Mapping[str, str]], pa.Table]] = {
    "csv": _csv,
    "json": _json,
    "arrow": _arrow,
}
