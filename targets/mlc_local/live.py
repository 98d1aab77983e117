"""A live display of a run on a terminal: one bar a running step, and one line of what is behind."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import TextIO

from rich.console import Console, Group
from rich.live import Live as Display
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from mlc_local.progress import duration, remaining, tally
from mlc_local.schedule import StepState
from mlc_runtime.task import Status

_PER_SECOND = 10
_LOST: tuple[Status, ...] = ("failed", "missing")


class Live:
    """Draws how a run stands, and leaves what failed above it.

    Args:
        stream: a terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream)
        self._display = Display(console=self._console, auto_refresh=False, transient=True)
        self._display.start()
        self._started = time.monotonic()
        self._drawn = 0.0
        self._told: set[str] = set()

    def update(self, steps: Collection[StepState], jobs: int) -> None:
        """Draw, a few times a second."""
        for state in steps:
            if state.ended and state.step.name not in self._told and any(state.counts[word] for word in _LOST):
                self._told.add(state.step.name)
                self._console.print(Text(f"{state.step.name}: {tally(state)}", style="red"))
        now = time.monotonic()
        if now - self._drawn >= 1 / _PER_SECOND:
            self._drawn = now
            self._display.update(Group(*self._lines(steps, jobs)), refresh=True)

    def say(self, text: str) -> None:
        """A line above the display."""
        self._console.print(text, markup=False, highlight=False)

    def close(self) -> None:
        """Clear the display."""
        self._display.stop()

    def _lines(self, steps: Collection[StepState], jobs: int) -> list[Table | Text]:
        ended = sum(state.ended for state in steps)
        ran = sum(state.counts["done"] for state in steps)
        shared = sum(state.counts["shared"] for state in steps)
        reused = sum(state.counts["stored"] + state.counts["same"] for state in steps)
        failed = sum(state.counts["failed"] for state in steps)
        parts = [f"{ended} of {len(steps)} steps", f"{ran} tasks run", f"{reused} reused"]
        parts += [f"{shared} shared"] if shared else []
        parts += [f"{failed} failed"] if failed else []
        parts.append(duration(time.monotonic() - self._started))
        table = Table.grid(padding=(0, 2))
        for state in steps:
            if state.granted:
                left = remaining(state, jobs)
                table.add_row(
                    state.step.name,
                    ProgressBar(total=state.size, completed=state.over, width=30),
                    f"{state.over}/{state.size}",
                    "" if left is None else f"about {duration(left)} left",
                )
        return [table, Text(", ".join(parts), style="dim")]
