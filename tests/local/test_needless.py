"""What nobody will ask for is not made again, and what turns out to be lost is."""

import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_local.result import RunResult
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


def evict(project: Any, result: RunResult, tasks: Iterable[tuple[str, int]]) -> None:
    """Take the records of single tasks out of the journal, and all that says what equal inputs gave."""
    run = result.state
    with closing(sqlite3.connect(project.root / ".mlc" / "journal-1.sqlite")) as database, database:
        database.execute("DELETE FROM same")
        for step, g in tasks:
            name = run.object(run.plan.by_name[step], {"g": g})
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


def test_of_a_step_that_is_stored_in_part_only_what_is_missing_is_made_again(project: Any) -> None:
    plan = chain(project)
    first = project.run(plan)
    project.forget()
    evict(project, first, [*(("a", g) for g in range(5)), ("b", 1), ("b", 3), ("c", 3)])
    again = project.run(plan)
    assert again.verdict == "done"
    assert sorted(project.ran()) == ["a 3", "b 3", "c 3"]
    assert {step.name: (step.tasks, step.done) for step in again.steps} == {"a": (1, 1), "b": (1, 1), "c": (5, 1)}


STEPS = "abcdef"


@st.composite
def shapes(draw: st.DrawFn) -> tuple[dict[str, list[str]], set[str], set[tuple[str, int]]]:
    """What each of some steps reads, which are asked for, and which tasks are not stored."""
    reads = {
        name: draw(st.lists(st.sampled_from(STEPS[:i]), max_size=2, unique=True)) if i else []
        for i, name in enumerate(STEPS)
    }
    lost = st.tuples(st.sampled_from(STEPS), st.integers(0, 4))
    return reads, {"f", *draw(st.sets(st.sampled_from(STEPS), max_size=1))}, draw(st.sets(lost, max_size=20))


def least(reads: dict[str, list[str]], asked: set[str], lost: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """The fewest tasks that have to run: tried from none on, until all that is read is there."""
    run = {task for task in lost if task[0] in asked}
    while more := {(name, g) for step, g in run for name in reads[step]} & lost - run:
        run |= more
    return run


def test_just_the_tasks_run_that_have_to(new_project: Callable[[Path], Any], tmp_path_factory: Any) -> None:
    @settings(max_examples=8, deadline=None)
    @given(shapes())
    def holds(shape: tuple[dict[str, list[str]], set[str], set[tuple[str, int]]]) -> None:
        reads, asked, lost = shape
        project = new_project(tmp_path_factory.mktemp("needless"))
        project.operation("mix", "return {'out': [params['name'], params['g'], *inputs.values()]}")
        steps = [
            project.step(
                name,
                "mix",
                {"name": name, "g": {"$field": "g"}},
                inputs=tuple(PlanEdge(other, other, "out") for other in reads[name]),
                axes=("g",),
                root=name in asked,
            )
            for name in STEPS
        ]
        plan = project.plan(*steps, axes=[FIVE])
        first = project.run(plan)
        evict(project, first, lost)
        project.forget()
        assert project.run(plan).verdict == "done"
        assert sorted(project.ran()) == sorted(f"{name} {g}" for name, g in least(reads, asked, lost))

    holds()
