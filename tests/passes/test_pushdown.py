"""What is read of a narrowed table is what would be read of the whole: random sources, lookups, filters and choices."""

import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_compiler.driver import check_file
from mlc_compiler.graph.build import build
from mlc_compiler.graph.graph import Graph, order
from mlc_compiler.passes import reads as rules
from mlc_compiler.passes.bounds import bounds
from mlc_compiler.passes.facts import Facts
from mlc_compiler.passes.pushdown import pushdown
from mlc_compiler.passes.reads import Need, reads, union
from mlc_compiler.plan.code import closures
from mlc_compiler.plan.lower import lower
from mlc_runtime.context import Context
from mlc_runtime.ledger import StoreLedger
from mlc_runtime.ops import read
from mlc_runtime.prepare import Site, prepare
from mlc_runtime.run import Run
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.task import TaskRunner
from mlc_runtime.values import decode

pushing = importlib.import_module("mlc_compiler.passes.pushdown")
CONDITIONS = ["a > 1", "c = 'x'", "b is null", "not a > 1", "a in (1, 3)", "c <> 'y' or a is null", "flag", "b > 0.5"]
KNOWN = ["a > 1", "not a > 1", "a in (1, 3)", "flag", "k <> 'u' or a is null"]
FEATURES = ["looked.x", "looked.y", "latest.a", "latest.c", "own.p", "own.q", "mixed"]
SPEC = """\
mlc: 1
name: narrow
sources:
  s: {{read: s.parquet, columns: &all {{id: int, k: string, a: int, b: float, c: string, flag: bool, t: timestamp,
       seen: timestamp}}, {key}time: t, known: {{"*": t, c: seen}}}}
  e: {{read: e.parquet, columns: *all, {key}time: t, known: {{"*": t, b: t + interval 1 day}}}}
features:
  looked: {{from: s, join: [k], window: 3d, {first}columns: {{x: sum(a), y: count(b)}}}}
  latest: {{from: s, join: [k], window: 9d, {second}columns: [a, c]}}
  own: {{columns: {{p: a + 1, q: c}}}}
  mixed: {{columns: {{z: looked.x - own.p}}}}
examples:
  e: {{from: e, at: t, {population}label: b > 0, split: {{by: random, test: 30%, validation: 30%{group}}}}}
training:
  m: {{examples: e, features: [{features}], model: "models:Model", metrics: [brier]}}
"""
DAY = 86_400_000_000


@st.composite
def specs(draw: st.DrawFn) -> str:
    def condition(conditions: list[str]) -> str:
        chosen = draw(st.lists(st.sampled_from(conditions), max_size=2, unique=True))
        return f'where: "{" and ".join(f"({one})" for one in chosen)}", ' if chosen else ""

    return SPEC.format(
        key=draw(st.sampled_from(["key: [id], ", ""])),
        first=condition(CONDITIONS),
        second=condition(CONDITIONS),
        population=condition(KNOWN),
        group=draw(st.sampled_from(["", ", group: k"])),
        features=", ".join(draw(st.lists(st.sampled_from(FEATURES), min_size=1, max_size=3, unique=True))),
    )


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    n = 12
    some = st.lists(st.none() | st.integers(0, 4), min_size=n, max_size=n)
    moments = pa.timestamp("us", tz="UTC")
    columns = {
        "id": pa.array(draw(st.permutations(range(n)))),
        "k": pa.array([None if v is None else "uvw"[v % 3] for v in draw(some)], pa.string()),
        "a": pa.array(draw(some), pa.int64()),
        "b": pa.array([None if v is None else v / 2 - 1 for v in draw(some)], pa.float64()),
        "c": pa.array([None if v is None else "xyz"[v % 3] for v in draw(some)], pa.string()),
        "flag": pa.array([None if v is None else v > 1 for v in draw(some)], pa.bool_()),
        "t": pa.array([None if v is None else v * DAY for v in draw(some)], moments),
        "seen": pa.array([None if v is None else v * DAY for v in draw(some)], moments),
    }
    return pa.table(columns)


def tail(root: Path, spec: str) -> tuple[Any, Graph]:
    """The graph of a spec as far as the table of its training, which is its only root: no check sees all rows."""
    (root / "pipeline.yaml").write_text(spec)
    checked = check_file(root / "pipeline.yaml", "pipeline.yaml")
    assert checked.sound, [(finding.code, finding.message) for finding in checked.diagnostics]
    whole = build(checked.program)
    kept, todo = set[str](), ["m.rows", "e.parts" if "e.parts" in whole.step else "m.rows"]
    while todo:
        name = todo.pop()
        if name not in kept:
            kept.add(name)
            todo += [edge.step for edge in whole.step[name].inputs]
    steps = [replace(step, root=step.name == "m.rows") for step in whole.steps if step.name in kept]
    return checked.program, order(steps, ())


