"""What became of steps, found by comparing two graphs and nothing else."""

from dataclasses import replace

from mlc_compiler.explain.changes import Change, changes, unfiltered
from mlc_compiler.explain.report import Ran
from mlc_compiler.explain.text import pass_lines
from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.size import Size, number
from mlc_compiler.graph.step import Edge, Policy, Step, Where, field_of
from mlc_compiler.passes.facts import Facts
from mlc_compiler.passes.pushdown import pushdown
from mlc_runtime.relation import cross, listed

SHAPE = listed(("shape",), (("level",), ("change",)))
ALPHA = listed(("alpha",), ((i,) for i in range(50)))
AXES = (
    Axis("country", Found("names", "country", ("country",))),
    Axis("grid", cross([SHAPE, ALPHA])),
    Axis("grid/shape", SHAPE),
    Axis("country/", Project("country", ())),
)
TABLE = {"table": "table"}
READ = Step("read", "read", {"columns": [{"name": name} for name in "abcd"]}, outputs=TABLE)
NAMES = Step("names", "distinct", {}, (Edge("rows", "read", "table"),), {"country": "index"})
ROWS = Edge("rows", "read", "table")
PREPARE = Step("scaled", "prepare", {"shape": field_of("shape")}, (ROWS,), TABLE, axes=("country", "grid"))
CALENDAR = Step("calendar", "features", {}, (ROWS,), TABLE, axes=("country",))
FIT = Step("fit", "train", {"alpha": field_of("alpha")}, (Edge("rows", "scaled", "table"),), {"model": "model"})
COPY = replace(CALENDAR, name="copy")
PLAIN = Graph((READ, NAMES, PREPARE, CALENDAR, COPY, replace(FIT, axes=("country", "grid"))), AXES)


def with_steps(*changed: Step, without: tuple[str, ...] = ()) -> Graph:
    new = {step.name: step for step in changed}
    return Graph(tuple(new.get(step.name, step) for step in PLAIN.steps if step.name not in without), AXES)


def said(after: Graph) -> list[str]:
    return list(pass_lines(Ran("pass", changes(PLAIN, after))))


def test_nothing_changed() -> None:
    assert changes(PLAIN, PLAIN) == ()


def test_hoisted_out_of_settings() -> None:
    after = with_steps(replace(PREPARE, axes=("country", "grid/shape")))
    before, now = Size({("country",): 100}), Size({("country",): 2})
    assert changes(PLAIN, after) == (Change("hoisted", "scaled", before, now, out_of=("alpha",), settings=50),)
    assert said(after) == ["hoisted `scaled` out of 50 settings (alpha): country x 100 -> country x 2 executions"]


def test_hoisted_out_of_an_axis_that_a_run_finds() -> None:
    after = with_steps(replace(CALENDAR, axes=("country/",)))
    assert said(after) == ["hoisted `calendar` out of country: country -> <=1 executions"]


def test_merged_with_one_that_computes_the_same() -> None:
    after = with_steps(without=("copy",))
    assert changes(PLAIN, after) == (Change("merged", "copy", Size({("country",): 1}), number(0), into="calendar"),)
    assert said(after) == ["merged `copy` into `calendar`, which computes the same"]


def test_an_impure_step_is_merged_with_nothing() -> None:
    impure = replace(COPY, pure=False)
    before = Graph((*PLAIN.steps[:-2], impure, PLAIN.steps[-1]), AXES)
    (change,) = changes(before, with_steps(without=("copy",)))
    assert change.what == "dropped"


def test_dropped_together() -> None:
    after = with_steps(without=("calendar", "copy"))
    assert said(after) == ["dropped 2 steps that nothing reads: `calendar`, `copy`"]
    assert said(with_steps(without=("fit",))) == ["dropped a step that nothing reads: `fit`"]


def test_narrowed_to_the_columns_that_are_read() -> None:
    after = with_steps(replace(READ, want=("a", "c")))
    assert said(after) == ["narrowed `read` to 2 of 4 columns, without `b`, `d`"]


def test_narrowed_where_nothing_says_what_there_was() -> None:
    after = with_steps(replace(CALENDAR, want=("a",)))
    assert said(after) == ["narrowed `calendar` to 1 column"]


def test_fused_into_the_tasks_of_another() -> None:
    scaled = replace(PREPARE, policy=Policy(store="skip"))
    after = with_steps(scaled, replace(FIT, axes=("country", "grid"), members=("scaled",)))
    assert list(pass_lines(Ran("fuse", changes(PLAIN, after, Facts(durations={"scaled": 0.002}))))) == [
        "fused `scaled` into the tasks of `fit`: 2 ms each (measured)"
    ]


def test_tiled_by_an_estimate() -> None:
    fit = replace(FIT, axes=("country", "grid"))
    assert said(with_steps(replace(fit, tiles={"max": 11}))) == [
        "tiled `fit`: country x 100 tasks, 1 s each (default), in 11 tiles"
    ]
    assert said(with_steps(replace(fit, tiles={"from": "names", "each": 30, "max": 1_000}))) == [
        "tiled `fit`: country x 100 tasks, 1 s each (default), 30 to a tile"
    ]


def test_filtered_to_the_rows_that_are_read() -> None:
    after = with_steps(replace(READ, where=Where('("a" > 0)')))
    assert said(after) == ['filtered `read` to rows where ("a" > 0)']


def test_rows_that_are_kept_for_a_check() -> None:
    source = Step(
        "s", "read", {"columns": [{"name": "a", "type": "int"}], "key": [], "row_known": [], "known": {}}, outputs=TABLE
    )
    rows = Edge("source", "s", "table")
    look_up = {"columns": [{"name": "n", "latest": '"a"'}], "join": [], "key": [], "time": None}
    found = Step("f", "features", {**look_up, "where": {"sql": '("a" > 0)'}}, (rows,), TABLE, root=True)
    check = Step("s.checks", "check", {"checks": [], "columns": [], "key": []}, (replace(rows, port="table"),))
    whole = pushdown(Graph((source, check, found), ()), Facts())
    told = ['kept every row of `s` for `s.checks`, not only those where ("a" > 0)']
    assert list(pass_lines(Ran("pushdown", unfiltered(whole)))) == told
    assert not unfiltered(pushdown(Graph((source, found), ()), Facts()))
