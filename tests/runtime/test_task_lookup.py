"""Results that are there: by key, by the content of inputs, by what part of them is wanted."""

from typing import Any

from mlc_runtime.plan import PlanEdge
from mlc_runtime.store.memory import MemoryStore

EDGE = PlanEdge("x", "a", "out")


def test_a_task_runs_once_and_is_then_stored(bench: Any, toys: Any, make_step: Any) -> None:
    run = bench.open([make_step("a", "give", {"value": 3}), make_step("b", "double", inputs=(EDGE,))])
    first, second = bench.finish(run), bench.finish(run)
    assert [o.status for o in first.values()] == ["done", "done"]
    assert [o.status for o in second.values()] == ["shared", "shared"], "made in this very run"
    assert bench.value(second["b", "{}"], run) == 6
    assert toys.runs == {"give": 1, "double": 1}


def test_names_do_not_show_in_keys_and_equal_tasks_run_once(bench: Any, toys: Any, make_step: Any) -> None:
    run = bench.open([make_step("a", "give", {"value": 3}), make_step("other", "give", {"value": 3})])
    done = bench.finish(run)
    assert done["a", "{}"].key == done["other", "{}"].key
    assert toys.runs == {"give": 1}


def test_the_key_of_the_last_of_many_steps_is_known_at_once(bench: Any, make_step: Any) -> None:
    """As to a process that begins with it."""
    steps = [make_step("s0", "give", {"value": 3})]
    steps += [make_step(f"s{i}", "double", inputs=(PlanEdge("x", f"s{i - 1}", "out"),)) for i in range(1, 600)]
    run = bench.open(steps)
    last = run.key(run.plan.by_name["s599"], {})
    again = bench.open(steps)
    assert last == [again.key(step, {}) for step in again.plan.steps][-1]


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


def test_where_things_are_is_no_part_of_the_key(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("where", lambda i, p, c: {"out": p["locate"]["path"]})
    runs = [bench.open([make_step("a", "where", {"locate": {"path": path}})]) for path in ("here", "there")]
    here, there = (bench.finish(run)["a", "{}"] for run in runs)
    assert here.key == there.key
    assert [bench.value(here, runs[0]), bench.value(there, runs[1])] == ["here", "there"]


def test_a_narrowed_result_has_its_own_name_and_the_same_key(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("columns", lambda i, p, c: {"out": p.get("want", "all")})
    store = MemoryStore()
    narrow = bench.open([make_step("a", "columns", want=("x",))], store=store)
    whole = bench.open([make_step("a", "columns")], store=store)
    one, other = bench.finish(narrow)["a", "{}"], bench.finish(whole)["a", "{}"]
    assert one.key == other.key
    assert (bench.value(one, narrow), bench.value(other, whole)) == (["x"], "all")


def test_recomputing_tells_what_is_not_deterministic(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("count", lambda inputs, params, context: {"out": toys.runs["count"]})
    run = bench.open([make_step("a", "count"), make_step("b", "double", inputs=(EDGE,))])
    bench.finish(run)
    again = bench.finish(run, recompute=True)
    assert again["a", "{}"].differs == ("out",)
    assert again["b", "{}"].differs == ()
    assert bench.value(again["a", "{}"], run) == 1, "the first writer wins"
