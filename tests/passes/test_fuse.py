"""Which steps run within others' tasks, and that nothing but that changes."""

from dataclasses import replace

import pytest

from mlc_compiler.graph.axis import Axis, Found
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Edge, Policy, Step
from mlc_compiler.graph.text import dump, parse
from mlc_compiler.graph.verify import verify
from mlc_compiler.passes.facts import Facts, Limits
from mlc_compiler.passes.fuse import fuse
from mlc_runtime.relation import listed

NINE = Axis("g", listed(("g",), ((i,) for i in range(9))))
QUICK = Facts(durations={"a": 0.001, "b": 0.001})


def step(name: str, *reads: str, **more: object) -> Step:
    inputs = tuple(Edge(f"p{number}", read, "out") for number, read in enumerate(reads))
    settings = {"inputs": inputs, "outputs": {"out": "table"}, "axes": ("g",), "origin": (("t", name),), **more}
    return Step(name, "python", **settings)  # type: ignore[arg-type]


def fused(facts: Facts, *steps: Step) -> Graph:
    before = Graph(steps, (NINE,))
    assert verify(before) == []
    after = fuse(before, facts)
    assert verify(after, before) == []
    assert after.static_keys == before.static_keys
    assert fuse(after, facts) == after
    assert parse(dump(after)) == after
    return after


def members(graph: Graph) -> dict[str, tuple[str, ...]]:
    return {each.name: each.members for each in graph.steps if each.members}


END = step("end", "c", root=True, axes=())
COLLECT = replace(END, inputs=(Edge("x", "c", "out", ("g",)),))


def test_a_chain_of_quick_steps_is_one_task_and_keeps_records_only() -> None:
    graph = fused(QUICK, step("a"), step("b", "a"), step("c", "b"), COLLECT)
    assert members(graph) == {"c": ("a", "b")}
    assert [graph.step[name].policy.store for name in "abc"] == ["skip", "skip", "may"]


def test_a_slow_step_stays_by_itself_unless_starting_takes_longer() -> None:
    slow = Facts(durations={"a": 2.0})
    steps = (step("a"), step("c", "a"), COLLECT)
    assert members(fused(slow, *steps)) == {}
    assert members(fused(replace(slow, limits=Limits(startup=60.0)), *steps)) == {"c": ("a",)}
    assert members(fused(replace(slow, limits=Limits(startup=60.0, tiles=1)), *steps)) == {}, "9 x 2 s in one start"


@pytest.mark.parametrize(
    "guarded",
    [
        {"root": True},
        {"pure": False},
        {"effect": True},
        {"outputs": {"out": "file"}},
        {"policy": Policy(pool="gpu")},
        {"policy": Policy(image="other")},
        {"policy": Policy(resources={"memory": 1e9})},
        {"policy": Policy(timeout=1)},
        {"policy": Policy(checkpoint=True)},
        {"policy": Policy(store="must")},
        {"axes": ()},
    ],
    ids=lambda guarded: next(iter(guarded)) if "policy" not in guarded else str(guarded["policy"])[7:40],
)
def test_guards(guarded: dict[str, object]) -> None:
    assert members(fused(QUICK, step("a", **guarded), step("c", "a"), COLLECT)) == {}


def test_a_reader_that_has_as_much_takes_in_who_asks_for_less() -> None:
    large = Policy(resources={"memory": 2e9, "cpu": 2})
    small = Policy(resources={"memory": 1e9})
    assert members(fused(QUICK, step("a", policy=small), step("c", "a", policy=large), COLLECT)) == {"c": ("a",)}


def test_a_collect_and_a_spare_input_are_no_chain() -> None:
    spare = replace(step("c"), inputs=(Edge("x", "a", "out", missing=True),))
    assert members(fused(QUICK, step("a"), spare, COLLECT)) == {}
    assert "end" not in members(fused(QUICK, step("a"), step("c", "a"), COLLECT))


