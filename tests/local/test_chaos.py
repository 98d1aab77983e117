"""Anything is killed at any moment, again and again: the end is that of an undisturbed run."""

import random
import signal
import time
from contextlib import suppress
from typing import Any

import psutil
import pytest

from mlc_runtime.plan import Plan, PlanAxis, PlanEdge
from mlc_runtime.relation import listed

TASKS = 60
IN_FLIGHT = 12  # by two workers in a fiftieth of a second before a kill, and at it


def plan(project: Any) -> Plan:
    project.operation("work", 'time.sleep(0.005)\nreturn {"out": [params["value"]] * 2000}')
    project.operation("longest", 'return {"out": sum(len(value) for _, value in inputs["xs"])}')
    axis = PlanAxis("i", ("i",), values=listed(["i"], [(i,) for i in range(TASKS)]))
    each = project.step("each", "work", {"value": {"$field": "i"}}, axes=("i",), root=False)
    return project.plan(
        each, project.step("all", "longest", inputs=(PlanEdge("xs", "each", "out", ("i",)),)), axes=[axis]
    )


def disturb(process: Any, dice: random.Random) -> None:
    """Kill or halt a worker or the coordinator."""
    with suppress(psutil.Error):
        coordinator = psutil.Process(process.pid)
        workers = coordinator.children()
        match dice.choice(["worker", "worker", "workers", "coordinator", "halt"]):
            case "worker" if workers:
                dice.choice(workers).kill()
            case "workers":
                for worker in workers:
                    worker.kill()
            case "coordinator":
                coordinator.kill()
            case "halt" if workers:
                chosen = dice.choice(workers)
                chosen.send_signal(signal.SIGSTOP)
                time.sleep(0.1)
                chosen.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(2, 20))])
def test_the_end_is_that_of_an_undisturbed_run(project: Any, seed: int) -> None:
    dice = random.Random(seed)
    whole = plan(project)
    assert project.run(whole, store_path=str(project.root / "undisturbed")).verdict == "done"
    project.forget()
    kills, verdict = 0, ""
    while verdict != "done\n":
        with project.start(whole) as process:
            for _ in range(3):
                time.sleep(dice.uniform(0.05, 0.3))
                if process.poll() is None and kills < 12:
                    disturb(process, dice)
                    kills += 1
            verdict = process.communicate(timeout=30)[0]
    assert project.records() == project.records("undisturbed")
    assert len(project.ran()) <= TASKS + 1 + kills * IN_FLIGHT
    before = len(project.ran())
    assert project.run(whole).verdict == "done"
    assert len(project.ran()) == before
