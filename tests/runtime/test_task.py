import random
import warnings
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from mlc_runtime import layout
from mlc_runtime.errors import IncompleteError, InfrastructureError, InvalidInputError, StepError
from mlc_runtime.plan import PlanAxis, PlanEdge, Policy
from mlc_runtime.relation import listed
from mlc_runtime.store.directory import DirectoryStore
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.task import TaskRunner
from mlc_runtime.values import decode

FIVE = PlanAxis("g", ("g",), values=listed(["g"], [(i,) for i in range(5)]))
EDGE = PlanEdge("x", "a", "out")


def value(outcome: Any, run: Any) -> Any:
    return decode(outcome.record.outputs["out"], run.store)


def test_a_task_runs_once_and_is_then_stored(bench: Any, toys: Any, make_step: Any) -> None:
    run = bench.open([make_step("a", "give", {"value": 3}), make_step("b", "double", inputs=(EDGE,))])
    first, second = bench.finish(run), bench.finish(run)
    assert [o.status for o in first.values()] == ["done", "done"]
    assert [o.status for o in second.values()] == ["shared", "shared"], "made in this very run"
    assert value(second["b", "{}"], run) == 6
    assert toys.runs == {"give": 1, "double": 1}


def test_names_do_not_show_in_keys_and_equal_tasks_run_once(bench: Any, toys: Any, make_step: Any) -> None:
    run = bench.open([make_step("a", "give", {"value": 3}), make_step("other", "give", {"value": 3})])
    done = bench.finish(run)
    assert done["a", "{}"].key == done["other", "{}"].key
    assert toys.runs == {"give": 1}


def test_an_effect_is_its_place(bench: Any, toys: Any, make_step: Any) -> None:
    steps = [make_step(name, "give", {"value": 3}, effect=True) for name in "ab"]
    done = bench.finish(bench.open(steps))
    assert len({outcome.key for outcome in done.values()}) == 2
    assert toys.runs == {"give": 2}


def test_equal_content_cuts_the_run_short(bench: Any, toys: Any, make_step: Any) -> None:
    store = MemoryStore()
    toys.add("parity", lambda inputs, params, context: {"out": params["value"] % 2})

    def steps(number: int) -> list[Any]:
        return [
            make_step("a", "parity", {"value": number}),
            make_step("b", "double", inputs=(EDGE,)),
            make_step("c", "double", inputs=(PlanEdge("x", "b", "out"),)),
        ]

    one, three = (bench.finish(bench.open(steps(n), store=store, name=f"r{n}")) for n in (1, 3))
    assert [o.status for o in three.values()] == ["done", "same", "same"]
    assert all(one[task].key != three[task].key for task in one)
    assert toys.runs == {"parity": 2, "double": 2}
    again = bench.finish(bench.open(steps(3), store=store, name="r9"))
    assert {o.status for o in again.values()} == {"stored"}


