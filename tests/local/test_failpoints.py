"""A fault at every edge of a commit: the run that follows ends as an undisturbed one, and little runs twice.

A worker puts its blobs, then reports; the coordinator writes the rows. The points are the moments between; a fault
strikes once, at the third time that its process comes to its point.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from mlc_runtime.plan import Plan, PlanEdge

TASKS = 12
IN_FLIGHT = 12  # what two workers may have ended and not yet reported, and what they are at

WORKER = ("before blob", "after blob", "after rename", "before reply", "after reply")
COORDINATOR = ("before row", "within rows", "after row")
FAULTS = ("kill", "kill coordinator", "no space", "input/output error", "cut", "flip", "halt", "clock back")

STRIKE = r'''
import errno, os, signal, subprocess, sys, threading, time
from pathlib import Path

COORDINATOR = {coordinator}
SPENT = Path({spent!r})
count = 0

def strike(point, blob=None):
    """The fault, once in the whole test, at the third visit of the point."""
    global count
    if point != {point!r}:
        return
    count += 1
    if count < 3:
        return
    try:
        SPENT.touch(exist_ok=False)
    except FileExistsError:
        return
    match {fault!r}:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "kill coordinator":
            os.kill(COORDINATOR or os.getpid(), signal.SIGKILL)
            time.sleep(5)
        case "no space":
            raise OSError(errno.ENOSPC, "No space left on device")
        case "input/output error":
            raise OSError(errno.EIO, "Input/output error")
        case "cut" | "flip" as harm if blob is not None:
            data = blob.read_bytes()
            blob.write_bytes(data[: len(data) // 2] if harm == "cut" else data[:-1] + bytes([data[-1] ^ 1]))
        case "halt":
            wake = f"import os, signal, time; time.sleep(0.3); os.kill({{os.getpid()}}, signal.SIGCONT)"
            subprocess.Popen([sys.executable, "-c", wake])
            os.kill(os.getpid(), signal.SIGSTOP)
        case "clock back":
            now = time.time
            time.time = lambda: now() - 86_400
            stamp = time.time_ns
            time.time_ns = lambda: stamp() - 86_400 * 10**9
'''

IN_WORKER = r"""
from mlc_runtime.store.directory import DirectoryStore
from multiprocessing.connection import Connection
from mlc_local.messages import Report

put, replace, send = DirectoryStore.put, Path.replace, Connection.send

def struck_put(self, name, data):
    if name.startswith("blob/"):
        with self._reach("written"):
            strike("before blob")
    put(self, name, data)
    if name.startswith("blob/"):
        with self._reach("written"):
            strike("after rename", self._file(name))

def struck_replace(self, target):
    if "/blob/" in str(target):
        strike("after blob", self)
    return replace(self, target)

def struck_send(self, message):
    if isinstance(message, Report):
        strike("before reply")
    send(self, message)
    if isinstance(message, Report):
        strike("after reply")

DirectoryStore.put, Path.replace, Connection.send = struck_put, struck_replace, struck_send
"""

IN_COORDINATOR = r'''
import mlc_local.process
from mlc_local import journal

mlc_local.process._BOOT = mlc_local.process._BOOT.replace(
    "from mlc_local.worker import main",
    "exec(compile(open({file!r}).read(), 'struck', 'exec'))\nfrom mlc_local.worker import main",
)
flush = journal.Journal.flush

class Statements:
    """The database, struck within a group of rows."""

    def __init__(self, database):
        self._database = database

    def __getattr__(self, name):
        return getattr(self._database, name)

    def execute(self, statement, *values):
        if statement == "COMMIT":
            try:
                strike("within rows")
            except OSError as error:
                raise journal.sqlite3.OperationalError(str(error)) from error
        return self._database.execute(statement, *values)

def struck_flush(self):
    if not isinstance(self._database, Statements):
        self._database = Statements(self._database)
    if self._rows:
        with journal.reach(self._store, "written"):
            strike("before row")
    flush(self)
    with journal.reach(self._store, "written"):
        strike("after row")

journal.Journal.flush = struck_flush
'''


def cases() -> list[Any]:
    """Every point with every fault that can strike there; a few of them in each run of the tests."""
    often = {
        ("before blob", "no space"),
        ("after blob", "kill"),
        ("after rename", "flip"),
        ("before reply", "kill"),
        ("within rows", "kill coordinator"),
        ("after row", "input/output error"),
    }
    found = []
    for point, fault in product((*WORKER, *COORDINATOR), FAULTS):
        of_blobs = point in ("after blob", "after rename")
        if (fault in ("cut", "flip") and not of_blobs) or (fault == "kill" and point in COORDINATOR):
            continue
        if fault in ("no space", "input/output error") and point in ("before reply", "after reply"):
            continue  # a pipe has no such errors
        marks = () if (point, fault) in often else (pytest.mark.deep,)
        found.append(pytest.param(point, fault, marks=marks, id=f"{fault} {point}"))
    return found


def plan(project: Any, axis: Any) -> Plan:
    project.operation("large", 'time.sleep(0.01)\nreturn {"out": [params["value"]] * 3000}')
    project.operation("longest", 'return {"out": sum(len(value) * value[0] for _, value in inputs["xs"])}')
    each = project.step("each", "large", {"value": {"$field": "i"}}, axes=("i",), root=False)
    whole = project.step("all", "longest", inputs=(PlanEdge("xs", "each", "out", ("i",)),))
    return project.plan(each, whole, axes=[axis])


@pytest.mark.parametrize(("point", "fault"), cases())
def test_the_end_is_that_of_an_undisturbed_run(
    project: Any, count: Any, point: str, fault: str, tmp_path: Path
) -> None:
    whole = plan(project, count(TASKS))
    assert project.run(whole, store_path=str(project.root / "undisturbed")).verdict == "done"
    project.forget()
    strike = STRIKE.format(coordinator="os.getppid()", spent=str(tmp_path / "spent"), point=point, fault=fault)
    worker = tmp_path / "worker.py"
    worker.write_text(strike + IN_WORKER)
    before = strike.replace("COORDINATOR = os.getppid()", "COORDINATOR = 0") + IN_COORDINATOR.format(file=str(worker))
    with project.start(whole, before) as process:
        verdict = process.communicate(timeout=60)[0].strip()
    assert (tmp_path / "spent").exists(), "the fault struck"
    expected = {
        "kill coordinator": {""},
        "no space": {"infrastructure"},
        "input/output error": {"infrastructure", "done"},
    }
    assert verdict in expected.get(fault, {"done"})
    assert project.run(whole).verdict == "done"
    assert project.records() == project.records("undisturbed")
    assert len(project.ran()) <= TASKS + 1 + IN_FLIGHT
    ran = len(project.ran())
    assert project.run(whole).verdict == "done"
    assert len(project.ran()) == ran, "nothing is left to run"
