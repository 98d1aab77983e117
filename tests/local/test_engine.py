"""Runs from end to end."""

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from typing import Any

import pytest

from mlc_local.history import list_runs
from mlc_local.result import RunResult
from mlc_runtime.errors import InvalidInputError
from mlc_runtime.plan import PlanAxis, PlanEdge, PlanStep, Policy, dump
from mlc_runtime.relation import listed
from mlc_runtime.results import values
from mlc_runtime.store.directory import DirectoryStore

FIELD = {"$field": "i"}


def counts(result: RunResult) -> dict[str, dict[str, int]]:
    """What became of tasks, by step, without noughts."""
    words = ("done", "stored", "same", "shared", "failed", "missing")
    return {step.name: {word: n for word in words if (n := getattr(step, word))} for step in result.steps}


@pytest.fixture
def sums(project: Any, count: Any) -> Any:
    """Ten numbers, and their sum."""
    return project.plan(
        project.step("each", "give", {"value": FIELD}, axes=("i",)),
        project.step("all", "total", inputs=(PlanEdge("xs", "each", "out", ("i",)),)),
        axes=[count(10)],
    )


def test_a_run_and_a_second_one_without_work(project: Any, sums: Any) -> None:
    first = project.run(sums)
    assert first.verdict == "done"
    assert values(first.state, "all", "out") == [({}, 45)]
    assert counts(first) == {"each": {"done": 10}, "all": {"done": 1}}
    second = project.run(sums)
    assert counts(second) == {"each": {"stored": 10}, "all": {"stored": 1}}
    assert len(project.ran()) == 11
    assert first.name < second.name


def test_the_coordinator_imports_no_data_library() -> None:
    heavy = ("numpy", "pandas", "pyarrow", "duckdb", "sklearn", "rich")
    code = f"import mlc_local.target, sys; print([name for name in {heavy} if name in sys.modules])"
    path = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.check_output([sys.executable, "-c", code], env=path, text=True) == "[]\n"


def test_one_worker_and_two_give_equal_keys_and_contents(project: Any, sums: Any) -> None:
    for jobs in (1, 2):
        project.run(sums, jobs=jobs, store_path=str(project.root / f"store-{jobs}"))
    assert project.records("store-1") == project.records("store-2")
    assert len(project.records("store-1")) == 11


def test_fresh_runs_all_again_and_is_what_later_runs_find(project: Any, count: Any) -> None:
    project.operation("now", 'return {"out": time.time_ns()}')
    plan = project.plan(project.step("a", "now"))
    first, fresh, last = project.run(plan), project.run(plan, fresh=True), project.run(plan)
    assert counts(fresh) == {"a": {"done": 1}}
    assert counts(last) == {"a": {"stored": 1}}
    assert values(fresh.state, "a", "out") == values(last.state, "a", "out")
    assert len(project.ran()) == 2
    assert first.verdict == "done"


def test_recompute_tells_what_is_not_deterministic(project: Any) -> None:
    project.operation("now", 'return {"out": time.time_ns()}')
    plan = project.plan(project.step("a", "now"), project.step("b", "give", {"value": 1}))
    project.run(plan)
    again = project.run(plan, recompute=True)
    assert again.differs == (("a", {}, ("out",)),)
    assert counts(again) == {"a": {"done": 1}, "b": {"done": 1}}


@pytest.fixture
def branches(project: Any) -> Any:
    """A source that two trainings read."""

    def step(name: str, origin: tuple[str, ...], *reads: str, **more: Any) -> PlanStep:
        edges = tuple(PlanEdge(port, port, "out") for port in reads)
        step: PlanStep = project.step(name, "give", {"value": name}, inputs=edges, origin=(origin,), **more)
        return step

    return project.plan(
        step("sources.s", ("sources", "s"), root=False),
        step("one.fit", ("training", "one"), "sources.s", root=False),
        step("one.report", ("training", "one"), "one.fit"),
        step("two.fit", ("training", "two"), "sources.s"),
    )


def test_until_runs_only_what_a_name_needs(project: Any, branches: Any) -> None:
    result = project.run(branches, until="one")
    assert result.verdict == "done"
    assert project.ran() == ["sources.s", "one.fit", "one.report"]
    assert [step.name for step in result.steps] == project.ran()
    assert values(result.state, "two.fit", "out") == []
    assert counts(project.run(branches, until="sources.s")) == {"sources.s": {"stored": 1}}


