"""What nobody will ask for is not made again, and what turns out to be lost is."""

import json
import sqlite3
from contextlib import closing
from typing import Any

from mlc_runtime.plan import Plan, PlanAxis, PlanEdge
from mlc_runtime.relation import listed

FIVE = PlanAxis("g", ("g",), values=listed(("g",), ((i,) for i in range(5))))


def chain(project: Any) -> Plan:
    """`a -> b -> c` over five tasks each, of which `c` was asked for; results are too long for the journal."""
    project.operation("long", "return {'out': [params['value']] * 2000}")
    project.operation("next", "return {'out': [value + 1 for value in inputs['x']]}")
    edges = {name: (PlanEdge("x", name, "out"),) for name in "ab"}
    value = {"value": {"$field": "g"}}
    plan: Plan = project.plan(
        project.step("a", "long", value, axes=("g",), root=False),
        project.step("b", "next", inputs=edges["a"], axes=("g",), root=False),
        project.step("c", "next", {"last": True}, inputs=edges["b"], axes=("g",)),
        axes=[FIVE],
    )
    return plan


def forget(project: Any, *ops: str) -> None:
    """Take the records of operations out of the journal, as if they had been evicted."""
    with closing(sqlite3.connect(project.root / ".mlc" / "journal-1.sqlite")) as database, database:
        for name, data in database.execute("SELECT name, json FROM record").fetchall():
            if json.loads(data)["op"] in [f"toys.{op}" for op in ops]:
                database.execute("DELETE FROM record WHERE name = ?", (name,))


def test_a_step_without_results_that_nobody_reads_is_left_out(project: Any) -> None:
    plan = chain(project)
    assert project.run(plan).verdict == "done"
    project.forget()
    forget(project, "long")
    again = project.run(plan)
    assert again.verdict == "done"
    assert project.ran() == []
    assert [step.name for step in again.steps] == ["b", "c"]


def test_it_is_made_again_where_a_reader_needs_it(project: Any) -> None:
    plan = chain(project)
    project.run(plan)
    project.forget()
    forget(project, "long", "next")
    assert {step.name: step.done for step in project.run(plan).steps} == {"a": 5, "b": 5, "c": 5}


def test_everything_is_recomputed_where_that_is_asked_for(project: Any) -> None:
    plan = chain(project)
    project.run(plan)
    forget(project, "long")
    assert {step.name: step.done for step in project.run(plan, recompute=True).steps} == {"a": 5, "b": 5, "c": 5}


def test_what_is_damaged_after_its_inputs_were_left_out_is_made_again(project: Any) -> None:
    plan = chain(project)
    project.run(plan)
    forget(project, "long")
    more = project.step("d", "next", {"other": True}, inputs=(PlanEdge("x", "b", "out"),), axes=("g",))
    wider = project.plan(*plan.steps, more, axes=[FIVE])
    blobs = sorted((project.root / ".mlc" / "blob").rglob("*"))
    for blob in blobs:
        if blob.is_file():
            blob.write_bytes(b"not what it was")
    result = project.run(wider)
    assert result.verdict == "done"
    assert {step.name: (step.done, step.stored) for step in result.steps} == {"b": (0, 5), "c": (0, 5), "d": (5, 0)}
