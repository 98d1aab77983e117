"""Compiling the countries, 20,200 fits from forty lines: whole processes, cold, beside peers; bytes; growth.

Metaflow's compilers are left out: they need an S3 that answers.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.benchmarks import peer
from tests.benchmarks.row import Row, in_text, interleaved, ratios

ROUNDS = 7
COUNTRIES = Path(__file__).parents[2] / "examples/countries"
GROWTH = {2_000: (5, 1), 20_000: (25, 2), 2_000_000: (100, 50)}
"""Fits of 200 countries with two preparations, and how many values two parameters of the grid have for that."""


def rows(target: str = "argo", rounds: int = ROUNDS) -> Iterator[Row]:
    """The rows of compiling.

    Args:
        target: what is compiled to.
        rounds: how often everything is measured.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        mlc = compiling(COUNTRIES / "pipeline.yaml", target, out / "mlc")
        commands = {"pass": [sys.executable, "-c", "pass"], "mlc": mlc} | {
            name: [peer.python(name), peer.script(f"{name}_countries.py"), str(out / f"{name}.yaml")]
            for name in ("kfp", "hera")
        }
        taken = interleaved({name: partial(_seconds, command) for name, command in commands.items()}, rounds)
        ours = _ms(taken["mlc"])
        yield Row(
            f"compile to {target}",
            ours,
            f"python -c pass, {_ms(taken['pass'])}",
            ratios(taken["mlc"], taken["pass"]),
            "<= 35",
        )
        for name in ("kfp", "hera"):
            beside = f"{name} {peer.VERSIONS[name]}, {_ms(taken[name])}"
            yield Row(f"compile to {target}", ours, beside, ratios(taken["mlc"], taken[name]), "< 1")
        size = sum(file.stat().st_size for file in (out / "mlc").rglob("*") if file.is_file())
        for name in ("kfp", "hera"):
            theirs = (out / f"{name}.yaml").stat().st_size
            yield Row("bytes emitted", f"{size:,}", f"{name} {peer.VERSIONS[name]}, {theirs:,}", [size / theirs])
        yield from _growth(out, target, rounds)


def main() -> None:
    """Print the rows."""
    print(in_text(rows()))


def compiling(spec: Path, target: str, out: Path) -> list[str]:
    """The command that compiles a spec."""
    environment = ["--env", str(COUNTRIES / "environment.argo.yaml")] if target == "argo" else []
    return [
        sys.executable,
        "-m",
        "mlc_compiler",
        "compile",
        str(spec),
        "--target",
        target,
        "--out",
        str(out),
        *environment,
    ]


def with_grid(text: str, noise: int, restarts: int) -> str:
    """The spec with a grid of two preparations, and of two ranges of so many values."""
    second = f"{{from: 1, to: {restarts}, step: 1}}" if restarts > 1 else "[4]"
    grid = f"noise: {{from: 0.001, to: 10, count: {noise}, scale: log}}, restarts: {second}}}"
    return re.sub(r"smooth: \[true, false\],\n.*", grid, text, count=1)


def _growth(out: Path, target: str, rounds: int) -> Iterator[Row]:
    project = out / "project"
    project.mkdir()
    (project / "functions.py").write_bytes((COUNTRIES / "functions.py").read_bytes())
    text = (COUNTRIES / "pipeline.yaml").read_text(encoding="utf-8")
    works = {}
    for tasks, counts in GROWTH.items():
        spec = project / f"tasks{tasks}.yaml"
        spec.write_text(with_grid(text, *counts), encoding="utf-8")
        works[str(tasks)] = partial(_seconds, compiling(spec, target, out / str(tasks)))
    taken = interleaved(works, rounds)
    base = taken["2000"]
    for tasks in list(GROWTH)[1:]:
        mine = taken[str(tasks)]
        yield Row(f"compile, {tasks:,} tasks", _ms(mine), f"2,000 tasks, {_ms(base)}", ratios(mine, base), "1")
    held = {tasks: _peak(compiling(project / f"tasks{tasks}.yaml", target, out / str(tasks))) for tasks in GROWTH}
    least = held.pop(2_000)
    for tasks, most in held.items():
        beside = f"2,000 tasks, {least / 2**20:.1f} MiB"
        yield Row(f"peak memory, {tasks:,} tasks", f"{most / 2**20:.1f} MiB", beside, [most / least], "1")


def _peak(command: list[str]) -> int:
    """The most bytes of main memory that a command holds."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return used.ru_maxrss * 1024


def _seconds(command: list[str]) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def _ms(taken: list[float]) -> str:
    return f"{sorted(taken)[len(taken) // 2] * 1000:,.0f} ms"


if __name__ == "__main__":
    main()
