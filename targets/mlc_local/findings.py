"""What a run came to know beside its results: failures, values that differ, and trouble that ended it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from mlc_local.messages import Row
from mlc_local.result import Difference, FailedTasks, StepResult, Trouble, Verdict, log_of
from mlc_local.schedule import Schedule, StepState
from mlc_runtime.record import Failure, load_failure
from mlc_runtime.run import Run

_SHOWN = 5  # coordinates of failures that are alike
_NUMBER = re.compile(r"\d[\d_.,]*(e[+-]?\d+)?")


@dataclass
class _Alike:
    """Failures with one cause: the first of them, how many there are by step, and where."""

    first: Failure
    tasks: Counter[str] = field(default_factory=Counter)
    at: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass
class Findings:
    """What is noted while a run goes on.

    Attributes:
        differs: recomputed tasks that gave another value than the recorded one.
        trouble: what ended the run before its time.
    """

    differs: list[Difference] = field(default_factory=list)
    trouble: Trouble | None = None
    _failures: dict[tuple[str, ...], _Alike] = field(default_factory=dict)

    def note_rows(self, rows: Iterable[Row]) -> None:
        """Note the failures among rows for the journal."""
        for kind, _, says in rows:
            if kind == "fail" and isinstance(says, bytes):
                self.note(load_failure(says))

    def note(self, failure: Failure | None) -> None:
        """Note a failure; the lack of an input is the failure of another task."""
        if failure is not None and failure.kind != "missing":
            alike = self._failures.setdefault(_cause(failure), _Alike(failure))
            alike.tasks[failure.step] += 1
            if len(alike.at) < _SHOWN:
                alike.at.append(failure.coordinates)

    def failures(self, run: Run) -> tuple[FailedTasks, ...]:
        """The failures, those that are alike as one, with what the first of them printed."""
        return tuple(
            FailedTasks(alike.first, log_of(run, alike.first.key), dict(alike.tasks), tuple(alike.at))
            for alike in self._failures.values()
        )

    def verdict(self, schedule: Schedule, wanted: Container[str]) -> Verdict:
        """How the run ended, by what became of the steps that were asked for."""
        if self.trouble is not None:
            return "infrastructure"
        if not schedule.ended:
            return "interrupted"
        states = (state for state in schedule.every if state.step.name in wanted)
        return "failed" if any(map(_spoiled, states)) else "done"


def step_results(schedule: Schedule) -> tuple[StepResult, ...]:
    """What became of the steps, in the order of the plan."""
    return tuple(map(_step_result, schedule.every))


def _step_result(state: StepState) -> StepResult:
    counts: Mapping[Any, int] = state.counts
    return StepResult(
        state.step.name,
        state.size,
        **{status: counts[status] for status in ("done", "stored", "same", "shared", "failed", "missing")},
        seconds=round(state.seconds, 3),
        poisoned=state.poisoned,
        spread=round(state.slowest / max(state.quickest, 1e-6), 3) if state.slowest else None,
    )


def _spoiled(state: StepState) -> bool:
    """Whether a step lost more than it tolerates; one whose axis is not known lost what it would have been."""
    lost = state.counts["failed"] + state.counts["missing"] + state.poisoned
    return lost > Fraction(repr(state.step.policy.tolerate)) * (state.size or 0)


def _cause(failure: Failure) -> tuple[str, ...]:
    """What failures with one cause have in common: all but numbers, which differ from setting to setting."""
    return (failure.kind, failure.code, *(_NUMBER.sub("#", text) for text in (failure.message, failure.traceback)))
