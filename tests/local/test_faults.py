"""Whatever is killed, breaks or takes too long: what is finished stays finished, and only the culprit is charged."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psutil
import pytest

from mlc_local.process import start as start_worker
from mlc_local.result import RunResult
from mlc_runtime.plan import Plan, PlanAxis, PlanEdge, Policy
from mlc_runtime.relation import listed
from mlc_runtime.results import values

FIELD = {"$field": "i"}
LOST = 8  # tasks of two workers in flight, and on their way to the journal of a coordinator that is short of time
KILL = 'os.kill(os.getpid(), signal.SIGKILL)\nreturn {"out": 0}'


def sums(project: Any, axis: Any, op: str, tolerate: float = 0.0, **policy: Any) -> Plan:
    """A step over an axis, and the sum of what it gives."""
    return project.plan(
        project.step("each", op, {"value": FIELD}, axes=("i",), policy=Policy(**policy), root=False),
        project.step("all", "total", inputs=(PlanEdge("xs", "each", "out", ("i",), tolerate=tolerate),)),
        axes=[axis],
    )


def runs(process: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait a little for something to become true."""
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def the_sum(result: RunResult) -> Any:
    return [value for _, value in values(result.state, "all", "out")]


def test_a_worker_that_is_killed_once_is_replaced(project: Any, count: Any) -> None:
    project.operation(
        "deadly",
        """
if params["value"] == 3 and not (context.root / "dead").exists():
    (context.root / "dead").touch()
    os.kill(os.getpid(), signal.SIGKILL)
return {"out": params["value"]}
""",
    )
    result = project.run(sums(project, count(40), "deadly"))
    assert result.verdict == "done"
    assert the_sum(result) == [780]
    ran = Counter(project.ran())
    assert ran["each 3"] == 2
    # What had ended within the last twentieth of a second before the death may have gone unreported.
    assert sum(ran.values()) <= 41 + 40


def test_a_task_that_ends_its_process_each_time_fails_alone(project: Any, count: Any) -> None:
    project.operation(
        "deadly",
        'print("last words", file=sys.__stderr__, flush=True)\nif params["value"] == 3:\n    '
        + KILL.replace("\n", "\n    ")
        + '\nreturn {"out": params["value"]}',
    )
    result = project.run(sums(project, count(8), "deadly"))
    assert result.verdict == "failed"
    (failed,) = result.failures
    assert (failed.failure.kind, failed.failure.code) == ("killed", "MLC968")
    assert failed.failure.coordinates == {"i": 3}
    assert "last words" in failed.log
    each, total = result.steps
    assert (each.done, each.failed, total.missing) == (7, 1, 1)
    assert Counter(project.ran())["each 3"] == 2


def test_a_failure_that_is_tolerated_is_no_failure_of_the_run(project: Any, count: Any) -> None:
    project.operation("picky", 'if params["value"] == 3:\n    raise ValueError("no threes")\nreturn {"out": 1}')
    strict = project.run(sums(project, count(8), "picky"))
    assert strict.verdict == "failed"
    assert "no threes" in strict.failures[0].failure.traceback
    mild = project.run(sums(project, count(8), "picky", tolerate=0.2))
    assert mild.verdict == "done"
    assert the_sum(mild) == [7]


def test_retries_wait_and_then_succeed(project: Any, count: Any) -> None:
    project.operation(
        "shy",
        'if len((context.root / "ran").read_text().split("\\n")) < 4:\n    raise OSError("not yet")\nreturn {"out": 5}',
    )
    plan = project.plan(project.step("a", "shy", policy=Policy(retry=3, backoff=10_000)))
    result = project.run(plan)
    assert result.verdict == "done"
    assert project.ran() == ["a"] * 3


