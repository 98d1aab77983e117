from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from mlc_runtime.context import Context
from mlc_runtime.store.memory import MemoryStore


@pytest.fixture(scope="session")
def new_store() -> type[MemoryStore]:
    """Makes empty stores."""
    return MemoryStore


@pytest.fixture
def store(new_store: type[MemoryStore]) -> MemoryStore:
    return new_store()


@pytest.fixture
def log() -> list[str]:
    """The lines that the task logged."""
    return []


@pytest.fixture
def context(tmp_path: Path, store: MemoryStore, log: list[str]) -> Context:
    return Context(
        parameters={"as_of": None, "cost": 12.5},
        timezone="UTC",
        seed=0,
        root=tmp_path,
        workdir=tmp_path,
        store=store,
        run="r1",
        log=log.append,
        keys={"model": "k1"},
    )


@pytest.fixture
def user_code(context: Context) -> Iterator[Callable[[str, str], None]]:
    """Writes a module of user code, forgotten afterwards."""
    path, modules = list(sys.path), set(sys.modules)

    def write(name: str, source: str) -> None:
        (context.root / f"{name}.py").write_text(source)

    yield write
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if (context.root / f"{name}.py").exists():
            del sys.modules[name]


@pytest.fixture
def examples() -> Callable[..., pa.Table]:
    """Makes rows of two numbers and a text that say something about their label."""

    def make(n: int = 80, *, task: str = "binary", seed: int = 1, start: int = 0) -> pa.Table:
        random = np.random.default_rng(seed)
        x, y = random.normal(size=n), random.normal(size=n)
        place = np.array(["EWR", "JFK", "LGA"])[random.integers(0, 3, n)]
        signal = x - y + (place == "JFK") + random.normal(scale=0.5, size=n)
        labels: dict[str, Any] = {
            "binary": signal > 0,
            "classes": np.array(["high", "low", "middle"])[np.digitize(signal, [-0.5, 0.5])],
            "number": signal,
        }
        return pa.table(
            {
                "$row": np.arange(start, start + n),
                "$label": labels[task],
                "a.x": x,
                "a.y": y,
                "b.place": place,
            }
        )

    return make
