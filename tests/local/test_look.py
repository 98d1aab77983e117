"""What steps of a run gave, looked at afterwards by another process."""

from typing import Any

from mlc_local.look import Asked, look, steps
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