def test_a_task_that_takes_too_long_is_charged_and_no_other(project: Any, count: Any) -> None:
    project.operation(
        "slow",
        """
import subprocess
if params["value"] == 2:
    child = subprocess.Popen(["sleep", "60"])
    (context.root / "child").write_text(str(child.pid))
    time.sleep(60)
return {"out": params["value"]}
""",
    )
    started = time.monotonic()
    result = project.run(sums(project, count(6), "slow", timeout=300_000))
    assert time.monotonic() - started < 5
    (failed,) = result.failures
    assert (failed.failure.kind, failed.failure.code, failed.failure.coordinates) == ("timeout", "MLC969", {"i": 2})
    assert "slow.py" in failed.log, "the log tells where the code was"
    assert result.steps[0].done == 5
    assert not runs(int((project.root / "child").read_text())), "what the task started is ended with it"


def test_native_code_that_the_end_of_its_time_cuts_short_gave_no_result(project: Any, count: Any) -> None:
    """The signal at which a worker tells where it is ends a wait in native code, and the task goes on."""
    project.operation(
        "native",
        'import ctypes\nif params["value"] == 2:\n    ctypes.PyDLL(None).sleep(60)\nreturn {"out": params["value"]}',
    )
    result = project.run(sums(project, count(4), "native", timeout=2_000_000))
    assert [failed.failure.kind for failed in result.failures] == ["timeout"]
    assert result.steps[0].done == 3


def test_a_process_that_a_task_forks_and_forgets(project: Any, count: Any) -> None:
    """It would go on as a second worker at the first one's pipe."""
    project.operation(
        "fork",
        """
if params["value"] % 2 and os.fork() == 0:
    if params["value"] == 3:
        raise ValueError("in the child")
    return {"out": 1000}
return {"out": params["value"]}
""",
    )
    result = project.run(sums(project, count(8), "fork"))
    assert result.verdict == "done"
    assert the_sum(result) == [28]


def test_no_room_for_a_worker_is_said(project: Any, count: Any) -> None:
    project.operation("wait", 'time.sleep(0.05)\nreturn {"out": params["value"]}')
    before = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))"
    with project.start(sums(project, count(60), "wait"), before, jobs=50) as process:
        assert process.communicate(timeout=120)[0] == "infrastructure\n"


def test_a_task_that_takes_more_memory_than_it_asks_for_is_ended(project: Any, count: Any) -> None:
    project.operation(
        "large", 'if params["value"] == 1:\n    x = bytearray(200 << 20)\n    time.sleep(20)\nreturn {"out": 1}'
    )
    result = project.run(sums(project, count(3), "large", resources={"memory": 150 << 20}))
    (failed,) = result.failures
    assert (failed.failure.kind, failed.failure.code, failed.failure.attempts) == ("memory", "MLC978", 2)
    assert result.steps[0].done == 2


def test_kill_9_of_the_coordinator_loses_only_what_was_in_flight(project: Any, count: Any) -> None:
    project.operation("wait", 'time.sleep(0.1)\nreturn {"out": params["value"]}')
    plan = sums(project, count(40), "wait")
    process = project.start(plan)
    project.until(12)
    workers = psutil.Process(process.pid).children()
    process.kill()
    process.wait()
    assert len(workers) == 2
    wait_for(lambda: not any(runs(worker.pid) for worker in workers), "workers die with the coordinator")
    process.stdout.close()
    before = len(project.ran())
    result = project.run(plan)
    assert the_sum(result) == [780]
    ran = Counter(project.ran())
    assert sum(ran.values()) <= 41 + LOST
    assert result.steps[0].stored >= before - LOST


def test_an_interruption_keeps_what_is_finished(project: Any, count: Any) -> None:
    project.operation("wait", 'time.sleep(0.03)\nreturn {"out": params["value"]}')
    plan = sums(project, count(40), "wait")
    with project.start(plan) as process:
        project.until(8)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=5)[0] == "interrupted\n"
    before = len(project.ran())
    assert before < 20
    result = project.run(plan)
    assert the_sum(result) == [780]
    assert len(project.ran()) == 41, "tasks in flight ended and were kept"
    assert result.steps[0].stored == before


