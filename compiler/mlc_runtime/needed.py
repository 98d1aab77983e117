"""The fields that reach a step's keys: over all others its tasks are the same task again.

One analysis for two uses: the compiler takes a step out of the fields that it does not need, and an engine that runs
a graph as it was written runs one task of those that are the same before the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from mlc_runtime.params import holes
from mlc_runtime.plan import PlanEdge, Policy


class Step(Protocol):
    """What is asked of a step, of a graph or of a plan."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def params(self) -> Mapping[str, Any]:
        """Its parameters, with holes."""
        ...

    @property
    def inputs(self) -> Sequence[PlanEdge]:
        """Its edges."""
        ...

    @property
    def axes(self) -> tuple[str, ...]:
        """Its axes."""
        ...

    @property
    def policy(self) -> Policy:
        """How it runs."""
        ...

    @property
    def effect(self) -> bool:
        """Whether it changes something outside."""
        ...

    @property
    def pure(self) -> bool:
        """Whether equal inputs give equal results."""
        ...

    @property
    def root(self) -> bool:
        """Whether its results were asked for."""
        ...


def needed(
    steps: Iterable[Step],
    fields: Callable[[tuple[str, ...]], tuple[str, ...]],
    finder: Callable[[str], str | None],
) -> dict[str, frozenset[str]]:
    """The fields that each step needs, by its name.

    Those of its parameters; those that its producers need and that it does not collect over; those that pick what it
    collects; and those that its found axes depend on. A step whose place is its identity needs all, and so does one
    that was asked for and may lose a share of its tasks: the share is counted over them.

    Args:
        steps: producers before consumers, finders before users.
        fields: the fields of some axes.
        finder: the step that finds the records of an axis, directly or below a projection; None where they are known.
    """
    found: dict[str, frozenset[str]] = {}
    for step in steps:
        own = set(fields(step.axes))
        if step.effect or not step.pure or (step.root and step.policy.tolerate):
            found[step.name] = frozenset(own)
            continue
        reached = set(holes(step.params, "$field"))
        for edge in step.inputs:
            names = dict(edge.at)
            bound = set(fields(edge.over))
            reached |= {names.get(name, name) for name in found[edge.step]} - bound
            reached |= bound & own
        for axis in (*step.axes, *(axis for edge in step.inputs for axis in edge.over)):
            by = finder(axis)
            reached |= found[by] if by is not None else frozenset()
        found[step.name] = frozenset(reached & own)
    return found
