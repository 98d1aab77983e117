"""A run whose coordinator is killed with signal 9, again and again: what ran twice, and how soon new work began.

Beside it Metaflow, which takes up a killed run with `resume`. Of both, every task notes its number and the time as it
starts, in a file; the seconds are those from the command to the first task that had not ended before.
"""

from __future__ import annotations

import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks import peer
from tests.benchmarks.row import Row, in_text

TASKS = 4_000
KILLS = 20
THEIRS = 40
WORK = 5  # milliseconds that a task of ours takes

_SPEC = """\
mlc: 1
name: items
sources:
  items: {read: items.csv, columns: {item: int}, static: true}
steps:
  work: {use: "work:work", inputs: {rows: sources.items}, each: rows.item, outputs: {value: int}}
"""
_WORK = f"""\
import os, time

def work(rows):
    item = int(rows["item"].iloc[0])
    with open(os.path.join(os.path.dirname(__file__), "notes"), "ab", buffering=0) as file:
        file.write(b"%d %f\\n" % (item, time.time()))
    time.sleep({WORK / 1000})
    return {{"value": item}}
"""


def rows() -> Iterator[Row]:
    """The rows of being killed."""
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        waits, again = _ours(Path(ours))
        beside = _theirs(Path(theirs))
    told = f"metaflow {peer.VERSIONS['metaflow']}, resume of {THEIRS} tasks, {beside:.1f} s"
    middle = f"{statistics.median(waits):.2f} s, at most {max(waits):.2f} s"
    yield Row("new work after kill -9", middle, told, [wait / beside for wait in waits], "<= 1 s")
    yield Row(
        f"tasks of {WORK} ms run again, of {TASKS:,}, two workers killed {KILLS} times",
        f"{again / KILLS:.1f} a kill",
        aim="in flight and the last 20 ms",
    )


def main() -> None:
    """Print the rows."""
    print(in_text(rows()))


def _ours(folder: Path) -> tuple[list[float], int]:
    """The seconds to new work after each kill, and how many tasks started more than once."""
    (folder / "pipeline.yaml").write_text(_SPEC, encoding="utf-8")
    (folder / "work.py").write_text(_WORK, encoding="utf-8")
    (folder / "items.csv").write_text("item\n" + "".join(f"{item}\n" for item in range(TASKS)), encoding="utf-8")
    command = [sys.executable, "-m", "mlc_compiler", "run", "pipeline.yaml", "--jobs", "2"]
    moments = [*sorted(random.Random(0).sample(range(TASKS), KILLS)), TASKS * 2]
    waits = [_killed(command, folder, moment) for moment in moments]
    tasks = [task for task, _ in _notes(folder)]
    assert set(tasks) == {str(item) for item in range(TASKS)}
    return waits[1:], len(tasks) - TASKS


def _theirs(folder: Path) -> float:
    """The seconds that Metaflow takes to new work after a kill."""
    run = [peer.python("metaflow"), peer.script("metaflow_tasks.py")]
    options = ["--tasks", str(THEIRS), "--max-workers", "2", "--notes", str(folder / "notes")]
    _killed([*run, "run", *options], folder, THEIRS // 2)
    return _killed([*run, "resume", "--max-workers", "2"], folder, THEIRS * 2)


def _killed(command: Sequence[str], folder: Path, moment: int) -> float:
    """Run a command until so many tasks have started, or to its end; the seconds until it started a new one."""
    known = {task for task, _ in _notes(folder)}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"USERNAME": "bench", "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(folder)}
    begun = time.time()
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        while process.poll() is None:
            if len(_notes(folder)) >= max(moment, len(known) + 1):
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.005)
    return min((when for task, when in _notes(folder) if task not in known), default=begun) - begun


def _notes(folder: Path) -> list[tuple[str, float]]:
    """The number of each task that started, and when."""
    notes = folder / "notes"
    lines = notes.read_text(encoding="utf-8").splitlines() if notes.exists() else []
    return [(task, float(when)) for task, when in (line.split() for line in lines)]


if __name__ == "__main__":
    main()