def test_what_finds_an_axis_is_asked_for_by_itself() -> None:
    found = Axis("f", Found("a", "index", ("f",)), ("g",))
    finder = step("a", outputs={"out": "table", "index": "index"})
    end = replace(END, inputs=(Edge("x", "d", "out", ("g", "f")),))
    graph = Graph((finder, step("c", "a"), step("d", "c", axes=("g", "f")), end), (NINE, found))
    assert verify(graph) == []
    assert "c" not in members(fuse(graph, QUICK))


def test_readers_outside_keep_a_step_stored_by_itself_when_they_are_many() -> None:
    few = (step("a"), step("c", "a"), COLLECT, step("other", "a", axes=("g",), root=True))
    many = tuple(step(f"other{number}", "a", root=True) for number in range(9))
    facts = Facts(durations={"a": 0.005, "c": 1.0})
    assert members(fused(facts, *few)) == {"c": ("a",)} or members(fused(facts, *few)) == {"other": ("a",)}
    assert members(fused(facts, step("a"), step("c", "a"), COLLECT, *many)) == {}


def test_no_task_waits_for_itself() -> None:
    """`slow` reads `a` and is read by `c`: within `c`, `a` would come too late for it."""
    facts = Facts(durations={"a": 0.001, "slow": 5.0, "c": 2.0})
    graph = fused(facts, step("a"), step("slow", "a"), step("c", "a", "slow"), COLLECT)
    assert members(graph) == {"slow": ("a",)}


SLIGHT = Facts(durations={"a": 1.0, "b": 1.0, "c": 0.1})


def test_a_reader_that_takes_little_is_handed_what_is_stored_all_the_same() -> None:
    graph = fused(SLIGHT, step("a"), step("c", "a"), COLLECT)
    assert members(graph) == {"c": ("a",)}
    assert [graph.step[name].policy.store for name in "ac"] == ["may", "may"]
    assert members(fused(replace(SLIGHT, durations={"a": 1.0, "c": 0.3}), step("a"), step("c", "a"), COLLECT)) == {}


def test_what_takes_long_waits_for_nothing_that_only_its_reader_reads() -> None:
    assert members(fused(SLIGHT, step("a"), step("b"), step("c", "a", "b"), COLLECT)) == {}
    assert members(fused(SLIGHT, step("b"), step("a", "b"), step("c", "a", "b"), COLLECT)) == {"c": ("a",)}


def test_who_else_reads_what_takes_long_does_not_wait_for_the_reader() -> None:
    steps = (step("a"), step("c", "a"), COLLECT)
    assert members(fused(SLIGHT, *steps, step("soon", "a", root=True))) == {}
    late = step("late", "a", root=True, inputs=(Edge("x", "a", "out"), Edge("y", "end", "out")))
    assert members(fused(SLIGHT, *steps, late)) == {"c": ("a",)}


def test_planted_errors_are_found() -> None:
    whole = Graph((step("a"), step("slow", "a"), step("c", "a", "slow"), COLLECT), (NINE,))

    def within(host: str, *inside: str, graph: Graph = whole) -> list[str]:
        steps = (replace(each, members=inside) if each.name == host else each for each in graph.steps)
        return verify(replace(graph, steps=tuple(steps)))

    assert within("slow", "a") == []
    assert within("end", "c"), "another relation"
    assert within("a", "c"), "after its host"
    assert within("slow", "nobody")
    root = Graph(tuple(replace(each, root=True) for each in whole.steps), whole.axes)
    assert within("slow", "a", graph=root)
    twice = replace(
        whole, steps=tuple(replace(e, members=("a",)) if e.name in ("slow", "c") else e for e in whole.steps)
    )
    assert verify(twice)
    early = replace(
        whole,
        steps=(*whole.steps[:1], replace(COLLECT, name="x", inputs=(Edge("x", "a", "out", ("g",)),)), *whole.steps[1:]),
    )
    assert within("slow", "a", graph=early), "read before its host"
