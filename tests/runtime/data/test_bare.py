"""Expressions that are columns, and those that only look like one; keys that are numbered without a statement."""

import doctest
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_runtime.data import bare
from mlc_runtime.data.bare import bare_column
from mlc_runtime.pit import lookup
from mlc_runtime.pit.keys import numbered_keys
from mlc_runtime.sql import open_session

TABLE = pa.table({"a0": [1, 2], 'b"c': [3, 4], "null": [5, 6], "x.y": [7.0, None]})


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("a0", [1, 2]),
        ('"a0"', [1, 2]),
        (' ( ("a0") ) ', [1, 2]),
        ('"b""c"', [3, 4]),
        ('("x.y")', [7.0, None]),
        ("a0 + a0", None),
        ('("a0") + ("a0")', None),
        ("missing", None),
        ("'a0'", None),
        ("null", None),
        ("$a0", None),
        ("1", None),
    ],
)
def test_only_a_column_is_one(sql: str, values: list[Any] | None) -> None:
    found = bare_column(sql, TABLE)
    assert (None if found is None else found.to_pylist()) == values


def test_another_type_is_none() -> None:
    assert bare_column("a0", TABLE, pa.float64()) is None
    assert bare_column("a0", TABLE, pa.int64()) is not None
    assert doctest.testmod(bare).failed == 0


KEYS = {
    "int": (pa.int64(), st.integers(0, 3)),
    "text": (pa.string(), st.sampled_from(["", "a", "A", "ä"])),
    "bool": (pa.bool_(), st.booleans()),
}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_keys_are_numbered_as_by_a_join(data: st.DataObject) -> None:
    """The same examples are together, and the same source rows with them, as where DuckDB joins."""
    kinds = data.draw(st.lists(st.sampled_from(list(KEYS)), min_size=1, max_size=3))

    def column(name: str, size: int) -> pa.ChunkedArray:
        kind, values = KEYS[name]
        return pa.chunked_array([pa.array(data.draw(st.lists(values | st.none(), min_size=size, max_size=size)), kind)])

    mine = [column(name, 5) for name in kinds]
    theirs = [column(name, 7) for name in kinds]
    rows, source = (pa.table({f"k{n}": each for n, each in enumerate(columns)}) for columns in (mine, theirs))
    found = numbered_keys(list(zip(mine, theirs, strict=True)))
    with open_session({}, "UTC") as session, pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "_exact", lambda _: False)
        joined = lookup._groups(rows, source, [[name, name] for name in rows.column_names], session)
    for ours, known in zip(found, joined, strict=True):
        assert ((ours == -1) == (known == -1)).all()
    numbers = {(a, b) for a, b in zip(np.concatenate(found).tolist(), np.concatenate(joined).tolist(), strict=True)}
    assert len(numbers) == len({a for a, _ in numbers}) == len({b for _, b in numbers})
    asked = set(found[0].tolist()) - {-1}
    assert asked == set(range(len(asked)))
