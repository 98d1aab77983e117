"""Telling how a run stands: nothing, lines, or a live display."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress
from typing import Protocol, TextIO

from mlc_local.schedule import StepState

_EVERY = 5.0  # seconds between lines on a step that runs
_NOTABLE = 1.0  # seconds that a step takes before its end is worth a line


class Progress(Protocol):
    """Is told how a run stands, often; tells people now and then."""

    def update(self, steps: Collection[StepState], jobs: int) -> None:
        """The steps as they stand, and how many tasks may run at once."""
        ...

    def say(self, text: str) -> None:
        """A line that has to be read now."""
        ...

    def close(self) -> None:
        """Nothing more comes."""
        ...


class Silent:
    """Tells nobody."""

    def update(self, steps: Collection[StepState], jobs: int) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class Lines:
    """A line when a step that took time or lost tasks ends, and every few seconds on what runs: for logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._ended: set[str] = set()
        self._told = time.monotonic()

    def update(self, steps: Collection[StepState], jobs: int) -> None:
        """Tell what ended since the last time, or how far the rest is."""
        for state in steps:
            if state.ended and state.step.name not in self._ended:
                self._ended.add(state.step.name)
                if state.seconds >= _NOTABLE or state.counts["failed"]:
                    self._line(f"{state.step.name}: {tally(state)}")
        if time.monotonic() - self._told > _EVERY:
            for state in steps:
                if state.granted:
                    left = remaining(state, jobs)
                    about = "" if left is None else f", about {duration(left)} left"
                    self._line(f"{state.step.name}: {state.over}/{state.size} tasks{about}")

    def say(self, text: str) -> None:
        """A line."""
        self._line(text)

    def close(self) -> None:
        """Nothing is left to tell."""

    def _line(self, text: str) -> None:
        self._told = time.monotonic()
        with suppress(OSError):  # nobody reads it, or the disk of a log is full: no reason to end a run
            print(text, file=self._stream, flush=True)


def tally(state: StepState) -> str:
    """What became of a step's tasks, in words.

    Shown as `9 tasks, 3 reused, 1 failed, 2.4 s`.
    """
    counts = state.counts
    tasks = state.size or 0
    reused = counts["stored"] + counts["same"]
    parts = [f"{tasks} task{'' if tasks == 1 else 's'}"]
    parts += [f"{reused} reused"] if reused else []
    parts += [f"{counts['shared']} shared"] if counts["shared"] else []
    parts += [f"{counts[status]} {status}" for status in ("failed", "missing") if counts[status]]
    return ", ".join([*parts, duration(state.seconds)])


def remaining(state: StepState, jobs: int) -> float | None:
    """The seconds that a step's other tasks may take, by the pace of late; None where nothing has ended yet."""
    left = state.remaining
    return None if left is None else left / max(1, jobs // state.needs.threads)


def duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> duration(0.04), duration(75), duration(7300)
    ('0.0 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, left = divmod(minutes, 60)
    return f"{hours} h {left} min" if hours else f"{minutes} min {rest} s"


def open_progress(stream: TextIO) -> Progress:
    """A live display on a terminal, else lines."""
    if stream.isatty():
        from mlc_local.live import Live

        return Live(stream)
    return Lines(stream)
