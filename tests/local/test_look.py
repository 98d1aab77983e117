"""What steps of a run gave, looked at afterwards by another process."""

from pathlib import Path
from typing import Any

import pytest

from mlc_local.look import Asked, look, steps
from mlc_runtime.errors import InvalidInputError
from mlc_runtime.plan import PlanEdge
from mlc_runtime.store.directory import DirectoryStore


def test_what_came_out_although_tasks_failed_is_shown(project: Any, count: Any) -> None:
    """The key of what reads them tells which they are, and the journal why."""
    project.operation("picky", 'if params["value"] == 3:\n    raise ValueError("no threes")\nreturn {"out": 1}')
    each = project.step("each", "picky", {"value": {"$field": "i"}}, axes=("i",), root=False)
    total = project.step("all", "total", inputs=(PlanEdge("xs", "each", "out", ("i",), tolerate=0.2),))
    assert project.run(project.plan(each, total, axes=[count(8)])).verdict == "done"
    store = DirectoryStore(project.root / ".mlc")
    assert look(store, Asked("toy", "all"))["value"] == 7
    assert [step["tasks"] for step in steps(store, "toy")] == [8, 1]


def test_a_damaged_file_is_not_handed_out_and_a_lost_one_made_again(project: Any, tmp_path: Path) -> None:
    project.operation("file", 'path = context.workdir / "f.txt"\npath.write_text("whole")\nreturn {"out": path}')
    plan = project.plan(project.step("a", "file", outputs={"out": "file"}))
    project.run(plan)
    store, out = DirectoryStore(project.root / ".mlc"), tmp_path / "out.txt"
    (blob,) = (file for file in (store.root / "blob").rglob("*") if file.is_file())
    blob.write_text("ho")
    with pytest.raises(InvalidInputError, match="not stored"):
        look(store, Asked("toy", "a"), out)
    blob.unlink()
    assert project.run(plan).steps[0].done == 1
    look(store, Asked("toy", "a"), out)
    assert out.read_text() == "whole"
