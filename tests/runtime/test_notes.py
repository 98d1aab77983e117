"""The note of the task that a tile is at, and who is taken for dead."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from mlc_runtime import layout, notes
from mlc_runtime.plan import PlanStep, Policy
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.task import TaskRunner
from mlc_runtime.tile import TileResult, run_tile

NAME = layout.running("r1", "work", 0)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "EVERY", 0.05)


@dataclass
class AtWork:
    """What is done at a tile."""

    run: Callable[[], TileResult]
    store: MemoryStore
    go: threading.Event
    begun: threading.Semaphore
    results: list[TileResult] = field(default_factory=list)

    def start(self) -> threading.Thread:
        """Another process; once its task has begun."""
        thread = threading.Thread(target=lambda: self.results.append(self.run()))
        thread.start()
        assert self.begun.acquire(timeout=60)
        return thread


@pytest.fixture
def at_work(bench: Any, toys: Any, make_step: Callable[..., PlanStep]) -> AtWork:
    """Processes of one tile, as threads with a run each; its task takes until it is let go."""
    store, go, begun = MemoryStore(), threading.Event(), threading.Semaphore(0)

    def wait(inputs: Any, params: Any, context: Any) -> dict[str, Any]:
        begun.release()
        assert go.wait(60)
        return {"out": 1}

    toys.add("wait", wait)
    step = make_step("work", "wait", policy=Policy(retry=0), root=True)

    return AtWork(
        lambda: run_tile(TaskRunner(bench.open([step], store=store)), step, 0, lambda: False), store, go, begun
    )


def test_a_process_that_is_alive_is_not_taken_for_dead(at_work: AtWork) -> None:
    threads = [at_work.start() for _ in range(4)]
    at_work.go.set()
    for thread in threads:
        thread.join(60)
    assert [(result.done, result.failed) for result in at_work.results] == [(1, 0)] * 4
    assert at_work.store.get(NAME) == b"{}"


def test_one_that_is_dead_is(at_work: AtWork) -> None:
    at_work.store.put(NAME, json.dumps({"task": 0, "deaths": 2, "beats": 7}).encode())
    at_work.go.set()
    result = at_work.run()
    assert (result.done, result.failed, result.spoiled) == (0, 1, True)
    assert result.failures[0].kind == "killed"


def test_the_first_death_is_forgiven(at_work: AtWork) -> None:
    at_work.store.put(NAME, json.dumps({"task": 0, "deaths": 1, "beats": 7}).encode())
    at_work.go.set()
    assert at_work.run().done == 1


@pytest.mark.parametrize("torn", [b"", b"[", b"[]", b"1"])
def test_a_torn_note_is_none(torn: bytes) -> None:
    store = MemoryStore()
    store.put(NAME, torn)
    assert notes.Notes(store, NAME).suspect is None
