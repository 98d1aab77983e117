"""What a task costs that does nothing, two workers, beside peers: the time of more tasks less that of few, for each.

Metaflow starts a process a task, so a few of them are run, and the rest is extrapolated.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks import peer, tasks
from tests.benchmarks.row import Row, in_text, interleaved, ratios

ROUNDS = 3
FEW = 100
MANY = {"mlc": 10_000, "pool": 10_000, "joblib": 5_000, "luigi": 1_000, "metaflow": 12}
FIRST = {"metaflow": 2}


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """The rows of running."""
    taken = interleaved({name: _per_task(name, run) for name, run in _RUN.items()}, rounds)
    ours = f"{_middle(taken['mlc']):.3f} ms a task"
    yield Row("overhead of a durable task", ours, aim="<= 0.5 ms")
    for name, aim in (("pool", "<= 4"), ("joblib", ""), ("luigi", "<= 0.067"), ("metaflow", "")):
        told = f"joblib {peer.VERSIONS['joblib']}, batches of 1" if name == "joblib" else _TOLD.get(name, name)
        note = f", of {MANY[name]} tasks" if name == "metaflow" else ""
        beside = f"{told}, {_middle(taken[name]):.3f} ms{note}"
        yield Row("overhead of a durable task", ours, beside, ratios(taken["mlc"], taken[name]), aim)


def main() -> None:
    """Print the rows."""
    print(in_text(rows()))


_TOLD = {"pool": "ProcessPoolExecutor, keeps nothing"} | {
    name: f"{name} {peer.VERSIONS[name]}" for name in ("luigi", "metaflow")
}


def _per_task(name: str, run: Callable[[int], float]) -> Callable[[], float]:
    few, many = FIRST.get(name, FEW), MANY[name]
    return lambda: (run(many) - run(few)) / (many - few) * 1000


def _mlc(number: int) -> float:
    return tasks.measured(number)[0]


def _pool(number: int) -> float:
    return _printed([sys.executable, peer.script("pool_tasks.py"), "pool", str(number)])


def _joblib(number: int) -> float:
    return _printed([peer.python("joblib"), peer.script("pool_tasks.py"), "joblib", str(number)])


def _luigi(number: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return _printed([peer.python("luigi"), peer.script("luigi_tasks.py"), folder, str(number)])


def _metaflow(number: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "USERNAME": "bench", "METAFLOW_DATASTORE_SYSROOT_LOCAL": folder}
        options = ["run", "--tasks", str(number), "--max-workers", "2"]
        start = time.perf_counter()
        subprocess.run(
            [peer.python("metaflow"), peer.script("metaflow_tasks.py"), *options],
            env=environment,
            cwd=folder,
            check=True,
            capture_output=True,
        )
        return time.perf_counter() - start


_RUN: dict[str, Callable[[int], float]] = {
    "mlc": _mlc,
    "pool": _pool,
    "joblib": _joblib,
    "luigi": _luigi,
    "metaflow": _metaflow,
}


def _printed(command: list[str]) -> float:
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(tempfile.gettempdir()))
    return float(done.stdout.split()[-1])


def _middle(taken: list[float]) -> float:
    return sorted(taken)[len(taken) // 2]


if __name__ == "__main__":
    main()
