"""Which results are worth keeping: those that are dearer to make again for every reader than to store and fetch.

This is not the minimum cut of `mlc_runtime.reuse`: making a result again multiplies the reads of what it is made from,
and then storing one and another does not add up (the pair "store the input", "inline the reader" is not submodular).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import ceil

from mlc_compiler.graph.axis import Found
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Step
from mlc_compiler.passes.cost import estimate, load, number_of_tasks, records, write
from mlc_compiler.passes.facts import Facts
from mlc_runtime.values import kind_of

_CHEAP = 0.05
"""A step that takes less than this share of starting a process is not worth one."""


@dataclass(frozen=True)
class Weight:
    """What the rule weighs of a step. Nothing of it depends on which steps run within the tasks of others.

    Attributes:
        tasks: how many there are.
        seconds: of one task.
        write: seconds to store what one task gives.
        load: seconds to fetch what one task gave.
        inputs: by edge: the step that it reads, how many of its results a task reads, and seconds to fetch one.
        must: whether its results have to be stored whatever it costs.
        cheap: whether making a result is little beside handing it over, or beside starting a process for it.
    """

    tasks: int
    seconds: float
    write: float
    load: float
    inputs: tuple[tuple[str, int, float], ...]
    must: bool
    cheap: bool

    def again(self, stored: Collection[str], again: Mapping[str, float]) -> float:
        """Seconds to make one result again, from the nearest stored ones."""
        fetched = (count * (each if step in stored else again[step]) for step, count, each in self.inputs)
        return self.seconds + sum(fetched)


Weights = Mapping[str, Weight]
"""The weights of steps, by name, in topological order."""

Hosts = Mapping[str, str]
"""The step within whose tasks a step runs, by name; of members only."""


def worth_storing(weights: Weights, within: Hosts) -> frozenset[str]:
    """The steps whose results are to be stored.

    A result that nobody else could make again has to be: roots, effects, what is not pure, what finds an axis, files,
    and what is read in another pool or image. Of the others, in topological order: those for which reads x what it
    takes to make one again from the nearest stored results > write + reads x load.
    """
    read = reads(weights, within)
    stored = {name for name, weight in weights.items() if weight.must}
    again: dict[str, float] = {}
    for name, weight in weights.items():
        count = read[name]
        again[name] = weight.again(stored, again)
        if count * again[name] > weight.tasks * weight.write + count * weight.load:
            stored.add(name)
    return frozenset(stored)


def weigh(graph: Graph, facts: Facts) -> dict[str, Weight]:
    """What the rule weighs of each step."""
    forced = musts(graph)

    def weight(step: Step) -> Weight:
        inputs = (
            (edge.step, records(graph, edge.over), load(graph.step[edge.step], facts, [edge.out]))
            for edge in step.inputs
        )
        return Weight(
            number_of_tasks(graph, step, facts),
            estimate(step, facts).seconds,
            write(step, facts),
            load(step, facts),
            tuple(inputs),
            step.name in forced,
            _cheap(graph, step, facts),
        )

    return {step.name: weight(step) for step in graph.steps}


def reads(weights: Weights, within: Hosts) -> Mapping[str, int]:
    """How often results of each step are read that were made before.

    Within one task they are at hand. Of a step that is not cheap such a read counts all the same: when only its reader
    has changed, what it gave should be there.
    """
    found = Counter[str]()
    for reader, weight in weights.items():
        mine = within.get(reader, reader)
        for step, count, _ in weight.inputs:
            if mine != within.get(step, step) or not weights[step].cheap:
                found[step] += weight.tasks * count
    return found


def _cheap(graph: Graph, step: Step, facts: Facts) -> bool:
    tasks, seconds, most = number_of_tasks(graph, step, facts), estimate(step, facts).seconds, facts.limits.tiles
    in_one_start = ceil(tasks / min(tasks, most or tasks)) if tasks else 0
    handing = write(step, facts) + load(step, facts)
    return seconds < 2 * handing or in_one_start * seconds < _CHEAP * facts.limits.startup


def musts(graph: Graph) -> frozenset[str]:
    """The steps whose results have to be stored whatever it costs."""
    found = {axis.values.step for axis in graph.axes if isinstance(axis.values, Found)}
    for step in graph.steps:
        files = any(kind_of(type_) == "file" for type_ in step.outputs.values())
        if step.root or step.effect or not step.pure or files or step.policy.store == "must":
            found.add(step.name)
        for edge in step.inputs:
            policy = graph.step[edge.step].policy
            if (policy.pool, policy.image) != (step.policy.pool, step.policy.image):
                found.add(edge.step)
    return frozenset(found)