def test_until_a_name_that_is_not_there(project: Any, branches: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        project.run(branches, until="tow")
    assert (caught.value.message, caught.value.help) == ("the pipeline has nothing named `tow`", "Did you mean `two`?")
    assert project.ran() == []


@pytest.mark.parametrize(
    ("settings", "code"), [({"parameters": {"x": "1"}}, "MLC965"), ({"as_of": "tomorrow"}, "MLC965")]
)
def test_what_does_not_fit_is_told_before_anything_runs(project: Any, sums: Any, settings: Any, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        project.run(sums, **settings)
    assert caught.value.code == code
    assert project.ran() == []
    assert list_runs(DirectoryStore(project.root / ".mlc")) == []


def test_parameters_and_the_logical_time_reach_tasks(project: Any) -> None:
    plan = project.plan(project.step("a", "give", {"value": [{"$param": "n"}, {"$param": "as_of"}]}))
    plan = replace(plan, params={"n": {"type": "int", "default": 1}}, spec={"timezone": "UTC"})
    result = project.run(plan, parameters={"n": "7"}, as_of="1970-01-01T00:00:01")
    assert values(result.state, "a", "out") == [({}, [7, 1_000_000])]


def test_equal_tasks_do_not_run_side_by_side(project: Any, count: Any) -> None:
    """Twelve tasks that differ only in a field that nothing reads, in two steps that ask for the same."""
    project.operation("slow", 'time.sleep(0.05)\nreturn {"out": params["value"]}')
    unread = PlanAxis("j", ("j",), values=listed(["j"], [(j,) for j in range(3)]))
    twins = [project.step(name, "slow", {"value": FIELD}, axes=("i", "j")) for name in ("a", "b")]
    result = project.run(project.plan(*twins, axes=[count(2), unread]))
    assert len(project.ran()) == 2
    assert counts(result) == {"a": {"done": 2, "shared": 4}, "b": {"shared": 6}}


def test_found_axes_empty_ones_and_poisoned_ones(project: Any) -> None:
    project.operation(
        "find",
        'if params["n"] < 0:\n    raise ValueError("lost")\n'
        'return {"out": {"fields": ["i"], "records": [[k] for k in range(params["n"])]}}',
    )

    def plan(n: int) -> Any:
        return project.plan(
            project.step("find", "find", {"n": n}, outputs={"out": "index"}, root=False),
            project.step("each", "give", {"value": FIELD}, axes=("found",), root=False),
            project.step("all", "total", inputs=(PlanEdge("xs", "each", "out", ("found",)),)),
            axes=[PlanAxis("found", ("i",), found=("find", "out"))],
        )

    for n, total in ((4, [({}, 6)]), (0, [({}, 0)])):
        result = project.run(plan(n))
        assert (result.verdict, values(result.state, "all", "out")) == ("done", total)
    lost = project.run(plan(-1))
    assert lost.verdict == "failed"
    assert (lost.steps[1].tasks, lost.steps[1].poisoned, lost.steps[2].missing) == (0, True, 1)


def test_long_tasks_use_every_worker(project: Any, count: Any) -> None:
    """No task ends before two have started, so one worker would not get on."""
    project.operation(
        "meet",
        """
end = time.monotonic() + 20
while len((context.root / "ran").read_text().splitlines()) < 2 and time.monotonic() < end:
    time.sleep(0.01)
time.sleep(0.15)
return {"out": os.getpid()}
""",
    )
    plan = project.plan(project.step("each", "meet", {"value": FIELD}, axes=("i",)), axes=[count(4)])
    result = project.run(plan)
    assert len({value for _, value in values(result.state, "each", "out")}) == 2


def test_workers_are_as_results_want_them(project: Any) -> None:
    names = ("PYTHONHASHSEED", "OMP_NUM_THREADS", "TZ", "LC_ALL")
    project.operation("tell", f'return {{"out": [os.environ.get(name) for name in {names!r}]}}')
    wide = project.step("wide", "tell", {"p": 2}, policy=Policy(resources={"cpu": 3}))
    result = project.run(project.plan(project.step("one", "tell"), wide))
    assert values(result.state, "one", "out") == [({}, ["0", "1", "UTC", "C.UTF-8"])]
    assert values(result.state, "wide", "out") == [({}, ["0", "3", "UTC", "C.UTF-8"])]


def test_nothing_is_left_behind(project: Any, sums: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    project.run(sums)
    assert list(scratch.iterdir()) == []
    assert not [file for file in (project.root / ".mlc").rglob("*") if file.name.startswith(".tmp-")]


def test_containers_and_this_machine_find_each_other_s_results(project: Any, sums: Any) -> None:
    (project.root / "plan.json").write_bytes(dump(sums))

    def container(run: str, *step: str) -> int:
        arguments = ["--plan", "plan.json", "--store", ".mlc", "--run", run]
        command = [sys.executable, "-m", "mlc_runtime", "tile" if step else "prepare", *arguments]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.run([*command, *step], cwd=project.root, env=environment, check=False).returncode

    assert [container("c1"), container("c1", "--step", "each")] == [0, 0]
    assert len(project.ran()) == 10
    assert counts(project.run(sums)) == {"each": {"stored": 10}, "all": {"done": 1}}
    assert [container("c2"), container("c2", "--step", "each"), container("c2", "--step", "all")] == [0, 0, 0]
    assert len(project.ran()) == 11
