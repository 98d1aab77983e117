"""What a run came to know beside its results: failures, values that differ, and trouble that ended it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from mlc_local.messages import Row
from mlc_local.result import Difference, FailedTask, StepResult, Trouble, Verdict, log_of
from mlc_local.schedule import Schedule, StepState
from mlc_runtime.record import Failure, load_failure
from mlc_runtime.run import Run

_SHOWN = 20  # failures of a step that are told


@dataclass
class Findings:
    """What is noted while a run goes on.

    Attributes:
        differs: recomputed tasks that gave another value than the recorded one.
        trouble: what ended the run before its time.
    """

    differs: list[Difference] = field(default_factory=list)
    trouble: Trouble | None = None
    _failures: dict[str, list[Failure]] = field(default_factory=dict)

    def note_rows(self, rows: Iterable[Row]) -> None:
        """Note the failures among rows for the journal."""
        for kind, _, says in rows:
            if kind == "fail" and isinstance(says, bytes):
                self.note(load_failure(says))

    def note(self, failure: Failure | None) -> None:
        """Note a failure; the lack of an input is the failure of another task."""
        if failure is not None and failure.kind != "missing":
            known = self._failures.setdefault(failure.step, [])
            if len(known) < _SHOWN:
                known.append(failure)

    def failures(self, run: Run) -> tuple[FailedTask, ...]:
        """The first failures of each step, with what the tasks printed."""
        return tuple(
            FailedTask(failure, log_of(run, failure.key)) for known in self._failures.values() for failure in known
        )

    def verdict(self, schedule: Schedule, wanted: Iterable[str]) -> Verdict:
        """How the run ended, by what became of the steps that were asked for."""
        if self.trouble is not None:
            return "infrastructure"
        if not schedule.ended:
            return "interrupted"
        states = (schedule.steps[name] for name in wanted if name in schedule.steps)
        return "failed" if any(map(_spoiled, states)) else "done"


def step_results(schedule: Schedule) -> tuple[StepResult, ...]:
    """What became of the steps, in the order of the plan."""
    return tuple(_step_result(state) for state in schedule.steps.values())


def _step_result(state: StepState) -> StepResult:
    counts: Mapping[Any, int] = state.counts
    return StepResult(
        state.step.name,
        state.size,
        **{status: counts[status] for status in ("done", "stored", "same", "failed", "missing")},
        seconds=round(state.seconds, 3),
        poisoned=state.poisoned,
    )


def _spoiled(state: StepState) -> bool:
    """Whether a step lost more than it tolerates; one whose axis is not known lost what it would have been."""
    lost = state.counts["failed"] + state.counts["missing"] + state.poisoned
    return lost > Fraction(repr(state.step.policy.tolerate)) * (state.size or 0)
