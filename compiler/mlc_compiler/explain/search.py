"""What a search saves against walking the whole grid, read off the graph: halvings and random draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlc_compiler.graph.axis import Found
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.size import Size, number, size_of_axis, tasks
from mlc_compiler.graph.step import Step
from mlc_runtime.sample import Sample


@dataclass(frozen=True)
class Rung:
    """A round of a halving: how many settings, and how much of the resource each gets in all."""

    settings: Size
    amount: int


@dataclass(frozen=True)
class Halving:
    """A halving.

    Attributes:
        training: whose it is.
        resource: the argument that grows.
        rungs: its rounds.
        spent: how much of the resource all fits together take; those that go on where they stood count the rest only.
        full: how much it would be for every setting to get what the last round gets.
    """

    training: str
    resource: str
    rungs: tuple[Rung, ...]
    spent: Size
    full: Size


@dataclass(frozen=True)
class Draw:
    """A random search: of so many settings, so many; of a continuous range there is no number."""

    training: str
    drawn: int
    of: int | None


def halvings(graph: Graph) -> Iterator[Halving]:
    """The halvings of a graph, in its order."""
    fits = {step.axes[-1]: step for step in graph.steps if step.op == "train" and step.axes}
    for axis in graph.axes:
        if not isinstance(axis.values, Found):
            rounds = list(_rounds(graph, fits, axis.name))
            resource = _resource(rounds)
            if resource is not None:
                yield _halving(graph, rounds, resource)


def draws(graph: Graph) -> Iterator[Draw]:
    """The random searches of a graph that are no halvings, in its order."""
    halved = {halving.training for halving in halvings(graph)}
    for axis in graph.axes:
        training = axis.name.partition(".")[0]
        if isinstance(axis.values, Sample) and training not in halved:
            base = axis.values.base
            yield Draw(training, axis.values.size, None if base.continuous else base.size)


def _rounds(graph: Graph, fits: Mapping[str, Step], axis: str | None) -> Iterator[Step]:
    """The fits over an axis, over what was kept of it, and so on."""
    while axis is not None and axis in fits:
        yield fits[axis]
        kept = (each for each in graph.axes if isinstance(each.values, Found) and each.values.within == axis)
        axis = next((each.name for each in kept if each.name in fits), None)


def _resource(rounds: Sequence[Step]) -> str | None:
    """The argument that is a number, and a greater one in the second round."""
    if len(rounds) > 1:
        for name in _arguments(rounds[0]):
            first, second = (_arguments(step).get(name) for step in rounds[:2])
            if isinstance(first, int) and isinstance(second, int) and first < second:
                return name
    return None


def _arguments(step: Step) -> Mapping[str, Any]:
    arguments: Mapping[str, Any] = step.params["arguments"]
    return arguments


def _halving(graph: Graph, rounds: Sequence[Step], resource: str) -> Halving:
    spent, done, rungs = number(0), 0, []
    for step in rounds:
        amount = _arguments(step)[resource]
        if amount <= done:
            break  # the fit of the setting that won, on more rows
        resumed = any(edge.port == "start" for edge in step.inputs)
        spent += tasks(graph, step) * number(amount - (done if resumed else 0))
        rungs.append(Rung(size_of_axis(graph, graph.axis[step.axes[-1]]), amount))
        done = amount
    training = rounds[0].name.partition(".")[0]
    return Halving(training, resource, tuple(rungs), spent, tasks(graph, rounds[0]) * number(done))
