"""Containers that an engine runs by itself: what is left to do, what each finds, what comes of what it leaves."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlc_runtime import layout
from mlc_runtime.__main__ import CONTAINERS, main
from mlc_runtime.keys import static_key
from mlc_runtime.plan import Plan, PlanAxis, PlanEdge, PlanStep, dump
from mlc_runtime.relation import Listed
from mlc_runtime.store.directory import DirectoryStore

OPS = {
    "word": 'def run(inputs, params, context):\n    return {"out": "word"}\n',
    "total": 'def run(inputs, params, context):\n    return {"out": sum(value for _, value in inputs["xs"])}\n',
}
PARAMS = {"image": "report:1", "command": [], "with": {"g": {"$field": "g"}}, "outputs": {"n": "int"}}
Call = Callable[..., int]


def plan(tolerate: float, containers: int) -> Plan:
    word = PlanStep("word", "ops.word", static_key("word", 1), outputs={"out": "value"})
    report = PlanStep(
        "report",
        "container",
        static_key("report", 1),
        PARAMS,
        (PlanEdge("word", "word", "out"),),
        {"n": "value", "done": "effect"},
        ("g",),
        tiles={"max": 1, "containers": containers},
    )
    edge = PlanEdge("xs", "report", "n", ("g",), tolerate=tolerate)
    total = PlanStep("total", "ops.total", static_key("total", 1), {}, (edge,), {"out": "value"}, root=True)
    axes = {"g": PlanAxis("g", ("g",), values=Listed(("g",), ((1,), (2,), (3,))))}
    return Plan("toy", {}, axes, (word, report, total))


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Call]]:
    """Calls the runtime's commands in this process, over a plan."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    (tmp_path / "ops").mkdir()
    for name, text in OPS.items():
        (tmp_path / "ops" / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "ops"]:
        monkeypatch.delitem(sys.modules, name)

    def open_(*, tolerate: float = 0.0, containers: int = 3) -> Call:
        file = tmp_path / "plan.json"
        file.write_bytes(dump(plan(tolerate, containers)))

        def run(command: str, *more: str, run: str = "r1") -> int:
            where = ["--plan", str(file), "--store", str(tmp_path / "store"), "--root", str(tmp_path)]
            return main([command, *where, "--run", run, *more])

        return run

    yield open_
    for number, handler in handlers.items():
        signal.signal(number, handler)


def begin(call: Call, folder: Path, **more: Any) -> int:
    """Prepare a run up to its containers; how many there are."""
    assert call("prepare", **more) == 0
    assert call("tile", "--step", "word", **more) == 0
    assert call("pending", "--step", "report", "--ints", str(folder / "ints"), **more) == 0
    return int((folder / "ints" / CONTAINERS).read_text())


def contain(call: Call, item: int, exchange: Path, left: dict[str, str], **more: Any) -> tuple[int, dict[str, Any]]:
    """Do what a pod does, the container leaving these files; how committing ended, and what the container found."""
    exchange.mkdir()
    which = ("--step", "report", "--item", str(item), "--exchange", str(exchange))
    assert call("fetch", *which, **more) == 0
    found = {file.name: json.loads(file.read_text()) for file in (exchange / "in").iterdir()}
    for name, text in left.items():
        (exchange / "out" / name).write_text(text)
    return call("commit", *which, **more), found


def test_a_task_is_laid_out_and_committed(call: Any, tmp_path: Path) -> None:
    run = call()
    assert begin(run, tmp_path) == 3
    ended = [contain(run, item, tmp_path / f"x{item}", {"n": str(item)}) for item in range(3)]
    assert ended == [(0, {"g.json": item + 1, "word.json": "word"}) for item in range(3)]
    elsewhere = ("--exchange", str(tmp_path / "none"))
    assert [run("tile", "--step", step, *elsewhere) for step in ("report", "total")] == [0, 0]
    assert run("finish") == 0


def test_what_has_a_result_is_not_left(call: Any, tmp_path: Path) -> None:
    run = call()
    begin(run, tmp_path)
    assert contain(run, 1, tmp_path / "x", {"n": "5"})[0] == 0
    assert begin(run, tmp_path) == 2
    assert begin(run, tmp_path, run="r2") == 2, "of another run's neither"
    assert contain(run, 1, tmp_path / "y", {"n": "7"}, run="r2")[1]["g.json"] == 3


@pytest.mark.parametrize(("tolerate", "code"), [(0.0, 10), (0.4, 0)])
def test_a_container_that_left_nothing_has_failed(call: Any, tmp_path: Path, tolerate: float, code: int) -> None:
    run = call(tolerate=tolerate)
    begin(run, tmp_path)
    for item in (0, 2):
        assert contain(run, item, tmp_path / f"x{item}", {"n": str(item)})[0] == 0
    assert run("tile", "--step", "report", "--exchange", str(tmp_path / "none")) == code
    assert run("tile", "--step", "total") == 0
    assert run("finish") == code


def test_what_is_wrong_with_what_it_left_is_told(call: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = call()
    begin(run, tmp_path)
    assert contain(run, 0, tmp_path / "x", {})[0] == 10
    assert "MLC972: `report` for {'g': 1}: the container left no `n`" in capsys.readouterr().err
    assert begin(run, tmp_path) == 2, "another attempt would end alike"


def test_more_than_the_engine_holds_is_refused_before_any_runs(
    call: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = call(containers=2)
    assert run("prepare") == run("tile", "--step", "word") == 0
    assert run("pending", "--step", "report", "--ints", str(tmp_path / "ints")) == 12
    assert "MLC982" in capsys.readouterr().err
    assert DirectoryStore(tmp_path / "store").get(layout.pending("r1", "report")) is None
    assert run("fetch", "--step", "report", "--item", "0", "--exchange", str(tmp_path)) == 12
    assert run("commit", "--step", "report", "--item", "0") == 12
