import datetime as dt
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_runtime import layout
from mlc_runtime.content import file_digest, table_digest
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.values import LostError, decode, encode

COLUMNS: dict[str, pa.Array] = {
    "int": pa.array([1, None, 3, 4]),
    "float": pa.array([1.0, None, float("nan"), -0.0]),
    "bool": pa.array([True, None, False, True]),
    "text": pa.array(["a", None, "", "éé"]),
    "bytes": pa.array([b"a", None, b"", b"\x00"]),
    "date": pa.array([dt.date(2024, 1, 1), None, dt.date(1969, 1, 1), dt.date(2000, 2, 29)]),
    "time": pa.array([0, None, -1, 2], pa.timestamp("us", tz="UTC")),
    "decimal": pa.array([Decimal("1.50"), None, Decimal("-2.25"), Decimal("0.00")], pa.decimal128(10, 2)),
    "list": pa.array([[1, 2], None, [], [None]], pa.list_(pa.int64())),
    "texts": pa.array([["a"], None, [], ["b", None]], pa.list_(pa.string())),
    "struct": pa.array([{"x": 1, "y": "a"}, None, {"x": None, "y": "b"}, {"x": 3, "y": None}]),
    "null": pa.nulls(4),
}
WHOLE = pa.table(COLUMNS)


def test_chunks_slices_and_files_do_not_show() -> None:
    expected = table_digest(WHOLE)
    chunked = pa.concat_tables([WHOLE.slice(0, 1), WHOLE.slice(1, 0), WHOLE.slice(1, 3)])
    inner = pa.concat_tables([WHOLE, WHOLE]).combine_chunks().slice(4, 4)
    assert [table_digest(chunked), table_digest(inner)] == [expected, expected]
    store = MemoryStore()
    assert table_digest(decode(encode("table", chunked, store), store)) == expected


def test_encodings_do_not_show() -> None:
    text = COLUMNS["text"]
    forms = [text, text.dictionary_encode(), text.cast(pa.large_string()), text.cast(pa.string_view())]
    assert len({table_digest(pa.table({"a": form})) for form in forms}) == 1
    lists = [COLUMNS["texts"], COLUMNS["texts"].cast(pa.large_list(pa.large_string()))]
    assert len({table_digest(pa.table({"a": form})) for form in lists}) == 1


def test_what_lies_under_a_null_does_not_show() -> None:
    mask = pa.array([False, True, False]).buffers()[1]
    arrays = [
        pa.Array.from_buffers(
            pa.int64(), 3, [pa.array([True, False, True]).buffers()[1], pa.array([1, junk, 3]).buffers()[1]]
        )
        for junk in (7, 8)
    ]
    assert mask is not None
    assert arrays[0].equals(pa.array([1, None, 3]))
    assert len({table_digest(pa.table({"a": array})) for array in [*arrays, pa.array([1, None, 3])]}) == 1


def test_every_nan_is_one() -> None:
    import numpy as np

    other = np.array([0x7FF8000000000001], np.uint64).view(np.float64)
    assert table_digest(pa.table({"a": other})) == table_digest(pa.table({"a": [float("nan")]}))
    assert table_digest(pa.table({"a": [0.0]})) != table_digest(pa.table({"a": [-0.0]}))


@pytest.mark.parametrize("name", COLUMNS)
def test_each_type_s_values_show(name: str) -> None:
    column = COLUMNS[name]
    turned = column.take(pa.array([3, 2, 1, 0]))
    same = table_digest(pa.table({"a": turned})) == table_digest(pa.table({"a": column}))
    assert same == (name == "null")


def test_names_types_order_and_borders_show() -> None:
    tables: list[dict[str, Any]] = [
        {"a": [1], "b": [1]},
        {"b": [1], "a": [1]},
        {"a": [1]},
        {"a": [1.0]},
        {"a": ["1"]},
        {"a": [True]},
        {"a": pa.array([1], pa.int32())},
        {"a": ["ab", "c"]},
        {"a": ["a", "bc"]},
        {"a": [None, "abc"]},
        {"a": ["abc", None]},
        {"a": [[1], [2]]},
        {"a": [[1, 2], []]},
        {"a": pa.array([], pa.int64())},
        {},
    ]
    assert len({table_digest(pa.table(table)) for table in tables}) == len(tables)


@given(st.lists(st.none() | st.text(max_size=3), max_size=8), st.lists(st.integers(0, 8), max_size=3))
def test_any_chunking_gives_the_digest(values: list[str | None], cuts: list[int]) -> None:
    whole = pa.table({"a": pa.array(values, pa.string())})
    borders = [0, *sorted(min(c, len(values)) for c in cuts), len(values)]
    pieces = [whole.slice(a, b - a) for a, b in pairwise(borders)]
    assert table_digest(pa.concat_tables(pieces)) == table_digest(whole)


class Model:
    def __init__(self, weights: list[float]) -> None:
        self.weights = weights


@pytest.mark.parametrize(
    ("type_", "value"),
    [("value", {"a": [1, 2.5, None, "é"]}), ("scores", list(range(5000))), ("value", None), ("index", [{}])],
)
def test_json_comes_back(type_: str, value: Any) -> None:
    store = MemoryStore()
    output = encode(type_, value, store)
    assert decode(output, store) == value
    assert (output.sum is None) == (output.size <= 4096)


def test_models_tables_and_files_come_back(tmp_path: Path) -> None:
    store = MemoryStore()
    assert decode(encode("model", {"a": (1, 2)}, store), store) == {"a": (1, 2)}
    assert decode(encode("table", WHOLE.drop_columns(["float"]), store), store).equals(WHOLE.drop_columns(["float"]))
    file = tmp_path / "rows.csv"
    file.write_text("a\n1\n")
    path = decode(encode("file", file, store), store)
    assert (path.suffix, path.read_text()) == (".csv", "a\n1\n")
    assert encode("file", file, store).content == file_digest(file)


@pytest.mark.parametrize("type_", ["table", "model", "file", "value"])
@pytest.mark.parametrize("flip", [0, -1])
def test_bytes_that_are_not_those_recorded_are_never_loaded(type_: str, flip: int, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("text")
    value = {"table": WHOLE, "model": [1, 2], "file": tmp_path / "f", "value": "x" * 9999}[type_]
    store = MemoryStore()
    output = encode(type_, value, store)
    assert output.sum is not None
    name = layout.blob(output.sum, output.suffix)
    data = bytearray(store.get(name) or b"")
    data[flip] ^= 1
    store.put(name, bytes(data))
    with pytest.raises(LostError):
        decode(output, store)


def test_describing_a_value_writes_nothing() -> None:
    store = MemoryStore()
    assert encode("table", WHOLE, None) == encode("table", WHOLE, store)
    with pytest.raises(LostError):
        decode(encode("table", WHOLE.slice(1), None), store)