def test_a_second_interruption_ends_running_tasks(project: Any, count: Any) -> None:
    project.operation("forever", "time.sleep(60)")
    with project.start(sums(project, count(2), "forever")) as process:
        project.until(2)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=5)[0] == "interrupted\n"


def test_two_runs_at_once_on_one_store(project: Any, count: Any) -> None:
    project.operation("wait", 'time.sleep(0.01)\nreturn {"out": [params["value"], time.time_ns()]}')
    plan = project.plan(project.step("each", "wait", {"value": FIELD}, axes=("i",)), axes=[count(30)])
    results: list[RunResult] = []
    threads = [threading.Thread(target=lambda: results.append(project.run(plan))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.verdict for result in results] == ["done", "done"]
    first, second = (values(result.state, "each", "out") for result in results)
    assert first == second, "the first row stands, for both"
    assert len(first) == 30


@pytest.mark.parametrize("harm", ["flip", "cut", "remove"])
def test_a_damaged_blob_is_made_again(project: Any, count: Any, harm: str) -> None:
    project.operation("long", 'return {"out": "x" * 5000}')
    project.operation("length", 'return {"out": len(inputs["x"]) + params["add"]}')
    edge = (PlanEdge("x", "a", "out"),)

    def make(add: int) -> Plan:
        return project.plan(project.step("a", "long"), project.step("b", "length", {"add": add}, inputs=edge))

    assert project.run(make(0)).verdict == "done"
    (blob,) = (file for file in (project.root / ".mlc" / "blob").rglob("*") if file.is_file())
    data = blob.read_bytes()
    blob.unlink()
    if harm != "remove":
        blob.write_bytes(data[:100] if harm == "cut" else b"y" + data[1:])
    result = project.run(make(1))
    assert [value for _, value in values(result.state, "b", "out")] == [5001]
    assert project.ran() == ["a", "b", "a", "b"] or project.ran() == ["a", "b", "b"]
    assert blob.read_bytes() == data


def test_trouble_of_the_machine_is_tried_again(project: Any, count: Any) -> None:
    project.operation(
        "remote",
        """
from mlc_runtime.errors import InfrastructureError
if len((context.root / "ran").read_text().split("\\n")) < 3:
    raise InfrastructureError("MLC953", "gone")
return {"out": 1}
""",
    )
    assert project.run(project.plan(project.step("a", "remote"))).verdict == "done"


def test_a_full_disk_ends_the_run_and_keeps_what_is_finished(project: Any, count: Any) -> None:
    project.operation(
        "full",
        """
import errno
from mlc_runtime.errors import InfrastructureError
if params["value"] == 5 and not (context.root / "space").exists():
    raise InfrastructureError("MLC953", "no space left", "Make room.") from OSError(errno.ENOSPC, "full")
return {"out": params["value"]}
""",
    )
    plan = sums(project, count(10), "full")
    result = project.run(plan)
    assert result.verdict == "infrastructure"
    assert result.trouble is not None
    assert (result.trouble.message, result.trouble.help) == ("no space left", "Make room.")
    done = result.steps[0].done
    assert done == len(project.ran()) - 1
    (project.root / "space").touch()
    again = project.run(plan)
    assert the_sum(again) == [45]
    assert again.steps[0].stored == done


@pytest.mark.parametrize("size", [2_000, 10], ids=["a worker", "the coordinator"])
def test_a_disk_that_takes_no_more(project: Any, count: Any, size: int) -> None:
    """Files that may not grow stand for a disk that is full: a blob meets it first, or the journal does."""
    project.operation("large", 'return {"out": "x" * params["value"] * params["size"]}')
    project.operation("length", 'return {"out": sum(len(value) for _, value in inputs["xs"])}')
    plan = project.plan(
        project.step("each", "large", {"value": FIELD, "size": size}, axes=("i",), root=False),
        project.step("all", "length", inputs=(PlanEdge("xs", "each", "out", ("i",)),)),
        axes=[count(250)],
    )
    with project.start(plan, "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (250_000, 250_000))") as run:
        assert run.communicate(timeout=10)[0] == "infrastructure\n"
    assert the_sum(project.run(plan)) == [size * sum(range(250))]


def test_tasks_that_fail_as_an_equal_one_did_are_told_with_it(project: Any, count: Any) -> None:
    project.operation("refuse", 'raise ValueError("no")')
    unread = PlanAxis("j", ("j",), values=listed(["j"], [(j,) for j in range(3)]))
    steps = [project.step(name, "refuse", {"value": 1}, axes=("j",)) for name in ("a", "b")]
    result = project.run(project.plan(*steps, axes=[unread]))
    assert [dict(failed.tasks) for failed in result.failures] == [{"a": 3, "b": 3}]
    assert len(project.ran()) == 1


def test_a_lost_result_that_cannot_be_made_again_fails_its_reader_only(project: Any) -> None:
    project.operation("long", 'return {"out": "x" * 5000}')
    project.operation("length", 'return {"out": len(inputs["x"])}')
    plan = project.plan(
        project.step("a", "long", effect=True),
        project.step("b", "length", inputs=(PlanEdge("x", "a", "out"),)),
        project.step("c", "give", {"value": 1}),
    )
    assert project.run(plan, until="a").verdict == "done"
    for file in (project.root / ".mlc" / "blob").rglob("*"):
        if file.is_file():
            file.unlink()
    result = project.run(plan)
    assert result.verdict == "failed"
    assert [task.failure.code for task in result.failures] == ["MLC955"]
    assert [step.done for step in result.steps] == [0, 0, 1]


def test_an_interruption_while_the_data_are_looked_at(project: Any) -> None:
    (project.root / "toys" / "read.py").write_text("""
import time

def latest_known(params, context):
    (context.root / "looks").touch()
    time.sleep(60)
""")
    plan = replace(
        project.plan(project.step("a", "read")),
        spec={"as_of": [{"name": "a", "op": "toys.read", "params": {}, "known": []}]},
    )
    with project.start(plan, "import sys; sys.excepthook = lambda kind, *_: print(kind.__name__)") as process:
        wait_for((project.root / "looks").exists, "the data are looked at")
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=5)[0] == "KeyboardInterrupt\n"


