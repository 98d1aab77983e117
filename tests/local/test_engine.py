"""Runs from end to end."""

import subprocess
import sys
from typing import Any

import pytest

from mlc_local.result import RunResult, values
from mlc_runtime.plan import PlanEdge

FIELD = {"$field": "i"}


def counts(result: RunResult) -> dict[str, dict[str, int]]:
    """What became of tasks, by step, without noughts."""
    words = ("done", "stored", "same", "failed", "missing")
    return {step.name: {word: n for word in words if (n := getattr(step, word))} for step in result.steps}


@pytest.fixture
def sums(project: Any, count: Any) -> Any:
    """Ten numbers, and their sum."""
    return project.plan(
        project.step("each", "give", {"value": FIELD}, axes=("i",)),
        project.step("all", "total", inputs=(PlanEdge("xs", "each", "out", ("i",)),)),
        axes=[count(10)],
    )


def test_a_run_and_a_second_one_without_work(project: Any, sums: Any) -> None:
    first = project.run(sums)
    assert first.verdict == "done"
    assert values(first.state, "all", "out") == [({}, 45)]
    assert counts(first) == {"each": {"done": 10}, "all": {"done": 1}}
    second = project.run(sums)
    assert counts(second) == {"each": {"stored": 10}, "all": {"stored": 1}}
    assert len(project.ran()) == 11
    assert first.name < second.name


def test_the_coordinator_imports_no_data_library() -> None:
    heavy = ("numpy", "pandas", "pyarrow", "duckdb", "sklearn", "rich")
    code = f"import mlc_local.target, sys; print([name for name in {heavy} if name in sys.modules])"
    path = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.check_output([sys.executable, "-c", code], env=path, text=True) == "[]\n"
