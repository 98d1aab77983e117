"""One figure of the table: what was measured beside what, as a ratio with its spread."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        figure: what is measured.
        ours: our measure, with its unit.
        beside: what stands beside it, with its own measure; empty where the figure is absolute.
        ratios: ours over theirs, one for each round; empty where the figure is absolute.
        aim: what the ratio, or the measure, should be.
    """

    figure: str
    ours: str
    beside: str = ""
    ratios: Sequence[float] = ()
    aim: str = ""

    @property
    def ratio(self) -> str:
        """The median of the ratios and, of several, from where to where they go."""
        if not self.ratios:
            return ""
        middle = f"{statistics.median(self.ratios):.3g}"
        return middle if len(self.ratios) == 1 else f"{middle} ({min(self.ratios):.3g} to {max(self.ratios):.3g})"


def interleaved(works: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each work says that it took, round by round, after a round that warms caches and does not count.

    All are measured in every round, so that a machine that is busy for a while is busy for all of them.
    """
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            seconds = work()
            if number:
                taken[name].append(seconds)
    return taken


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Ours over theirs, round by round."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def in_text(rows: Iterable[Row]) -> str:
    """The rows for a terminal."""
    lines = []
    for row in rows:
        beside = f"  beside {row.beside}" if row.beside else ""
        ratio = f"  ratio {row.ratio}" if row.ratio else ""
        lines.append(f"{row.figure}: {row.ours}{beside}{ratio}{f'  aim {row.aim}' if row.aim else ''}")
    return "\n".join(lines)


def in_markdown(rows: Iterable[Row]) -> str:
    """The rows as a table."""
    lines = ["| figure | mlc | beside | ratio | aim |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {row.figure} | {row.ours} | {row.beside} | {row.ratio} | {row.aim} |" for row in rows]
    return "\n".join(lines)
