"""Compiling the countries with more and more tasks: the same time, the same memory."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks.compiling import COUNTRIES, ROUNDS, compiling, ms, seconds
from tests.benchmarks.row import Row, in_text, interleaved, ratios

GROWTH = {2_000: (5, 1), 20_000: (25, 2), 2_000_000: (100, 50)}
"""Fits of 200 countries with two preparations, and how many values two parameters of the grid have for that."""


def rows(target: str = "argo", rounds: int = ROUNDS) -> Iterator[Row]:
    """The rows of growth, each beside the fewest tasks.

    Args:
        target: what is compiled to.
        rounds: how often everything is measured.
    """
    text = (COUNTRIES / "pipeline.yaml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "functions.py").write_bytes((COUNTRIES / "functions.py").read_bytes())
        commands = {}
        for tasks, counts in GROWTH.items():
            spec = project / f"tasks{tasks}.yaml"
            spec.write_text(with_grid(text, *counts), encoding="utf-8")
            commands[f"{tasks:,} tasks"] = compiling(spec, target, project / str(tasks))
        taken = interleaved({name: partial(seconds, command) for name, command in commands.items()}, rounds)
        held = {name: _peak(command) for name, command in commands.items()}
    fewest, *more = commands
    for name in more:
        beside = f"{fewest}, {ms(taken[fewest])}"
        yield Row(f"compile, {name}", ms(taken[name]), beside, ratios(taken[name], taken[fewest]), "1")
    for name in more:
        beside = f"{fewest}, {held[fewest] / 2**20:.1f} MiB"
        yield Row(
            f"compile, {name}, peak memory", f"{held[name] / 2**20:.1f} MiB", beside, [held[name] / held[fewest]], "1"
        )


def main() -> None:
    """Print the rows."""
    print(in_text(rows()))


def with_grid(text: str, noise: int, restarts: int) -> str:
    """The spec with a grid of two preparations, and of two ranges of so many values."""
    second = f"{{from: 1, to: {restarts}, step: 1}}" if restarts > 1 else "[4]"
    grid = f"noise: {{from: 0.001, to: 10, count: {noise}, scale: log}}, restarts: {second}}}"
    return re.sub(r"smooth: \[true, false\],\n.*", grid, text, count=1)


def _peak(command: Sequence[str]) -> int:
    """The most bytes of main memory that a command holds, asked by a process that holds little itself."""
    asked = [sys.executable, "-c", _ASK, *command]
    done = subprocess.run(asked, check=True, capture_output=True, text=True)
    return int(done.stdout) * 1024


_ASK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


if __name__ == "__main__":
    main()
