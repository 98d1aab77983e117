from __future__ import annotations

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
def micros():
    def of(text: str) -> int:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1_000_000)

    return of
