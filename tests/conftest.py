"""What every test may use: golden files with the option that rewrites them, and a project to compile and run."""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from mlc_compiler.check.facts import Program
from mlc_compiler.driver import Checked, Compiled, Optimiser, check_file, compile_checked
from mlc_compiler.graph.graph import Graph
from mlc_runtime.ledger import StoreLedger
from mlc_runtime.plan import Plan, dump, load
from mlc_runtime.prepare import Site, prepare
from mlc_runtime.run import Run
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.task import Outcome, TaskRunner
from mlc_runtime.values import decode

settings.register_profile("mlc", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mlc")

Golden = Callable[[Path, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite golden files with what the code gives now")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares a text with a golden file; with `--update`, writes it there instead."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            return
        assert path.exists(), f"{path.name} is missing; write it with --update"
        assert text == path.read_bytes().decode()

    return compare


@dataclass
class Finished:
    """A run that ended: how each task stands, and what it made."""

    run: Run
    outcomes: dict[str, list[tuple[dict[str, Any], Outcome]]]

    def statuses(self, step: str) -> list[str]:
        """How the tasks of a step ended, in order."""
        return [outcome.status for _, outcome in self.outcomes[step]]

    def failures(self) -> dict[str, str]:
        """The first complaint of each step of which a task failed."""
        return {
            step: str(outcome.failure.message)
            for step, tasks in reversed(self.outcomes.items())
            for _, outcome in reversed(tasks)
            if outcome.failure is not None and outcome.status == "failed"
        }

    def value(self, step: str, port: str, **coordinates: Any) -> Any:
        """What a task gave: the only one, or the one with these coordinates."""
        found = [
            outcome
            for at, outcome in self.outcomes[step]
            if all(at.get(name) == value for name, value in coordinates.items())
        ]
        assert len(found) == 1, [at for at, _ in self.outcomes[step]]
        assert found[0].record is not None, found[0].failure
        return decode(found[0].record.outputs[port], self.run.store)

    def rows(self, step: str, port: str = "table", **coordinates: Any) -> dict[str, list[Any]]:
        """A table that a task gave, by column."""
        columns: dict[str, list[Any]] = self.value(step, port, **coordinates).to_pydict()
        return columns


@dataclass
class Workshop:
    """A project in a folder: files are written, specs compiled and run in this process, over one store in memory.

    At level 0 every table has all of its columns and rows, whether anything reads them or not. `build` makes another
    graph than the spec's.
    """

    root: Path
    store: MemoryStore = field(default_factory=MemoryStore)
    runs: int = 0
    level: int = 2
    build: Callable[[Program], Graph] | None = None

    def write(self, files: Mapping[str, str]) -> None:
        """Write files below the project's folder; what Python imported from there is forgotten."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), encoding="utf-8")
        self.forget()

    def check(self, spec: str) -> Checked:
        """Check a spec that lies in the project's folder."""
        (self.root / "pipeline.yaml").write_text(dedent(spec), encoding="utf-8")
        return check_file(self.root / "pipeline.yaml", "pipeline.yaml")

    def compile(self, spec: str, level: int | None = None) -> Compiled:
        """Compile a spec in which nothing is wrong."""
        checked = self.check(spec)
        assert checked.sound, [(finding.code, finding.message, finding.place) for finding in checked.diagnostics]
        return compile_checked(checked, self.root, Optimiser(self.level if level is None else level), self.build)

    def start(
        self,
        spec: str,
        given: Mapping[str, str] | None = None,
        environment: Mapping[str, Any] | None = None,
        as_of: int | None = None,
    ) -> Run:
        """Compile a spec and prepare a run of it."""
        return self.prepared(self.compile(spec).plan, given, environment, as_of)

    def prepared(
        self,
        plan: Plan,
        given: Mapping[str, str] | None = None,
        environment: Mapping[str, Any] | None = None,
        as_of: int | None = None,
    ) -> Run:
        """Prepare a run of a plan."""
        plan = load(dump(plan))
        self.runs += 1
        name = f"r{self.runs}"
        bind = prepare(plan, name, Site(self.store, self.root, environment or {}), given=given, as_of=as_of)
        folder = self.root / ".checkpoints"
        return Run(plan, bind, self.store, StoreLedger(self.store, name), name, self.root, environment or {}, folder)

    def run(self, spec: str, **more: Any) -> Finished:
        """Run a spec, every task in order."""
        return self.finish(self.start(spec, **more))

    def finish(self, run: Run) -> Finished:
        """Run every task of a run in order."""
        runner = TaskRunner(run, wait=lambda _: None)
        outcomes = {
            step.name: [(dict(at), runner.run_task(step.name, at)) for at in run.space(step.name)]
            for step in run.plan.steps
        }
        return Finished(run, outcomes)

    def forget(self) -> None:
        """Drop what Python imported from the project's folder."""
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None) or "").startswith(str(self.root)):
                del sys.modules[name]
        importlib.invalidate_caches()
        if str(self.root) in sys.path:
            sys.path.remove(str(self.root))


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    shop = Workshop(tmp_path)
    yield shop
    shop.forget()
