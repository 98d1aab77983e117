"""The runtime as engines call it: processes, exit codes, tiles, cancellation, crashes."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlc_runtime.__main__ import main
from mlc_runtime.keys import static_key
from mlc_runtime.plan import Plan, PlanAxis, PlanEdge, PlanStep, Policy, dump
from mlc_runtime.relation import listed

OPS = {
    "find": """
def run(inputs, params, context):
    return {"out": {"fields": ["g"], "records": [[i] for i in range(params["n"])]}}
""",
    "work": """
import os, signal, time
def run(inputs, params, context):
    (context.root / "ran").open("a").write(f"{params['g']}\\n")
    if params["g"] in params["bad"]:
        raise ValueError("bad")
    if params["g"] in params.get("deadly", []):
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(params.get("sleep", 0) + 60 * (params["g"] in params.get("slow", [])))
    return {"out": params["g"]}
""",
    "total": """
def run(inputs, params, context):
    return {"out": sum(value for _, value in inputs["xs"])}
""",
}


class Project:
    """A plan in a folder, and the commands of an engine over it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in OPS.items():
            (root / "toyops").mkdir(exist_ok=True)
            (root / "toyops" / f"{name}.py").write_text(text)

    def compile(self, *, n: int = 6, tolerate: float = 0.0, policy: Policy | None = None, **params: Any) -> None:
        work = {"g": {"$field": "g"}, "bad": [], **params}
        steps = (
            PlanStep("find", "toyops.find", static_key("find", 1), {"n": n}, outputs={"out": "index"}),
            PlanStep(
                "work",
                "toyops.work",
                static_key("work", 1),
                work,
                outputs={"out": "value"},
                axes=("g",),
                tiles={"from": "find", "each": 2},
                policy=policy or Policy(),
            ),
            PlanStep(
                "total",
                "toyops.total",
                static_key("total", 1),
                inputs=(PlanEdge("xs", "work", "out", ("g",), tolerate=tolerate),),
                outputs={"out": "value"},
                root=True,
            ),
        )
        axes = {"g": PlanAxis("g", ("g",), found=("find", "out"))}
        (self.root / "plan.json").write_bytes(dump(Plan("toy", {}, axes, steps)))

    def arguments(self, command: str, *more: str, run: str = "r1") -> list[str]:
        plan, store = str(self.root / "plan.json"), str(self.root / "store")
        return [command, "--plan", plan, "--store", store, "--run", run, "--root", str(self.root), *more]

    def start(self, *arguments: str, run: str = "r1") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "mlc_runtime", *self.arguments(*arguments, run=run)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    def call(self, *arguments: str, run: str = "r1") -> int:
        process = self.start(*arguments, run=run)
        process.communicate(timeout=60)
        return process.returncode

    def ran(self) -> list[int]:
        file = self.root / "ran"
        return [int(line) for line in file.read_text().split()] if file.exists() else []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("AWS_BATCH_JOB_ARRAY_INDEX", raising=False)
    return Project(tmp_path)


def test_a_pipeline_runs_as_an_engine_runs_it(project: Project) -> None:
    project.compile()
    ints = project.root / "ints"
    assert project.call("prepare") == 0
    assert project.call("tile", "--step", "find", "--ints", str(ints)) == 0
    assert {file.name: file.read_text() for file in ints.iterdir()} == {"1": "3"}, "by the step's place in the plan"
    assert [project.call("tile", "--step", "1", "--tile", str(i)) for i in (2, 0, 1, 3)] == [0, 0, 0, 0]
    assert project.ran() == [4, 5, 0, 1, 2, 3]
    assert project.call("tile", "--step", "total") == 0
    process = project.start("finish")
    summary = json.loads(process.communicate()[0])
    assert process.returncode == 0
    assert summary["verdict"] == "done"
    assert {name: counts["done"] for name, counts in summary["steps"].items()} == {"find": 1, "work": 6, "total": 1}
    assert [project.call("tile", "--step", "work", "--tile", str(i)) for i in range(3)] == [0, 0, 0]
    assert len(project.ran()) == 6, "what is done is done"


