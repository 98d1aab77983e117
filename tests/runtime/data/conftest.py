from __future__ import annotations

import sys
from datetime import UTC, datetime

import pytest

from mlc_runtime.context import Context
from mlc_runtime.store.store import Store


class NoStore(Store):
    """A store that these operations must not touch."""


@pytest.fixture
def lines():
    return []


@pytest.fixture
def make_context(tmp_path, lines):
    def make(timezone="UTC", connections=None, as_of=None, seed=0, **parameters):
        return Context(
            parameters={"as_of": as_of, **parameters},
            timezone=timezone,
            seed=seed,
            root=tmp_path,
            workdir=tmp_path / "work",
            store=NoStore(),
            run="run",
            environment={"connections": connections or {}},
            log=lines.append,
        )

    return make


@pytest.fixture
def context(make_context):
    return make_context()


@pytest.fixture
def user_module(tmp_path, monkeypatch):
    """Write a module of user code; the answer is its name, which no other test has."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    def write(text):
        name = f"user_{tmp_path.name}_{len(list(tmp_path.glob('user_*')))}"
        (tmp_path / f"{name}.py").write_text(f"import numpy as np\nimport pandas as pd\n\n\n{text}\n")
        return name

    return write


@pytest.fixture
def micros():
    def of(text: str) -> int:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1_000_000)

    return of
