from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

OK = Path(__file__).parent / "ok"


@dataclass(frozen=True)
class Data:
    """A document whose text does not matter."""

    data: Mapping[str, Any] | None
    file: str = "pipeline.yaml"


class _Core(yaml.SafeLoader):
    """YAML without dates, as the documents of the language are read."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@cache
def read(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    data = tomllib.loads(text) if path.suffix == ".toml" else yaml.load(text, Loader=_Core)
    return _plain(data)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


@pytest.fixture(scope="session")
def document() -> type[Data]:
    return Data


@pytest.fixture(params=sorted(OK.glob("*.*")), ids=lambda path: path.name)
def ok_file(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(scope="session")
def read_file() -> Any:
    return read
