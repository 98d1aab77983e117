from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mlc_compiler.source.read import read_file as read_document

OK = Path(__file__).parent / "ok"


@dataclass(frozen=True)
class Data:
    """A document whose text does not matter."""

    data: Mapping[str, Any] | None
    file: str = "pipeline.yaml"


@cache
def _read(name: str) -> dict[str, Any]:
    document = read_document(OK / name, name)
    assert document.problems == ()
    assert document.data is not None
    return document.data


@pytest.fixture(scope="session")
def document() -> type[Data]:
    return Data


@pytest.fixture(scope="session")
def read_ok() -> Callable[[str], dict[str, Any]]:
    """The data of a file of `ok`."""
    return _read


@pytest.fixture(params=sorted(path.name for path in OK.iterdir()))
def ok_file(request: pytest.FixtureRequest) -> str:
    """The name of each file of `ok`."""
    name: str = request.param
    return name
