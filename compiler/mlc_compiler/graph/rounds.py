"""The axes of a training: its condition, values of `each`, folds, settings, and the rounds in which they are tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mlc_compiler.check.facts import Program, Training
from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.grid import grid_relation
from mlc_compiler.graph.policy import policy_of
from mlc_compiler.graph.step import Policy, Step
from mlc_runtime.relation import listed

FOLD = "$fold"
"""The field of the axis of validation parts; no column has this name."""

SCIKIT = ("sklearn",)


@dataclass(frozen=True)
class Rung:
    """One round of fitting: every setting once; all but the last round of a halving keep some of them.

    Attributes:
        axis: the settings, as the axes of a step: none without a grid.
        suffix: what tells its steps' names apart.
        resource: the argument that a halving sets, and its value in this round.
        keep: how many settings go on to the next round; None in the last.
    """

    axis: tuple[str, ...]
    suffix: str = ""
    resource: tuple[str, int] | None = None
    keep: int | None = None


@dataclass(frozen=True)
class Learn:
    """What the steps of one training share: their axes and how they run."""

    program: Program
    training: Training
    axes: tuple[Axis, ...]
    go: tuple[str, ...]
    each: tuple[str, ...]
    per: tuple[str, ...]
    fold: tuple[str, ...]
    rungs: tuple[Rung, ...]
    won: tuple[str, ...]
    policy: Policy

    def name(self, step: str) -> str:
        """A step's full name."""
        return f"{self.training.name}.{step}"

    def step(
        self, name: str, op: str, params: dict[str, Any], inputs: Any, outputs: dict[str, str], **rest: Any
    ) -> Step:
        """A step of the training."""
        origin = rest.pop("origin", self.training.place.path)
        return Step(self.name(name), op, params, tuple(inputs), outputs, origin=(origin,), **rest)

    @property
    def last(self) -> Rung:
        """The round whose models can win."""
        return self.rungs[-1]


def learning(program: Program, training: Training, condition: Axis | None) -> Learn:
    """The axes of a training, and the rounds over them."""
    name, spec = training.name, training.spec
    axes: list[Axis] = [condition] if condition else []

    def axis(short: str, values: Any, given: tuple[str, ...] = ()) -> tuple[str, ...]:
        axes.append(Axis(f"{name}.{short}", values, given))
        return (f"{name}.{short}",)

    go = (condition.name,) if condition else ()
    bound = None if training.listed is None else len(training.listed)
    each = axis("each", Found(f"{name}.values", "values", training.each, at_most=bound)) if training.each else ()
    per = each if training.per == training.each else axis("per", Project(each[0], training.per)) if training.per else ()
    fold = axis("fold", listed((FOLD,), ((number,) for number in range(training.folds)))) if training.folds else ()
    rungs: tuple[Rung, ...] = (Rung(()),)
    won: tuple[str, ...] = ()
    if spec.grid is not None:
        relation = grid_relation(spec, program.spec.seed)
        grid = axis("grid", relation)
        rungs = (Rung(grid),)
        halving = spec.search.halving if spec.search else None
        if halving is not None:
            rungs = tuple(_rungs(name, grid, relation.size, halving.factor, halving.resource, halving.min))
            for before, rung in pairwise(rungs):
                kept = Found(f"{name}.keep{before.suffix}", "chosen", relation.fields, before.axis[0], before.keep)
                axis(rung.axis[0].removeprefix(f"{name}."), kept, (*go, *per))
        top = spec.select.top if spec.select else 1
        won = axis("won", Found(f"{name}.best", "chosen", relation.fields, rungs[-1].axis[0], top), (*go, *per))
    policy = policy_of(spec, checkpoint=spec.checkpoint)
    return Learn(program, training, tuple(axes), go, each, per, fold, rungs, won, policy)


def _rungs(name: str, grid: tuple[str, ...], size: int, factor: int, resource: str, amount: int) -> Iterator[Rung]:
    """The rounds of a halving: a `factor`th of the settings each time, with `factor` times the resource."""
    axis = grid
    for number in range(size):
        keep = size // factor
        yield Rung(axis, f"_{number}" if keep else "", (resource, amount), keep or None)
        if not keep:
            return
        size, amount, axis = keep, amount * factor, (f"{name}.rung_{number + 1}",)
