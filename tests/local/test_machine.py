"""Runs, kills, damage and eviction in any order: what the store says is never wrong, and little runs twice."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from mlc_runtime.plan import Plan, PlanAxis, PlanEdge
from mlc_runtime.relation import listed

TASKS = 10
IN_FLIGHT = 12  # of two workers: what they are at, and what they ended and did not report yet


def plan(project: Any) -> Plan:
    project.operation("large", 'time.sleep(0.01)\nreturn {"out": [params["value"]] * 3000}')
    project.operation("longest", 'return {"out": sum(len(value) * value[0] for _, value in inputs["xs"])}')
    each = project.step("each", "large", {"value": {"$field": "i"}}, axes=("i",), root=False)
    whole = project.step("all", "longest", inputs=(PlanEdge("xs", "each", "out", ("i",)),))
    return project.plan(each, whole, axes=[PlanAxis("i", ("i",), values=listed(["i"], [(i,) for i in range(TASKS)]))])


def machine(new_project: Any) -> type[RuleBasedStateMachine]:
    """The machine over projects that `new_project` makes in a folder."""

    class Store(RuleBasedStateMachine):
        """One store, and all that may happen to it."""

        def __init__(self) -> None:
            super().__init__()
            self.folder = tempfile.TemporaryDirectory(prefix="mlc-machine-")
            self.project = new_project(Path(self.folder.name))
            self.plan = plan(self.project)
            assert self.project.run(self.plan, store_path=str(self.project.root / "undisturbed")).verdict == "done"
            self.truth = self.project.records("undisturbed")
            self.project.forget()
            self.allowed = TASKS + 1
            self.whole = False

        def blobs(self) -> list[Path]:
            return sorted(file for file in (self.project.root / ".mlc" / "blob").rglob("*") if file.is_file())

        @rule(jobs=st.integers(1, 3))
        def run(self, jobs: int) -> None:
            """A run to its end."""
            before = len(self.project.ran())
            assert self.project.run(self.plan, jobs=jobs).verdict == "done"
            assert not self.whole or len(self.project.ran()) == before, "nothing was left to run"
            self.whole = True

        @rule(after=st.floats(0.0, 0.4), worker=st.booleans())
        def kill(self, after: float, worker: bool) -> None:
            """A run whose coordinator or one of whose workers is killed."""
            with self.project.start(self.plan) as process:
                time.sleep(0.4 + after)
                coordinator = psutil.Process(process.pid)
                for victim in coordinator.children()[:1] if worker else [coordinator]:
                    victim.kill()
                process.communicate(timeout=60)
            self.allowed += IN_FLIGHT

        @rule()
        def two_at_once(self) -> None:
            """Two runs on the store: the first row of a task stands, whichever wrote it."""
            with self.project.start(self.plan) as one, self.project.start(self.plan) as other:
                assert [each.communicate(timeout=60)[0] for each in (one, other)] == ["done\n"] * 2
            self.allowed += 0 if self.whole else TASKS + 1
            self.whole = True

        @precondition(lambda self: self.blobs())
        @rule(which=st.integers(0, 99), harm=st.sampled_from(["cut", "flip", "remove"]))
        def harm(self, which: int, harm: str) -> None:
            """A blob is damaged or gone: a record without its blob is made again by whoever reads it."""
            blobs = self.blobs()
            blob = blobs[which % len(blobs)]
            data = blob.read_bytes()
            blob.unlink()
            if harm != "remove":
                blob.write_bytes(data[: len(data) // 2] if harm == "cut" else data[:-1] + bytes([data[-1] ^ 1]))
            self.allowed += 1

        @invariant()
        def records_are_of_the_truth(self) -> None:
            """No record says anything else than that of an undisturbed run."""
            if (self.project.root / ".mlc" / "journal-1.sqlite").exists():
                assert self.project.records().items() <= self.truth.items()
            assert len(self.project.ran()) <= self.allowed

        def teardown(self) -> None:
            assert self.project.run(self.plan).verdict == "done"
            assert self.project.records() == self.truth
            self.folder.cleanup()

    return Store


@pytest.mark.parametrize(
    ("examples", "steps"), [(1, 5), pytest.param(20, 12, marks=pytest.mark.deep)], ids=["short", "long"]
)
@pytest.mark.timeout(1800)
def test_whatever_happens_to_a_store(new_project: Any, examples: int, steps: int) -> None:
    profile = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine(new_project), settings=profile)