def test_a_collect_comes_in_the_order_of_its_axis(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("list", lambda inputs, params, context: {"out": [[r["g"], v] for r, v in inputs["xs"]]})
    run = bench.open(
        [
            make_step("a", "give", {"value": {"$field": "g"}}, axes=("g",)),
            make_step("all", "list", inputs=(PlanEdge("xs", "a", "out", ("g",)),)),
        ],
        [FIVE],
    )
    assert value(bench.finish(run)["all", "{}"], run) == [[i, i] for i in range(5)]


@pytest.mark.parametrize(
    ("bad", "tolerate", "status", "total"),
    [([], 0.0, "done", 10), ([1], 0.0, "missing", None), ([1], 0.2, "done", 9), ([1, 2], 0.2, "missing", None)],
)
def test_tolerance_is_counted_over_the_edge(
    bench: Any, toys: Any, make_step: Any, bad: list[int], tolerate: float, status: str, total: int | None
) -> None:
    run = bench.open(
        [
            make_step("a", "picky", {"value": {"$field": "g"}, "bad": bad}, axes=("g",)),
            make_step("b", "double", inputs=(EDGE,), axes=("g",)),
            make_step("sum", "total", inputs=(PlanEdge("xs", "b", "out", ("g",), tolerate=tolerate),)),
        ],
        [FIVE],
    )
    done = bench.finish(run)
    assert [done["b", str({"g": i})].status for i in range(5)] == ["missing" if i in bad else "done" for i in range(5)]
    assert toys.runs.get("double", 0) == 5 - len(bad)
    assert done["sum", "{}"].status == status
    if total is not None:
        assert value(done["sum", "{}"], run) == 2 * total


def test_tolerance_counts_coordinates_and_not_executed_tasks(bench: Any, toys: Any, make_step: Any) -> None:
    """One lost preparation that serves 4 of 5 settings is 80 %, though only one of two preparations ran badly."""
    axis = PlanAxis("g", ("g", "shape"), values=listed(["g", "shape"], [(i, int(i == 0)) for i in range(5)]))
    shape = PlanAxis("g/shape", ("shape",), project="g")
    prep = make_step("prep", "picky", {"value": {"$field": "shape"}, "bad": [0]}, axes=("g/shape",))
    edge = PlanEdge("xs", "prep", "out", ("g",), tolerate=0.5)
    run = bench.open([prep, make_step("sum", "total", inputs=(edge,))], [axis, shape])
    assert run.space("prep").size == 2
    assert bench.finish(run)["sum", "{}"].status == "missing"


def test_a_share_that_floats_cannot_hold_is_counted_exactly(bench: Any, toys: Any, make_step: Any) -> None:
    axis = PlanAxis("g", ("g",), values=listed(["g"], [(i,) for i in range(100)]))
    a = make_step("a", "picky", {"value": {"$field": "g"}, "bad": list(range(29))}, axes=("g",))
    edge = PlanEdge("xs", "a", "out", ("g",), tolerate=0.29)
    done = bench.finish(bench.open([a, make_step("sum", "total", inputs=(edge,))], [axis]))
    assert done["sum", "{}"].status == "done"


@pytest.mark.parametrize("names", [("strict", "lenient"), ("lenient", "strict")])
def test_collects_that_forgive_differently_do_not_share_a_failure(
    bench: Any, toys: Any, make_step: Any, names: tuple[str, str]
) -> None:
    """They ask for the same sum, and are told apart only where something is lost, whichever is first."""
    forgiven = {"strict": 0.0, "lenient": 0.2}

    def sums(bad: list[int]) -> dict[str, Any]:
        steps = [make_step("a", "picky", {"value": {"$field": "g"}, "bad": bad}, axes=("g",))]
        for name in names:
            edge = PlanEdge("xs", "a", "out", ("g",), tolerate=forgiven[name])
            steps.append(make_step(name, "total", inputs=(edge,)))
        done = bench.finish(bench.open(steps, [FIVE]))
        return {name: done[name, "{}"] for name in names}

    whole, torn = sums([]), sums([1])
    assert whole["strict"].key == whole["lenient"].key
    assert {name: one.status for name, one in torn.items()} == {"strict": "missing", "lenient": "done"}


def test_a_collect_that_takes_anything_does_not_share_the_failure_of_one_over_an_unknown_axis(
    bench: Any, toys: Any, make_step: Any
) -> None:
    """The finder fails: nothing is known of the axis, which only an input that may be missing forgives."""
    toys.add("count", lambda inputs, params, context: {"out": inputs["xs"] is None})
    found = PlanAxis("f", ("g",), found=("find", "out"))
    steps = [
        make_step("find", "picky", {"value": 1, "bad": [1]}, outputs={"out": "index"}),
        make_step("a", "give", {"value": {"$field": "g"}}, axes=("f",)),
        make_step("all", "count", inputs=(PlanEdge("xs", "a", "out", ("f",), tolerate=1.0),)),
        make_step("any", "count", inputs=(PlanEdge("xs", "a", "out", ("f",), tolerate=1.0, missing=True),)),
    ]
    done = bench.finish(bench.open(steps, [found]))
    assert (done["all", "{}"].status, done["any", "{}"].status) == ("missing", "done")


@pytest.mark.parametrize("missing", [(False, True), (True, False)])
def test_who_needs_what_is_not_there_does_not_share_a_failure(
    bench: Any, toys: Any, make_step: Any, missing: tuple[bool, bool]
) -> None:
    toys.add("same", lambda inputs, params, context: {"out": inputs["x"]})
    two = PlanAxis("h", ("h",), values=listed(["h"], [(0,), (1,)]))
    steps = [make_step("a", "give", {"value": {"$field": "h"}}, axes=("h",))]
    for spare in missing:
        edge = PlanEdge("x", "a", "out", at=(("h", "g"),), missing=spare)
        steps.append(make_step(f"spare {spare}", "same", inputs=(edge,), axes=("g",)))
    done = bench.finish(bench.open(steps, [FIVE, two]))
    assert done["spare False", str({"g": 1})].key == done["spare True", str({"g": 1})].key
    assert done["spare False", str({"g": 2})].status == "missing"
    assert done["spare True", str({"g": 2})].status == "done"


def test_what_is_lost_is_part_of_the_reader_s_key(bench: Any, toys: Any, make_step: Any) -> None:
    def total(bad: list[int]) -> Any:
        steps = [
            make_step("a", "picky", {"value": {"$field": "g"}, "bad": [9]}, axes=("g",)),
            make_step("sum", "total", inputs=(PlanEdge("xs", "a", "out", ("g",), tolerate=0.5),)),
        ]
        run = bench.open(steps, [FIVE])
        for i in bad:
            run.ledger.fail(_failure(run.key(steps[0], {"g": i})))
        return bench.finish(run)["sum", "{}"]

    assert len({total([]).key, total([1]).key, total([2]).key, total([1, 2]).key}) == 4


def _failure(key: str) -> Any:
    from mlc_runtime.record import Failure

    return Failure(key, "a", {}, "timeout", "took too long")


def test_a_missing_edge_passes_none_and_shows_in_the_key(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("first", lambda i, p, c: {"out": i["a"] if i["a"] is not None else i["b"]})

    def first(bad: list[int]) -> tuple[Any, Any]:
        edges = (PlanEdge("a", "a", "out", missing=True), PlanEdge("b", "b", "out"))
        run = bench.open(
            [
                make_step("a", "picky", {"value": 1, "bad": bad}),
                make_step("b", "give", {"value": 2}),
                make_step("first", "first", inputs=edges),
            ]
        )
        outcome = bench.finish(run)["first", "{}"]
        return outcome, value(outcome, run)

    assert first([])[1] == 1
    assert first([1])[1] == 2


def test_found_axes_are_the_finder_s_records_and_a_failed_one_poisons(bench: Any, toys: Any, make_step: Any) -> None:
    country = PlanAxis("c", ("c",), values=listed(["c"], [("x",), ("y",)]))
    kept = PlanAxis("t", ("t",), ("c",), found=("find", "out"))

    def find(inputs: Any, params: Any, context: Any) -> Any:
        if params["c"] in params["bad"]:
            raise ValueError("nothing found")
        return {"out": {"fields": ["t"], "records": [[i] for i in range({"x": 2, "y": 0}[params["c"]])]}}

    toys.add("found", find)

    def steps(bad: list[str]) -> list[Any]:
        total = PlanEdge("xs", "a", "out", ("t",))
        return [
            make_step("find", "found", {"c": {"$field": "c"}, "bad": bad}, axes=("c",), outputs={"out": "index"}),
            make_step("a", "give", {"value": 5}, axes=("c", "t")),
            make_step("one", "total", inputs=(total,), axes=("c",)),
            make_step("whole", "total", inputs=(replace(total, over=("c", "t"), tolerate=1.0),)),
        ]

    good = bench.open(steps([]), [country, kept])
    done = bench.finish(good)
    assert [value(done[task], good) for task in done if task[0] in ("one", "whole")] == [10, 0, 10]
    done = bench.finish(bench.open(steps(["x"]), [country, kept]))
    statuses = {task: outcome.status for task, outcome in done.items()}
    assert statuses == {
        ("find", "{'c': 'x'}"): "failed",
        ("find", "{'c': 'y'}"): "done",
        ("one", "{'c': 'x'}"): "missing",
        ("one", "{'c': 'y'}"): "done",
        ("whole", "{}"): "missing",
    }


def test_a_condition_that_is_false_leaves_its_readers_without(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("when", lambda inputs, params, context: {"out": {"fields": [], "records": [[]] if params["go"] else []}})
    toys.add("or", lambda i, p, c: {"out": "nothing" if i["x"] is None else i["x"]})
    when = PlanAxis("when", (), found=("gate", "out"))

    def last(go: bool, missing: bool) -> Any:
        run = bench.open(
            [
                make_step("gate", "when", {"go": go}, outputs={"out": "index"}),
                make_step("a", "give", {"value": "something"}, axes=("when",)),
                make_step("b", "or", inputs=(PlanEdge("x", "a", "out", missing=missing),)),
            ],
            [when],
        )
        done = bench.finish(run)
        return value(done["b", "{}"], run) if done["b", "{}"].record else done["b", "{}"].status

    assert [last(True, True), last(False, True), last(False, False)] == ["something", "nothing", "missing"]


@pytest.mark.parametrize(
    ("found", "code"),
    [([{"g": 1}, {"g": 1}], "MLC962"), ([{"g": 7}], "MLC962"), ([{"g": i} for i in range(4)], "MLC963"), (3, "MLC962")],
)
def test_a_finder_is_held_to_its_word(bench: Any, toys: Any, make_step: Any, found: Any, code: str) -> None:
    kept = PlanAxis("kept", ("g",), found=("find", "out"), within="g", at_most=3)
    toys.add("findings", lambda inputs, params, context: {"out": {"fields": ["g"], "records": found}})
    run = bench.open([make_step("find", "findings", outputs={"out": "index"})], [FIVE, kept])
    assert bench.finish(run)["find", "{}"].failure.code == code


def test_where_things_are_is_no_part_of_the_key(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("where", lambda i, p, c: {"out": p["locate"]["path"]})
    runs = [bench.open([make_step("a", "where", {"locate": {"path": path}})]) for path in ("here", "there")]
    here, there = (bench.finish(run)["a", "{}"] for run in runs)
    assert here.key == there.key
    assert [value(here, runs[0]), value(there, runs[1])] == ["here", "there"]


def test_an_operation_knows_its_step_its_inputs_keys_and_its_zone(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("know", lambda i, p, c: {"out": [c.step, c.keys, c.timezone, c.coordinates]})
    edges = (EDGE, PlanEdge("all", "a", "out", ("g",)))
    steps = [make_step("a", "give", {"value": 1}), make_step("b", "know", {"timezone": "Asia/Tokyo"}, inputs=edges)]
    run = bench.open(steps, [FIVE])
    done = bench.finish(run)
    assert value(done["b", "{}"], run) == ["b", {"x": done["a", "{}"].key}, "Asia/Tokyo", {}]


def test_an_effect_needs_no_value(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("act", lambda inputs, params, context: {})
    assert bench.finish(bench.open([make_step("a", "act", outputs={"done": "effect"})]))["a", "{}"].status == "done"


def test_user_errors_are_retried_and_told_in_the_user_s_frames(bench: Any, toys: Any, make_step: Any) -> None:
    waits: list[float] = []
    policy = Policy(retry=3, backoff=1_000_000, backoff_max=3_000_000)
    run = bench.open([make_step("a", "picky", {"value": 1, "bad": [1]}, policy=policy)])
    outcome = TaskRunner(run, wait=waits.append).run_task("a", {})
    assert (toys.runs["picky"], outcome.failure.attempts, waits) == (4, 4, [1.0, 2.0, 3.0])
    assert outcome.failure.message == "ValueError: 1 is bad"
    assert "conftest.py" in outcome.failure.traceback
    assert "mlc_runtime/execute.py" not in outcome.failure.traceback
    assert bench.finish(run)["a", "{}"].status == "failed"
    assert toys.runs["picky"] == 4, "a failure stands within its run"
    other = bench.open([make_step("a", "picky", {"value": 1, "bad": [1]})], store=run.store, name="r2")
    bench.finish(other)
    assert toys.runs["picky"] == 5, "a new run tries again"


def test_a_second_attempt_may_succeed(bench: Any, toys: Any, make_step: Any) -> None:
    def flaky(inputs: Any, params: Any, context: Any) -> Any:
        if toys.runs["flaky"] < 3:
            raise OSError("busy")
        return {"out": 1}

    toys.add("flaky", flaky)
    run = bench.open([make_step("a", "flaky", policy=Policy(retry=2))])
    outcome = bench.finish(run)["a", "{}"]
    assert (outcome.status, outcome.record.attempts) == ("done", 3)


@pytest.mark.parametrize(
    ("error", "runs"),
    [(StepError("MLC999", "wrong"), 1), (SystemExit(3), 3), (MemoryError(), 3), (RecursionError(), 3)],
)
def test_our_verdicts_are_final_and_others_are_not(
    bench: Any, toys: Any, make_step: Any, error: BaseException, runs: int
) -> None:
    def boom(inputs: Any, params: Any, context: Any) -> Any:
        raise error

    toys.add("boom", boom)
    outcome = bench.finish(bench.open([make_step("a", "boom", policy=Policy(retry=2))]))["a", "{}"]
    assert outcome.status == "failed"
    assert toys.runs["boom"] == runs


@pytest.mark.parametrize("error", [InfrastructureError("MLC999", "gone"), InvalidInputError("MLC999", "no")])
def test_what_is_not_the_step_s_fault_is_not_noted_as_its_failure(
    bench: Any, toys: Any, make_step: Any, error: StepError
) -> None:
    def boom(inputs: Any, params: Any, context: Any) -> Any:
        raise error

    toys.add("boom", boom)
    run = bench.open([make_step("a", "boom")])
    with pytest.raises(type(error)):
        bench.finish(run)
    assert list(run.store.names("run/")) == []


def test_what_a_task_prints_is_its_log(bench: Any, toys: Any, make_step: Any) -> None:
    def talk(inputs: Any, params: Any, context: Any) -> Any:
        print("hello")
        warnings.warn("careful", stacklevel=1)
        context.log("noted")
        return {"out": None}

    toys.add("talk", talk)
    run = bench.open([make_step("a", "talk")])
    key = bench.finish(run)["a", "{}"].key
    log = run.store.get(layout.log("r1", key)).decode()
    assert log.startswith("hello\nnoted\n")
    assert "UserWarning: careful" in log


def test_tasks_are_seeded_so_that_their_order_does_not_show(bench: Any, toys: Any, make_step: Any) -> None:
    def draw(inputs: Any, params: Any, context: Any) -> Any:
        import numpy as np

        return {"out": [random.random(), float(np.random.random())]}

    toys.add("draw", draw)
    run = bench.open(
        [make_step("a", "draw", {"seed": 1}), make_step("b", "draw", {"seed": 1, "x": {"$field": "g"}}, axes=("g",))],
        [FIVE],
    )
    runner = TaskRunner(run)
    values = [value(runner.run_task("b", {"g": g}), run) for g in (4, 0, 2)]
    values.append(value(runner.run_task("a", {}), run))
    assert values.count(values[0]) == 4


def test_a_step_sees_only_the_parameters_that_are_in_its_key(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("see", lambda inputs, params, context: {"out": dict(context.parameters)})
    run = bench.open([make_step("a", "see"), make_step("b", "see", {"p": [{"$param": "cost"}]})])
    done = bench.finish(run)
    assert [value(done[name, "{}"], run) for name in "ab"] == [{}, {"cost": 2.0}]


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
    assert [value(inside["b", str({"g": i})], fused) for i in range(5)] == [100 + i for i in range(5)]
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
    assert value(TaskRunner(apart).run_task("b", {"g": 2}), apart) == 102
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
    assert value(TaskRunner(run).run_task("b", {"g": 1}), run) == 101
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


def test_recomputing_tells_what_is_not_deterministic(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("count", lambda inputs, params, context: {"out": toys.runs["count"]})
    run = bench.open([make_step("a", "count"), make_step("b", "double", inputs=(EDGE,))])
    bench.finish(run)
    again = bench.finish(run, recompute=True)
    assert again["a", "{}"].differs == ("out",)
    assert again["b", "{}"].differs == ()
    assert value(again["a", "{}"], run) == 1, "the first writer wins"


def test_reading_before_the_end_is_incomplete(bench: Any, toys: Any, make_step: Any) -> None:
    run = bench.open([make_step("a", "give", {"value": 1}), make_step("b", "double", inputs=(EDGE,))])
    with pytest.raises(IncompleteError):
        TaskRunner(run).run_task("b", {})


@pytest.mark.parametrize(
    ("type_", "wrong"), [("table", [1]), ("file", "nowhere"), ("value", object()), ("model", lambda: 1)]
)
def test_an_output_of_another_kind_is_the_step_s_failure(
    bench: Any, toys: Any, make_step: Any, type_: str, wrong: Any
) -> None:
    toys.add("wrong", lambda inputs, params, context: {"out": wrong})
    outcome = bench.finish(bench.open([make_step("a", "wrong", outputs={"out": type_})]))["a", "{}"]
    assert outcome.failure.code in ("MLC956", "MLC957")
    assert "`out`" in outcome.failure.message


def test_a_missing_output_and_a_missing_operation(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("nothing", lambda inputs, params, context: {})
    assert bench.finish(bench.open([make_step("a", "nothing")]))["a", "{}"].failure.code == "MLC956"
    with pytest.raises(InvalidInputError, match="no operation"):
        bench.finish(bench.open([make_step("a", "unheard_of")]))


def test_a_file_is_handed_over_with_its_suffix(bench: Any, toys: Any, make_step: Any) -> None:
    def write(inputs: Any, params: Any, context: Any) -> Any:
        file = context.workdir / "rows.csv.gz"
        file.write_bytes(b"x")
        return {"out": file}

    toys.add("write", write)
    toys.add("name", lambda i, p, c: {"out": ["".join(i["x"].suffixes), i["x"].read_text()]})
    run = bench.open([make_step("a", "write", outputs={"out": "file"}), make_step("b", "name", inputs=(EDGE,))])
    assert value(bench.finish(run)["b", "{}"], run) == [".csv.gz", "x"]


def test_a_narrowed_result_has_its_own_name_and_the_same_key(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("columns", lambda i, p, c: {"out": p.get("want", "all")})
    store = MemoryStore()
    narrow = bench.open([make_step("a", "columns", want=("x",))], store=store)
    whole = bench.open([make_step("a", "columns")], store=store)
    one, other = bench.finish(narrow)["a", "{}"], bench.finish(whole)["a", "{}"]
    assert one.key == other.key
    assert (value(one, narrow), value(other, whole)) == (["x"], "all")


def test_a_retry_finds_its_checkpoint(bench: Any, toys: Any, make_step: Any, tmp_path: Any) -> None:
    def resume(inputs: Any, params: Any, context: Any) -> Any:
        file = context.checkpoint / "at"
        if not file.exists():
            file.write_text("half")
            raise OSError("killed")
        return {"out": file.read_text()}

    toys.add("resume", resume)
    run = bench.open([make_step("a", "resume", policy=Policy(retry=1, checkpoint=True))], checkpoints=tmp_path / "c")
    assert value(bench.finish(run)["a", "{}"], run) == "half"
    assert list((tmp_path / "c").iterdir()) == []