@pytest.fixture
def here(project: Project, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Calls a command in this process, which is quicker."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def call(*arguments: str, run: str = "r1") -> int:
        monkeypatch.syspath_prepend(str(project.root))
        for name in [name for name in sys.modules if name.startswith("toyops")]:
            monkeypatch.delitem(sys.modules, name)
        return main(project.arguments(*arguments, run=run))

    yield call
    for number, handler in handlers.items():
        signal.signal(number, handler)


def everything(here: Any, run: str = "r1") -> list[int]:
    steps = [("find",), ("work", "--tile", "0"), ("work", "--tile", "1"), ("work", "--tile", "2"), ("total",)]
    codes = [here("prepare", run=run), *(here("tile", "--step", *step, run=run) for step in steps)]
    return [*codes, here("finish", run=run)]


def test_what_nothing_asks_for_is_not_made_again(project: Project, here: Any) -> None:
    """One step lost all its results and its reader one: `prepare` decides, tiles and `finish` obey."""
    work = {"g": {"$field": "g"}, "bad": []}
    edge = (PlanEdge("x", "work", "out"),)
    first = PlanStep("work", "toyops.work", static_key("work", 1), work, outputs={"out": "value"}, axes=("g",))
    last = replace(first, name="last", params={**work, "again": True}, inputs=edge, root=True)
    axis = PlanAxis("g", ("g",), values=listed(["g"], [(i,) for i in range(3)]))
    (project.root / "plan.json").write_bytes(dump(Plan("toy", {}, {"g": axis}, (first, last))))
    commands = [("prepare",), ("tile", "--step", "work"), ("tile", "--step", "last"), ("finish",)]
    assert [here(*command) for command in commands] == [0, 0, 0, 0]
    assert len(project.ran()) == 6
    for file in [*(project.root / "store" / "task").rglob("*.json"), *(project.root / "store" / "same").rglob("*")]:
        record = json.loads(file.read_bytes()) if file.suffix else {}
        if file.is_file() and not (record.get("inputs") and record["outputs"]["out"]["inline"] != 1):
            file.unlink()
    assert [here(*command, run="r2") for command in commands] == [0, 0, 0, 0]
    assert project.ran()[6:] == [1, 1]
    steps = json.loads((project.root / "store" / "run" / "r2" / "summary.json").read_bytes())["steps"]
    assert {name: counts["tasks"] for name, counts in steps.items()} == {"work": 1, "last": 3}


def test_a_failure_that_nobody_tolerates_is_the_application_s(project: Project, here: Any) -> None:
    project.compile(bad=[1])
    assert everything(here) == [0, 0, 10, 0, 0, 0, 10]


def test_a_log_says_why(project: Project, here: Any, capsys: pytest.CaptureFixture[str]) -> None:
    project.compile(bad=[1])
    everything(here)
    told = capsys.readouterr().err
    assert "MLC960: `work` for {'g': 1}: ValueError: bad" in told
    assert 'raise ValueError("bad")' in told


def test_a_failure_that_is_tolerated_is_none(project: Project, here: Any) -> None:
    project.compile(bad=[1], tolerate=0.2)
    assert everything(here) == [0, 0, 0, 0, 0, 0, 0]
    project.compile(bad=[1, 2], tolerate=0.2)
    assert everything(here, "r2") == [0, 0, 0, 0, 0, 0, 10]


def test_what_has_not_run_is_incomplete_and_worth_another_try(project: Project, here: Any) -> None:
    project.compile()
    assert here("prepare") == 0
    assert here("tile", "--step", "work") == 11
    assert here("finish") == 11
    assert here("tile", "--step", "find") == 0
    assert here("tile", "--step", "total") == 11


def test_an_axis_without_values_has_no_tiles(project: Project, here: Any) -> None:
    project.compile(n=0)
    assert everything(here) == [0, 0, 0, 0, 0, 0, 0]
    assert project.ran() == []


def test_invalid_input_is_never_tried_again(project: Project, here: Any, tmp_path: Path) -> None:
    project.compile()
    assert here("tile", "--step", "find") == 12, "the run is not prepared"
    assert here("prepare", "--set", "nothing=1") == 12
    assert here("prepare", "--as-of", "soon") == 12
    assert here("prepare", "--environment", str(tmp_path / "none.json")) == 12
    assert here("prepare") == 0
    assert here("tile", "--step", "nowhere") == 12
    (tmp_path / "plan.json").write_text('{"mlc_plan": 99}')
    assert here("prepare") == 12


def test_an_engine_s_array_index_is_the_tile(project: Project, here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project.compile()
    here("prepare")
    here("tile", "--step", "find")
    monkeypatch.setenv("AWS_BATCH_JOB_ARRAY_INDEX", "2")
    assert here("tile", "--step", "work") == 0
    assert project.ran() == [4, 5]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_new_tasks_and_keeps_what_is_done(project: Project, number: signal.Signals) -> None:
    project.compile(n=2, sleep=1.0)
    assert project.call("prepare") == 0
    assert project.call("tile", "--step", "find") == 0
    process = project.start("tile", "--step", "work")
    deadline = time.monotonic() + 30
    while not project.ran():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == 13
    assert project.ran() == [0]
    assert project.call("tile", "--step", "work") == 0
    assert project.ran() == [0, 1]


def test_a_task_that_ends_its_process_fails_in_the_end_and_takes_no_other_with_it(project: Project) -> None:
    project.compile(n=2, deadly=[0], tolerate=0.5, policy=Policy(retry=1))
    assert project.call("prepare") == 0
    assert project.call("tile", "--step", "find") == 0
    codes = [project.call("tile", "--step", "work") for _ in range(3)]
    assert codes == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert project.ran() == [0, 1, 0], "the suspect runs last"
    assert project.call("tile", "--step", "total") == 0
    process = project.start("finish")
    summary = json.loads(process.communicate()[0])
    assert summary["steps"]["work"]["failures"][0]["kind"] == "killed"


def test_a_task_that_takes_too_long_fails_alone(project: Project) -> None:
    project.compile(n=2, slow=[0], tolerate=0.5, policy=Policy(timeout=3_000_000))
    assert project.call("prepare") == 0
    assert project.call("tile", "--step", "find") == 0
    process = project.start("tile", "--step", "work")
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 0
    assert "took longer than its limit of 3 s" in told
    assert project.ran() == [0, 1]
    process = project.start("finish")
    summary = json.loads(process.communicate()[0])
    assert summary["steps"]["work"]["failures"][0]["kind"] == "timeout"


def test_a_lost_root_is_forgiven_within_its_own_tolerance(project: Project, here: Any) -> None:
    project.compile(bad=[1], policy=Policy(tolerate=0.2))
    plan = json.loads((project.root / "plan.json").read_text())
    plan["steps"] = plan["steps"][:2]
    plan["steps"][1]["root"] = True
    (project.root / "plan.json").write_text(json.dumps(plan))
    codes = [here("prepare"), here("tile", "--step", "find")]
    codes += [here("tile", "--step", "work", "--tile", str(i)) for i in range(3)]
    assert [*codes, here("finish")] == [0] * 6


def test_help_loads_nothing_heavy(project: Project) -> None:
    code = "import sys\nimport mlc_runtime.__main__\nprint(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert {"numpy", "pandas", "pyarrow", "duckdb", "sklearn"}.isdisjoint(run.stdout.split())


def test_a_step_s_policy_is_no_part_of_its_plan_s_keys(project: Project, here: Any) -> None:
    project.compile()
    everything(here)
    project.compile(policy=replace(Policy(), retry=5, resources={"cpu": 2}))
    assert everything(here, "r2") == [0] * 7
    assert len(project.ran()) == 6
