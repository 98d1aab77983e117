"""What an engine tells a run, and the files of a run that lie in a store."""

import json
from pathlib import Path
from typing import Any

import pytest

from mlc_runtime import layout
from mlc_runtime.errors import InvalidInputError
from mlc_runtime.given import Given, read_given
from mlc_runtime.store import read_address
from mlc_runtime.store.memory import MemoryStore


def said(data: Any) -> Given:
    store = MemoryStore()
    store.put(layout.given("r"), json.dumps(data).encode())
    return read_given(store, "r")


def test_nothing_is_said() -> None:
    assert read_given(MemoryStore(), "r") == said({}) == said({"Comment": "Insert your JSON here"}) == Given()


def test_values_are_texts_as_on_a_command_line() -> None:
    found = said({"as_of": "2026-01-02", "parameters": {"a": "x", "b": 1, "c": 0.5, "d": True}})
    assert found == Given("2026-01-02", {"a": "x", "b": "1", "c": "0.5", "d": "true"})


@pytest.mark.parametrize(
    "data", [[], "x", {"asof": "2026-01-02"}, {"parameters": [1]}, {"parameters": {"a": [1]}}, {"as_of": 3}]
)
def test_anything_else_is_refused(data: Any) -> None:
    with pytest.raises(InvalidInputError) as found:
        said(data)
    assert found.value.code == "MLC965"


def test_a_file_has_an_address_in_a_store(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(b"plan")
    assert read_address(str(tmp_path / "plan.json")) == b"plan"
    assert read_address(f"file://{tmp_path}/plan.json") == b"plan"
    for address in (str(tmp_path / "none"), f"file://{tmp_path}/none"):
        with pytest.raises(FileNotFoundError, match="No such file"):
            read_address(address)
