"""The countries, run: beside a plain loop over the same prepared arrays, halved, plus one import.

The loop fits and scores what the pipeline does, in one process, with one thread, without mlc. The machine's mood
changes within minutes, so the loop is run before and after the pipeline, on an even sample of the fits, and the limit
is made from both. An argument N asks for the countries of at least N inhabitants.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.compiling import COUNTRIES
from tests.benchmarks.row import Row, in_text

JOBS = 2
SAMPLE = 400  # fits of each loop
LEAST = 0


def rows(least: int = LEAST) -> Iterator[Row]:
    """The rows of running the countries with at least so many inhabitants."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        environment = Path(folder) / "environment.yaml"
        environment.write_text(f"store: {store}\n", encoding="utf-8")
        command = [*_MLC, "run", str(COUNTRIES / "pipeline.yaml"), "--env", str(environment)]
        command += ["--set", f"least={least}", "--jobs", str(JOBS), "--format", "json"]
        _, prepared = _watched([*command, "--until", "curve.prepare.shape"])
        before, worked, start = _loop(store), _cpu(), time.perf_counter()
        peak, result = _watched(command)
        seconds, cpu, after = time.perf_counter() - start, _cpu() - worked, _loop(store)
        steps = {step["name"]: step for step in result["steps"]}
        fits = steps["curve.fit"]["tasks"]
        limits = [fits * one["fit"] / JOBS + one["import"] for one in (before, after)]
        yield Row(
            f"{fits:,} fits of {before['fit'] * 1000:.1f} ms, {JOBS} workers",
            f"{seconds:.0f} s",
            f"the limit, {sum(limits) / 2:.0f} s",
            [seconds / limit for limit in limits],
            "<= 1.08",
        )
        limits = [fits * one["fit_cpu"] + JOBS * one["import_cpu"] for one in (before, after)]
        yield Row(
            "the same, processor time of all processes",
            f"{cpu:.0f} s",
            f"the loop and {JOBS} imports, {sum(limits) / 2:.0f} s",
            [cpu / limit for limit in limits],
        )
        tasks = sum(step["tasks"] or 0 for step in steps.values())
        files = sum(1 for _ in store.rglob("*") if _.is_file())
        yield Row("coordinator's peak memory", f"{peak / 2**20:.0f} MiB", aim="<= 150 MiB")
        yield Row("files", f"{files / fits:.2f} a fit, {files / tasks:.2f} a task", aim="<= 2 a task")
        (once,) = (step for step in prepared["steps"] if step["name"] == "curve.prepare.shape")
        yield Row("preparations executed", f"{once['done']:,} of {fits:,}", aim="404 of 20,200")


def main() -> None:
    """Print the rows."""
    print(in_text(rows(int(sys.argv[1]) if __name__ == "__main__" and len(sys.argv) > 1 else LEAST)))


_MLC = [sys.executable, "-m", "mlc_compiler"]


def _cpu() -> float:
    """The seconds of the processor that ended children and theirs took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watched(command: list[str]) -> tuple[int, dict[str, Any]]:
    """Run the coordinator; its peak memory in bytes, and what it printed."""
    import psutil

    peak = 0
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL, env=_environment())
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                peak = max(peak, watched.memory_info().rss)
            except psutil.Error:
                break
            time.sleep(0.2)
        assert process.wait() == 0, "the run failed"
        output.seek(0)
        return peak, json.load(output)


def _loop(store: Path) -> dict[str, float]:
    """The plain loop over a sample of the prepared arrays, in a process of its own."""
    script = Path(__file__).with_name("plain_loop.py")
    done = subprocess.run(
        [sys.executable, str(script), str(store), str(COUNTRIES), str(SAMPLE)],
        check=True,
        capture_output=True,
        text=True,
        env=_environment() | _ONE_THREAD,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell"}


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


if __name__ == "__main__":
    main()
