"""A tile: a range of a step's tasks, run one after the other in one process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any

from mlc_runtime import layout
from mlc_runtime.errors import CancelledError, IncompleteError
from mlc_runtime.notes import Notes
from mlc_runtime.plan import PlanStep
from mlc_runtime.record import Failure
from mlc_runtime.run import Run
from mlc_runtime.space import cut
from mlc_runtime.task import TaskRunner
from mlc_runtime.watch import Watch

_MOST = 1000
_TOLD = 5


@dataclass(frozen=True)
class TileResult:
    """How the tasks of a tile ended.

    Attributes:
        done: how many have a result.
        failed: how many have none.
        spoiled: whether a task failed that no reader can do without.
        failures: why, of the first that failed here.
    """

    done: int
    failed: int
    spoiled: bool
    failures: tuple[Failure, ...] = ()


def number_of_tiles(run: Run, step: PlanStep) -> int:
    """Into how many tiles a step is cut: what the plan says, or what the finder of its axis worked out."""
    if "from" not in step.tiles:
        return int(step.tiles.get("max", 1))
    data = run.store.get(layout.tiles(run.name, step.name))
    return tiles_for(run, step) if data is None else int(data)


def tiles_for(run: Run, step: PlanStep) -> int:
    """The tiles of a step whose axis a run finds: as many as its tasks need, none for none."""
    each, most = int(step.tiles.get("each", 1)), int(step.tiles.get("max", _MOST))
    return min(most, ceil(run.space(step.name).size / each))


def write_tiles(run: Run, finder: str) -> dict[str, int]:
    """Write the number of tiles of each step whose axis this step found; by name.

    Of a finder of several tasks, the last one to end writes: before, the number is not known.
    """
    found: dict[str, int] = {}
    for step in run.plan.steps:
        if step.tiles.get("from") == finder:
            with suppress(IncompleteError):
                found[step.name] = tiles_for(run, step)
    for name, tiles in found.items():
        run.store.put(layout.tiles(run.name, name), str(tiles).encode())
    return found


def run_tile(
    runner: TaskRunner,
    step: PlanStep,
    tile: int,
    stopped: Callable[[], bool],
    restart: Callable[[], None] | None = None,
) -> TileResult:
    """Run the tasks of a tile, those that are done already at no cost.

    A task that ended its process (a crash of native code, too much memory) would end it again and again. So the running
    task is noted, and what an earlier attempt was at comes last; after its retries it counts as failed.

    Args:
        runner: runs the tasks.
        step: the step.
        tile: which of its tiles.
        stopped: whether to begin no more tasks.
        restart: begins this process again. A task that takes longer than the step's `timeout` has failed, and ends with
            the process; where it cannot be begun again, tasks take the time that they take.

    Raises:
        CancelledError: `stopped` said so; what is finished is kept.
    """
    run = runner.run
    with Notes(run.store, layout.running(run.name, step.name, tile)) as notes:
        return _run_tasks(runner, step, _order(run, step, tile, notes.suspect), notes, stopped, restart)


def _order(run: Run, step: PlanStep, tile: int, suspect: int | None) -> list[int]:
    """The tasks of a tile, the suspect last."""
    size = run.space(step.name).size
    tiles, stride = number_of_tiles(run, step), bool(step.tiles.get("stride"))
    order = list(run.needless.left(step.name, cut(size, tiles, tile, stride=stride))) if size else []
    if suspect in order:
        order.remove(suspect)
        order.append(suspect)
    return order


def _run_tasks(
    runner: TaskRunner,
    step: PlanStep,
    order: list[int],
    notes: Notes,
    stopped: Callable[[], bool],
    restart: Callable[[], None] | None,
) -> TileResult:
    run = runner.run
    space = run.space(step.name)
    done = failed = 0
    spoiled = False
    failures: list[Failure] = []
    for i in order:
        if stopped():
            notes.clear()
            raise CancelledError(step.name)
        coordinates = space.coords(i)
        # The first death may be the machine's fault; and who was taken for dead may be at it still.
        if i == notes.suspect and notes.deaths > max(1, step.policy.retry) and not notes.others():
            _kill(run, step, coordinates, notes.deaths)
        notes.at(i)
        with Watch(step.policy.timeout if restart else None, partial(_time_out, run, step, coordinates, restart)):
            outcome = runner.run_task(step.name, coordinates)
        done += outcome.record is not None
        failed += outcome.record is None
        if outcome.status == "failed" and outcome.failure is not None and len(failures) < _TOLD:
            failures.append(outcome.failure)
        for name, one in (*outcome.members.items(), (step.name, outcome)):
            spoiled |= one.status == "failed" and not forgiven(run, run.plan.by_name[name])
    notes.clear()
    return TileResult(done, failed, spoiled, tuple(failures))


def forgiven(run: Run, step: PlanStep) -> bool:
    """Whether the loss of a task of a step may be made up for by who reads it."""
    if step.policy.tolerate:
        return True
    readers = [edge for other in run.plan.steps for edge in other.inputs if edge.step == step.name]
    return any(edge.missing or (edge.over and edge.tolerate) for edge in readers)


def _time_out(run: Run, step: PlanStep, coordinates: dict[str, Any], restart: Callable[[], None] | None) -> None:
    seconds = (step.policy.timeout or 0) / 1e6
    run.ledger.fail(
        Failure(
            run.key(step, coordinates),
            step.name,
            coordinates,
            "timeout",
            f"the task took longer than its limit of {seconds:g} s",
            "MLC969",
            "Raise `timeout`, or make the task shorter.",
            seconds=seconds,
        )
    )
    assert restart is not None
    restart()


def _kill(run: Run, step: PlanStep, coordinates: dict[str, Any], deaths: int) -> None:
    key = run.key(step, coordinates)
    message = "the task ended its process"
    run.ledger.fail(
        Failure(
            key,
            step.name,
            coordinates,
            "killed",
            message,
            "MLC968",
            "Native code crashed, or the machine's memory ran out: ask for more with `resources`.",
            attempts=deaths,
        )
    )
