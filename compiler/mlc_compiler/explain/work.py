"""How long a graph takes, by estimates: all its tasks together, and the longest way through it."""

from __future__ import annotations

from dataclasses import dataclass

from mlc_compiler.graph.graph import Graph, axes_of, finders, reach
from mlc_compiler.graph.size import size_of_axis
from mlc_compiler.passes.cost import ASSUMED, estimate, number_of_tasks
from mlc_compiler.passes.facts import Facts


@dataclass(frozen=True)
class Work:
    """Durations in seconds.

    Attributes:
        seconds: what all tasks take together.
        path: the steps on the critical path, of each one task.
        path_seconds: what those take, as if everything else were done beside them.
        sources: of how many steps the duration is from where: measured, or the default of their operation.
        assumed: the names of counts that only a run knows, each taken as `ASSUMED`.
    """

    seconds: float
    path: tuple[str, ...]
    path_seconds: float
    sources: tuple[tuple[str, int], ...]
    assumed: tuple[str, ...]

    @property
    def assumption(self) -> int:
        """What an unknown count is taken as."""
        return ASSUMED


def work(graph: Graph, facts: Facts) -> Work:
    """Estimate a graph."""
    estimates = {step.name: estimate(step, facts) for step in graph.steps}
    longest: dict[str, float] = {}
    before: dict[str, str] = {}
    for step in graph.steps:
        needed = [name for name in (*(edge.step for edge in step.inputs), *finders(graph, step)) if name in longest]
        last = max(needed, key=longest.__getitem__, default=None)
        if last is not None:
            before[step.name] = last
        longest[step.name] = estimates[step.name].seconds + (longest[last] if last is not None else 0.0)
    end = max(longest, key=longest.__getitem__, default=None)
    path = [] if end is None else [end]
    while path and path[-1] in before:
        path.append(before[path[-1]])
    found = [estimate.source for estimate in estimates.values()]
    return Work(
        seconds=sum(number_of_tasks(graph, step, facts) * estimates[step.name].seconds for step in graph.steps),
        path=tuple(reversed(path)),
        path_seconds=0.0 if end is None else longest[end],
        sources=tuple((source, found.count(source)) for source in dict.fromkeys(found)),
        assumed=_assumed(graph, facts),
    )


def duration(seconds: float) -> str:
    """A duration to two digits or so: `20 ms`, `4.5 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 0.9995:
        return f"{seconds * 1_000:.3g} ms"
    if seconds < 59.95:
        return f"{seconds:.3g} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours:
        return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def _assumed(graph: Graph, facts: Facts) -> tuple[str, ...]:
    steps = (step for step in graph.steps if step.name not in facts.tasks)
    axes = (axis for step in steps for axis in reach(graph, axes_of(step)))
    unknown = (name for axis in axes for names in size_of_axis(graph, axis).terms for name in names)
    return tuple(dict.fromkeys(unknown))