def outcome(root: Path, program: Any, graph: Graph) -> tuple[dict[str, str], Any]:
    """The keys of all tasks, and the table that came out or why there is none."""
    plan, store = lower(graph, program, closures(graph, root)), MemoryStore()
    bind = prepare(plan, "r", Site(store, root, {}), as_of=30 * DAY)
    runner = TaskRunner(Run(plan, bind, store, StoreLedger(store, "r"), "r", root))
    made = {step.name: runner.run_task(step.name, {}) for step in plan.steps}
    last = made["m.rows"]
    keys = {name: one.key for name, one in made.items()}
    return keys, decode(last.record.outputs["table"], store) if last.record else last.failure and last.failure.code


def differ(root: Path, spec: str, one: pa.Table, other: pa.Table, counted: list[bool] | None = None) -> None:
    pq.write_table(one, root / "s.parquet", row_group_size=3)
    pq.write_table(other, root / "e.parquet", row_group_size=3)
    (root / "models.py").write_text("class Model: ...\n")
    program, graph = tail(root, spec)
    narrow = pushdown(graph, Facts())
    assert pushdown(narrow, Facts()) == narrow
    if counted is not None:
        counted.append(any(step.where for step in narrow.steps) and any(step.want for step in narrow.steps))
    assert outcome(root, program, narrow) == outcome(root, program, graph)


def test_the_table_that_is_read_is_the_same(tmp_path: Path) -> None:
    counted: list[bool] = []

    @settings(max_examples=10)
    @given(specs(), tables(), tables())
    def holds(spec: str, one: pa.Table, other: pa.Table) -> None:
        differ(tmp_path, spec, one, other, counted)

    holds()
    assert sum(counted) > len(counted) / 4, "few specs have something to push down"


def _filter_past_numbers(step: Any, wanted: Need) -> Any:
    """Rows are left out before they are numbered."""
    return {"source": Need(None, wanted.where or '("a" > 1)')}


def _first_condition(needs: Any) -> Need:
    """One reader's condition stands for all."""
    each = list(needs)
    return Need(union(each).columns, next((need.where for need in each if need.where), None))


