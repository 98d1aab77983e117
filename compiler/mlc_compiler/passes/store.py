"""Which results are worth keeping: those that are dearer to make again for every reader than to store and fetch.

This is not the minimum cut of `mlc_runtime.reuse`: making a result again multiplies the reads of what it is made from,
and then storing one and another does not add up (the pair "store the input", "inline the reader" is not submodular).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from mlc_compiler.graph.axis import Found
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Edge, Step
from mlc_compiler.passes.cost import estimate, load, number_of_tasks, records, write
from mlc_compiler.passes.facts import Facts
from mlc_runtime.values import kind_of


def choose_stored(graph: Graph, facts: Facts) -> frozenset[str]:
    """The steps whose results are to be stored.

    A result that nobody else could make again has to be: roots, effects, what is not pure, what finds an axis, files,
    and what is read in another pool or image. Of the others, in topological order: those for which reads x what it
    takes to make one again from the nearest stored results > write + reads x load.
    """
    stored, read = set(musts(graph)), reads(graph, facts)
    again: dict[str, float] = {}
    for step in graph.steps:
        again[step.name] = _again(graph, facts, step, stored, again)
        count, tasks = read[step.name], number_of_tasks(graph, step, facts)
        if count * again[step.name] > tasks * write(step, facts) + count * load(step, facts):
            stored.add(step.name)
    return frozenset(stored)


def total(graph: Graph, facts: Facts, stored: Collection[str]) -> float:
    """The seconds that a choice costs: writing and fetching what is stored, and making the rest for every read."""
    read = reads(graph, facts)
    again: dict[str, float] = {}
    sum_ = 0.0
    for step in graph.steps:
        again[step.name] = _again(graph, facts, step, stored, again)
        count = read[step.name]
        if step.name in stored:
            sum_ += number_of_tasks(graph, step, facts) * write(step, facts) + count * load(step, facts)
        else:
            sum_ += count * again[step.name]
    return sum_


def reads(graph: Graph, facts: Facts) -> Mapping[str, int]:
    """How often other tasks read the results of each step; within one task they are at hand."""
    hosts = {member: host.name for host in graph.steps for member in host.members}
    found = Counter[str]()
    for reader in graph.steps:
        tasks = number_of_tasks(graph, reader, facts)
        for edge in reader.inputs:
            if hosts.get(reader.name, reader.name) != hosts.get(edge.step, edge.step):
                found[edge.step] += tasks * records(graph, edge.over)
    return found


def _again(graph: Graph, facts: Facts, step: Step, stored: Collection[str], again: Mapping[str, float]) -> float:
    """Seconds to make one result again, from the nearest stored ones."""

    def fetch(edge: Edge) -> float:
        producer = graph.step[edge.step]
        each = load(producer, facts, [edge.out]) if edge.step in stored else again[edge.step]
        return records(graph, edge.over) * each

    return estimate(step, facts).seconds + sum(map(fetch, step.inputs))


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
