"""Tasks whose containers an engine runs by itself, an image being nothing that can be started from within another one.

    pending    which tasks have to run at all, so that the engine starts no other container
    lay_out    the inputs of one of them, as files
    commit     what its container left

A container that ends badly leaves nothing to be committed; the step's tile, which comes last, notes the failure.
"""

from __future__ import annotations

import json
from pathlib import Path

from mlc_runtime import layout
from mlc_runtime.errors import InvalidInputError
from mlc_runtime.plan import PlanStep
from mlc_runtime.space import Coordinates
from mlc_runtime.step import exchange
from mlc_runtime.task import Outcome, TaskRunner


def pending(runner: TaskRunner, step: PlanStep) -> int:
    """Write down the tasks of a step that have no result and may have one; how many they are.

    Args:
        runner: of the run.
        step: the step; its `tiles` say how many `containers` the engine can hold.

    Raises:
        InvalidInputError: `MLC982`, there are more than the engine can hold.
        IncompleteError: something that they read has not ended.
    """
    run = runner.run
    space = run.space(step.name)
    wanted = run.needless.left(step.name, range(space.size))
    tasks = [place for place in wanted if runner.settle(step.name, space.coords(place)) is None]
    most = step.tiles.get("containers", len(tasks))
    if len(tasks) > most:
        raise InvalidInputError(
            "MLC982",
            f"`{step.name}` has {len(tasks)} containers to run, the engine holds {most}",
            "Have one container do several, or raise the limit in the environment.",
        )
    run.store.put(layout.pending(run.name, step.name), json.dumps(tasks).encode())
    return len(tasks)


def lay_out(runner: TaskRunner, step: PlanStep, item: int, folder: Path) -> None:
    """Lay out the inputs of a pending task in an empty folder."""
    inputs, params = runner.given(step.name, _task(runner, step, item))
    exchange.lay_out(inputs, params, folder)


def commit(runner: TaskRunner, step: PlanStep, item: int) -> Outcome:
    """Commit what the container of a pending task left in the exchange."""
    return runner.run_task(step.name, _task(runner, step, item))


def _task(runner: TaskRunner, step: PlanStep, item: int) -> Coordinates:
    run = runner.run
    data = run.store.get(layout.pending(run.name, step.name))
    tasks = [] if data is None else json.loads(data)
    if item >= len(tasks):
        raise InvalidInputError("MLC950", f"`{step.name}` has no pending task {item}", "`pending` comes first.")
    return run.space(step.name).coords(tasks[item])
