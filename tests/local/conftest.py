import json
import os
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mlc_local import engine
from mlc_local.result import RunResult
from mlc_runtime.keys import static_key
from mlc_runtime.plan import Plan, PlanAxis, PlanStep, dump
from mlc_runtime.relation import listed

OPERATIONS = '''
import os, signal, sys, time
from pathlib import Path

def note(context, *words):
    """A line in a file that tells what really ran."""
    with open(context.root / "ran", "a") as file:
        file.write(" ".join(map(str, [context.step, *context.coordinates.values(), *words])) + "\\n")
'''


class Project:
    """A folder with operations, and plans over them that are run by the engine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "toys").mkdir()

    def operation(self, name: str, body: str) -> str:
        """Write an operation; `body` is that of `run(inputs, params, context)`, which notes that it ran first."""
        text = OPERATIONS + "\ndef run(inputs, params, context):\n    note(context)\n" + textwrap.indent(body, "    ")
        (self.root / "toys" / f"{name}.py").write_text(text)
        return f"toys.{name}"

    def step(self, name: str, op: str, params: Mapping[str, Any] | None = None, **more: Any) -> PlanStep:
        """A step of a toy operation with one JSON output `out`."""
        settings = {"outputs": {"out": "value"}, "root": True, **more}
        return PlanStep(name, f"toys.{op}", static_key(op, 1), params or {}, **settings)

    def plan(self, *steps: PlanStep, axes: list[PlanAxis] | None = None) -> Plan:
        return Plan("toy", {}, {axis.name: axis for axis in axes or []}, steps)

    def run(self, plan: Plan, **more: Any) -> RunResult:
        settings = {"jobs": 2, "environment": {}, "store_path": str(self.root / ".mlc"), **more}
        return engine.run(plan, root=self.root, **settings)

    def start(self, plan: Plan, before: str = "", **more: Any) -> subprocess.Popen[str]:
        """Run a plan in another process, which prints the verdict; `before` is code that it runs first."""
        (self.root / "plan.json").write_bytes(dump(plan))
        code = f"""
{before}
from pathlib import Path
from mlc_local import engine
from mlc_runtime.plan import load
plan = load(Path("plan.json").read_bytes())
settings = {{"jobs": 2, **{more!r}}}
print(engine.run(plan, root=Path(), environment={{}}, store_path=".mlc", **settings).verdict)
"""
        path = {**os.environ, "PYTHONPATH": os.pathsep.join(str(Path(part).resolve()) for part in sys.path)}
        return subprocess.Popen(
            [sys.executable, "-c", code], cwd=self.root, env=path, stdout=subprocess.PIPE, text=True
        )

    def until(self, lines: int, seconds: float = 10.0) -> None:
        """Wait until so many tasks have started."""
        end = time.monotonic() + seconds
        while len(self.ran()) < lines:
            assert time.monotonic() < end, "the run does not get on"
            time.sleep(0.01)

    def records(self, store: str = ".mlc") -> dict[str, Any]:
        """Contents of the outputs of all records of a store, by name."""
        with closing(sqlite3.connect(self.root / store / "journal-1.sqlite")) as database:
            rows = database.execute("SELECT name, json FROM record").fetchall()
        return {name: {p: o["content"] for p, o in json.loads(data)["outputs"].items()} for name, data in rows}

    def forget(self) -> None:
        """Forget what ran."""
        (self.root / "ran").unlink()

    def ran(self) -> list[str]:
        """What ran, in order."""
        file = self.root / "ran"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture(scope="session")
def new_project() -> Callable[[Path], Project]:
    """Makes a project in a folder."""

    def make(folder: Path) -> Project:
        project = Project(folder)
        project.operation("give", 'return {"out": params["value"]}')
        project.operation("total", 'return {"out": sum(value for _, value in inputs["xs"])}')
        return project

    return make


@pytest.fixture
def project(tmp_path: Path, new_project: Callable[[Path], Project]) -> Project:
    return new_project(tmp_path)


@pytest.fixture
def count() -> Callable[[int], PlanAxis]:
    """An axis `i` of so many numbers."""
    return lambda n: PlanAxis("i", ("i",), values=listed(["i"], [(i,) for i in range(n)]))
