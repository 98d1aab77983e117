"""How a run ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mlc_runtime import layout
from mlc_runtime.record import Failure
from mlc_runtime.run import Run

Difference = tuple[str, Mapping[str, Any], tuple[str, ...]]
"""A step, the coordinates of a task of it, and ports at which it gave another value than the recorded one."""

Verdict = Literal["done", "failed", "infrastructure", "interrupted"]


@dataclass(frozen=True)
class StepResult:
    """What became of a step's tasks.

    Attributes:
        name: of the step.
        tasks: how many there are; None where the run ended before that was known.
        done: how many ran and gave a result.
        stored: how many results were there.
        same: how many results of equal inputs were taken over.
        shared: how many results another task of this run gave.
        failed: how many tasks failed.
        missing: how many lack an input.
        seconds: what operations took, in sum.
        spread: how many times longer than the quickest task the slowest took; None where none ran.
        poisoned: whether an axis is not known, since the step that finds it failed.
    """

    name: str
    tasks: int | None
    done: int = 0
    stored: int = 0
    same: int = 0
    shared: int = 0
    failed: int = 0
    missing: int = 0
    seconds: float = 0.0
    poisoned: bool = False
    spread: float | None = None


@dataclass(frozen=True)
class FailedTasks:
    """Tasks that failed alike.

    Attributes:
        failure: the first of them.
        log: what that one printed.
        tasks: how many there are, by step.
        at: coordinates of the first few.
    """

    failure: Failure
    log: str
    tasks: Mapping[str, int]
    at: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Trouble:
    """What ended a run before its time: a code of the diagnostics' catalogue, what is wrong, how to mend it."""

    code: str
    message: str
    help: str


@dataclass(frozen=True)
class RunResult:
    """How a run ended.

    Attributes:
        name: the run's identifier.
        verdict: `done`; `failed`, where more of what was asked for is missing than is tolerated; `infrastructure`,
            where the machine, the store or a connection failed; `interrupted`.
        steps: in the order of the plan.
        failures: those that are alike as one.
        differs: recomputed tasks that gave another value than the recorded one.
        seconds: from start to end.
        trouble: why it is `infrastructure`.
        state: the run, of the steps that were asked for, from which values are read.
        found: what the run found out, see `mlc_runtime.summary`.
    """

    name: str
    verdict: Verdict
    steps: tuple[StepResult, ...]
    failures: tuple[FailedTasks, ...]
    differs: tuple[Difference, ...]
    seconds: float
    trouble: Trouble | None
    state: Run
    found: Mapping[str, Any] = field(default_factory=dict)


def log_of(run: Run, key: str) -> str:
    """What a task printed in this run."""
    return (run.store.get(layout.log(run.name, key)) or b"").decode("utf-8", "replace")
