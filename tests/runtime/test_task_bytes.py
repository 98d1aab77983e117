"""Tables between tasks: within one task, read once, and made again where their bytes are lost."""

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from mlc_runtime import layout
from mlc_runtime.errors import InvalidInputError
from mlc_runtime.plan import PlanAxis, PlanEdge, Policy
from mlc_runtime.relation import listed
from mlc_runtime.store.directory import DirectoryStore
from mlc_runtime.task import TaskRunner
from mlc_runtime.values import decode

FIVE = PlanAxis("g", ("g",), values=listed(["g"], [(i,) for i in range(5)]))
EDGE = PlanEdge("x", "a", "out")


def table_steps(toys: Any, make_step: Any, store: str = "may", fused: bool = False) -> list[Any]:
    toys.add("rows", lambda inputs, params, context: {"out": pa.table({"x": list(range(100))})})
    toys.add("count", lambda inputs, params, context: {"out": inputs["x"].num_rows + params["add"]})
    return [
        make_step("a", "rows", outputs={"out": "table"}, policy=Policy(store=store)),
        make_step(
            "b",
            "count",
            {"add": {"$field": "g"}},
            inputs=(EDGE,),
            axes=("g",),
            members=("a",) if fused else (),
        ),
    ]


def test_a_member_of_a_task_runs_inside_it_and_leaves_a_record(bench: Any, toys: Any, make_step: Any) -> None:
    fused = bench.open(table_steps(toys, make_step, "skip", fused=True), [FIVE])
    plain = bench.open(table_steps(toys, make_step), [FIVE])
    inside, outside = bench.finish(fused), bench.finish(plain)
    assert [bench.value(inside["b", str({"g": i})], fused) for i in range(5)] == [100 + i for i in range(5)]
    assert {task: o.key for task, o in inside.items()} == {t: o.key for t, o in outside.items() if t[0] == "b"}
    member = fused.ledger.record(fused.object(fused.plan.by_name["a"], {}))
    assert member is not None
    assert not fused.store.has(layout.blob(member.outputs["out"].sum or ""))
    assert member.outputs["out"].content == outside["a", "{}"].record.outputs["out"].content


def test_what_was_recorded_without_bytes_is_stored_for_a_reader_elsewhere(
    bench: Any, toys: Any, make_step: Any
) -> None:
    fused = bench.open(table_steps(toys, make_step, "skip", fused=True), [FIVE])
    TaskRunner(fused).run_task("b", {"g": 1})
    rows, count = table_steps(toys, make_step)
    apart = bench.open([rows, replace(count, policy=Policy(pool="large"))], [FIVE], store=fused.store)
    assert TaskRunner(apart).run_task("a", {}).record.outputs["out"].sum
    assert bench.value(TaskRunner(apart).run_task("b", {"g": 2}), apart) == 102
    assert TaskRunner(apart).run_task("a", {}).status == "shared"
    assert toys.runs["rows"] == 2


@pytest.mark.parametrize("damage", ["lost", "torn", "changed"])
def test_a_damaged_blob_is_made_again_by_whoever_needs_it(
    bench: Any, toys: Any, make_step: Any, damage: str, tmp_path: Any
) -> None:
    store = DirectoryStore(tmp_path / "store")
    run = bench.open(table_steps(toys, make_step), [FIVE], store=store)
    runner = TaskRunner(run)
    record = runner.run_task("a", {}).record
    blob = store.path(layout.blob(record.outputs["out"].sum))
    data = blob.read_bytes()
    blob.unlink() if damage == "lost" else blob.write_bytes(data[:50] if damage == "torn" else data[:-1] + b"!")
    assert bench.value(TaskRunner(run).run_task("b", {"g": 1}), run) == 101
    assert toys.runs["rows"] == 2
    assert blob.read_bytes() == data


def test_a_lost_effect_is_not_repeated(bench: Any, toys: Any, make_step: Any) -> None:
    first, second = table_steps(toys, make_step, "skip")
    run = bench.open([replace(first, effect=True), second], [FIVE])
    with pytest.raises(InvalidInputError, match="lost"):
        bench.finish(run)
    assert toys.runs == {"rows": 1}


def test_a_table_that_many_tasks_read_is_decoded_once(
    bench: Any, toys: Any, make_step: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[object] = []
    monkeypatch.setattr("mlc_runtime.reader.decode", lambda *a: (reads.append(a), decode(*a))[1])
    bench.finish(bench.open(table_steps(toys, make_step), [FIVE]))
    assert len(reads) == 1
