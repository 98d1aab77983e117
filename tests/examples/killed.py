"""The countries, killed again and again at random moments: what of it ran twice, and how soon new work began."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import psutil

COUNTRIES = Path(__file__).parents[2] / "examples/countries"
WORKERS = 2
_VICTIMS = ("coordinator", "worker", "workers")
_EARLY = 0.25  # the share of runs that are killed
_STARTING = 2.0  # within so many seconds of their start
_NOTES = """

_fit = GaussianProcess.fit


def _noted(self, X, y):
    with open(__file__ + ".fits", "ab", buffering=0) as file:
        file.write(b".")
    return _fit(self, X, y)


GaussianProcess.fit = _noted
"""


@dataclass
class Project:
    """A copy of the countries whose model notes each fit as it starts, in a file that survives any death.

    Attributes:
        folder: where it is.
        least: the inhabitants of countries that take part.
    """

    folder: Path
    least: int

    @property
    def started(self) -> int:
        """How many fits have started, those that started twice counted twice."""
        notes = self.folder / "functions.py.fits"
        return notes.stat().st_size if notes.exists() else 0

    def forget(self) -> None:
        """Forget which fits started."""
        (self.folder / "functions.py.fits").unlink()

    def start(self, store: str = "store") -> subprocess.Popen[str]:
        """`mlc run`, with its artifacts in a folder of the project."""
        environment = self.folder / f"{store}.yaml"
        environment.write_text(f"store: {store}\n", encoding="utf-8")
        command = [sys.executable, "-m", "mlc_compiler", "run", "pipeline.yaml", "--env", environment.name]
        command += ["--set", f"least={self.least}", "--jobs", str(WORKERS), "--format", "json"]
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return subprocess.Popen(
            command, cwd=self.folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def run(self, store: str = "store") -> None:
        """A run that nobody disturbs."""
        with self.start(store) as process:
            assert json.loads(process.communicate()[0])["verdict"] == "done"

    def results(self, store: str = "store") -> dict[str, dict[str, str]]:
        """The contents of all outputs by the names of their records; of models, of which bytes prove nothing, none."""
        with closing(sqlite3.connect(self.folder / store / "journal-1.sqlite")) as journal:
            rows = journal.execute("SELECT name, json FROM record").fetchall()
        return {
            name: {
                port: "" if output["kind"] == "model" else output["content"]
                for port, output in json.loads(data)["outputs"].items()
            }
            for name, data in rows
        }


def project(folder: Path, least: int, noise: int = 25) -> Project:
    """A copy of the countries with so many values of the grid's longest parameter."""
    shutil.copytree(COUNTRIES, folder, ignore=shutil.ignore_patterns(".mlc", "__pycache__"))
    spec, functions = folder / "pipeline.yaml", folder / "functions.py"
    text = spec.read_text(encoding="utf-8")
    assert "count: 25" in text
    spec.write_text(text.replace("count: 25", f"count: {noise}"), encoding="utf-8")
    functions.write_text(functions.read_text(encoding="utf-8") + _NOTES, encoding="utf-8")
    return Project(folder, least)


@dataclass
class Deaths:
    """What killing did.

    Attributes:
        killed: who was killed, in order.
        waits: seconds from the start of each run to the first fit that started.
    """

    killed: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


def kill(project: Project, fits: int, times: int, seed: int = 0) -> Deaths:
    """Run the project to its end, while workers and coordinators are killed with signal 9 at random moments.

    Args:
        project: one in which nothing has run.
        fits: how many fits there are.
        times: how often something is killed.
        seed: of the dice.
    """
    dice = random.Random(seed)
    moments = deque(sorted(dice.sample(range(fits), times)))
    victims = deque(dice.sample([*islice(cycle(_VICTIMS), times)], times))
    deaths = Deaths()
    while True:
        before, begun = project.started, time.monotonic()
        with project.start() as process:
            if moments and dice.random() < _EARLY:
                moments.popleft()
                time.sleep(dice.uniform(0, _STARTING))
                deaths.killed.append(_strike(process, "coordinator", dice))
                continue
            _until(process, lambda before=before: project.started > before)
            deaths.waits.append(time.monotonic() - begun)
            while moments and process.poll() is None:
                moment = moments.popleft()
                _until(process, lambda moment=moment: project.started >= moment)
                time.sleep(dice.uniform(0, 0.05))
                deaths.killed.append(_strike(process, victims.popleft(), dice))
            output = process.communicate()[0]
        if process.returncode != -signal.SIGKILL:
            assert json.loads(output)["verdict"] == "done"
            return deaths


def _until(process: subprocess.Popen[str], reached: Callable[[], bool]) -> None:
    """Wait for something, or for the end of a process."""
    while not reached() and process.poll() is None:
        time.sleep(0.002)


def _strike(process: subprocess.Popen[str], victim: str, dice: random.Random) -> str:
    """Kill a coordinator, which takes its workers with it, or one of them, or both; who it was."""
    with suppress(psutil.NoSuchProcess):
        coordinator = psutil.Process(process.pid)
        workers = coordinator.children()
        if victim == "coordinator" or not workers:
            coordinator.kill()
            process.wait()
            left = psutil.wait_procs(workers, timeout=5)[1]
            assert not left, "a worker outlives its coordinator"
            return "coordinator"
        for worker in workers if victim == "workers" else [dice.choice(workers)]:
            worker.kill()
    return victim