@pytest.mark.parametrize(
    ("planted", "traps"),
    [
        ("numbers", {"population": 'where: "a > 1", ', "features": "own.p"}),
        ("union", {"first": 'where: "a > 1", ', "second": "where: \"c = 'x'\", ", "features": "looked.x, latest.a"}),
        ("expressions", {"features": "latest.c"}),
    ],
)
def test_planted_errors_are_found(
    planted: str, traps: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = {"key": "key: [id], ", "first": "", "second": "", "population": "", "group": ""}
    spec, table = SPEC.format(**{**blank, **traps}), plain_table()
    differ(tmp_path, spec, table, table)
    match planted:
        case "numbers":
            monkeypatch.setattr(rules, "_RULES", {**rules._RULES, "examples": _filter_past_numbers})
        case "union":
            monkeypatch.setattr(pushing, "union", _first_condition)
        case "expressions":
            monkeypatch.setattr(rules, "_texts", lambda columns: [])
    with pytest.raises(AssertionError):
        differ(tmp_path, spec, table, table)


def plain_table() -> pa.Table:
    """Twelve rows of which most hold."""
    numbers = [1, 2, 3] * 4
    moments = pa.array([(n // 4) * DAY for n in range(12)], pa.timestamp("us", tz="UTC"))
    columns = {"id": list(range(12))[::-1], "k": ["u", "v"] * 6, "a": numbers, "b": [n - 1.5 for n in numbers]}
    columns |= {"c": ["x", "y", "x", None] * 3, "flag": [True, None, False] * 4}
    return pa.table(columns).append_column("t", moments).append_column("seen", moments)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("(\"c\" = 'it''s')", ((("c", "=", "it's"),),)),
        ('(3 < "a")', ((("a", ">", 3),),)),
        ('("a" BETWEEN -2 AND 5)', ((("a", ">=", -2), ("a", "<=", 5)),)),
        ('(NOT "flag")', ((("flag", "=", False),),)),
        ("(\"c\" IN ('x', 'y'))", ((("c", "=", "x"),), (("c", "=", "y"),))),
        ("(\"c\" NOT IN ('x', 'y'))", ()),
        ('("b" > 0)', ()),
        ('("a" > 0.5)', ()),
        ('("a" IS NULL)', ()),
        ('(("a" > 1) OR ("b" > 0))', ()),
        ('(("a" > 1) AND ("b" > 0))', ((("a", ">", 1),),)),
        ("(\"a\" = '1')", ()),
    ],
)
def test_bounds(sql: str, expected: Any) -> None:
    assert bounds(sql, {"a": "int", "b": "float", "c": "string", "flag": "bool"}) == expected


def test_row_groups_without_wanted_rows_are_not_read(tmp_path: Path, make_reading: Callable[..., Any]) -> None:
    kinds = ["a"] * 100 + ["b"] * 100 + ["c"] * 100
    pq.write_table(pa.table({"kind": kinds, "n": list(range(300))}), tmp_path / "t.parquet", row_group_size=50)
    assert make_reading(bounds("(\"kind\" = 'b')", {"kind": "string"})) == 100
    assert make_reading(bounds('(("kind" = \'b\') AND ("n" < 120))', {"kind": "string", "n": "int"})) == 50
    assert make_reading(bounds("(\"kind\" = 'z')", {"kind": "string"})) == 0
    assert make_reading(((("kind", "=", 3),),)) == 300, "what is not stored as text is not compared as text"


@pytest.fixture
def make_reading(tmp_path: Path) -> Callable[..., int]:
    """How many rows are read of `t.parquet` under some bounds."""

    def rows(given: Any) -> int:
        columns = [{"name": "kind", "type": "string"}, {"name": "n", "type": "int"}]
        params = {"locate": {"path": "t.parquet"}, "columns": columns, "known": {}, "row_known": [], "bounds": given}
        context = Context({}, "UTC", 0, tmp_path, tmp_path, MemoryStore(), "r", log=lambda _: None)
        return int(read.run({}, params, context)["table"].num_rows)

    return rows


def test_a_whole_result_serves_who_wants_a_part(tmp_path: Path) -> None:
    spec = SPEC.format(key="key: [id], ", first="", second="", population="", group="", features="own.p")
    table = plain_table()
    for name in "se":
        pq.write_table(table, tmp_path / f"{name}.parquet")
    (tmp_path / "models.py").write_text("class Model: ...\n")
    program, graph = tail(tmp_path, spec)
    store = MemoryStore()
    statuses = []
    for name, one in (("whole", graph), ("narrow", pushdown(graph, Facts()))):
        plan = lower(one, program, closures(one, tmp_path))
        bind = prepare(plan, name, Site(store, tmp_path, {}), as_of=30 * DAY)
        runner = TaskRunner(Run(plan, bind, store, StoreLedger(store, name), name, tmp_path))
        statuses.append({runner.run_task(step.name, {}).status for step in plan.steps})
    assert statuses == [{"done"}, {"stored"}]


def test_rows_are_counted_of_which_no_column_is_read(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("a\n1\n\n3\n")
    (tmp_path / "p.yaml").write_text(
        "mlc: 1\nname: p\nsources:\n  s: {read: s.csv, columns: {a: int}, static: true, checks: [count(*) = 3]}\n"
        '  n: {sql: "SELECT count(*) AS n FROM s", checks: [n = 3]}\n'
        '  m: {sql: "SELECT count(*) AS n FROM n", checks: [n = 1]}\n'
    )
    checked = check_file(tmp_path / "p.yaml")
    assert checked.sound, checked.diagnostics
    graph = build(checked.program)
    reports = []
    for name, one in (("whole", graph), ("narrow", pushdown(graph, Facts()))):
        plan, store = lower(one, checked.program, closures(one, tmp_path)), MemoryStore()
        bind = prepare(plan, name, Site(store, tmp_path, {}))
        runner = TaskRunner(Run(plan, bind, store, StoreLedger(store, name), name, tmp_path))
        records = {step.name: runner.run_task(step.name, {}).record for step in plan.steps}
        checks = {step.name: records[step.name] for step in graph.steps if step.op == "check"}
        reports.append({name: record and record.outputs["report"].content for name, record in checks.items()})
    assert len(reports[0]) == 3
    assert reports[0] == reports[1]


def test_every_rule_is_of_an_operation() -> None:
    from mlc_runtime.ops import VERSIONS

    assert set(rules._RULES) <= set(VERSIONS)
    assert set(VERSIONS) >= pushing._NARROWS
    assert reads(replace(_step(), op="someone.elses"), Need()) == {}


def _step() -> Any:
    from mlc_compiler.graph.step import Step

    return Step("s", "read")