def test_workers_that_end_at_once_end_the_run(project: Any, count: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first finds the facts and dies at its first task; none that comes after it starts."""
    project.operation("deadly", KILL)
    original = start_worker

    def start(threads: int) -> Any:
        worker = original(threads)
        monkeypatch.setattr("mlc_local.process._BOOT", "raise SystemExit('no library')")
        return worker

    monkeypatch.setattr("mlc_local.process.start", start)
    result = project.run(sums(project, count(1), "deadly"))
    assert result.verdict == "infrastructure"
    assert result.trouble is not None
    assert "no library" in result.trouble.help


def test_workers_that_cannot_start_end_the_run(project: Any, count: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlc_local.process._BOOT", "raise SystemExit('no library')")
    from mlc_runtime.errors import InfrastructureError

    with pytest.raises(InfrastructureError) as caught:
        project.run(sums(project, count(2), "give"))
    assert "no library" in caught.value.help


def test_what_runs_last_runs_whatever_happened(project: Any, count: Any) -> None:
    project.operation("fail", 'raise ValueError("no")')
    plan = project.plan(
        project.step("tell", "give", {"value": 1}, policy=Policy(always=True), effect=True),
        project.step("a", "fail"),
        project.step("b", "give", {"value": 2}, inputs=(PlanEdge("x", "a", "out"),)),
    )
    plan = replace(plan, steps=(plan.steps[1], plan.steps[2], plan.steps[0]))
    result = project.run(plan)
    assert result.verdict == "failed"
    assert project.ran() == ["a", "tell"]
    assert {step.name: (step.failed, step.missing, step.done) for step in result.steps} == {
        "a": (1, 0, 0),
        "b": (0, 1, 0),
        "tell": (0, 0, 1),
    }
