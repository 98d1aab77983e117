"""Run a step and what it reads in one task, where starting, storing and fetching cost more than the work."""

from __future__ import annotations

from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from math import ceil

from mlc_compiler.graph.graph import Graph, fields, finders
from mlc_compiler.graph.step import Edge, Policy, Step
from mlc_compiler.passes.cost import counted, estimate, load, number_of_tasks, write
from mlc_compiler.passes.facts import Facts
from mlc_compiler.passes.store import choose_stored, musts, reads

_CHEAP = 0.05
"""A producer that takes less than this share of starting a process is not worth one."""


def fuse(graph: Graph, facts: Facts) -> Graph:
    """Make cheap producers members of the step that reads them task by task.

    A producer joins a reader of the same tasks in the same pool and image, where it takes less than twice what storing
    and fetching its results costs, or less than a twentieth of starting a process; where its other readers are few
    enough that making its results again for them is cheaper than storing them; and where no step would wait for its
    own task. Roots, effects, finders of axes, steps with a limit of time or a checkpoint, and steps that ask for more
    than their reader stay by themselves. Each member keeps its key, fails, is timed and retried as itself; what the
    storing rule does not keep is recorded without its bytes.

        s [] = slice {"columns":["x"],"where":{},"parts":["train"]} () -> train:table
        f [] = train {} (train=s.train) -> model:model !root

    becomes

        s [] = slice {"columns":["x"],"where":{},"parts":["train"]} () -> train:table # {"policy":{"store":"skip"}}
        f [] = train {} (train=s.train) -> model:model !root # {"members":["s"]}
    """
    facts = counted(graph, facts)
    for host in reversed(graph.steps):
        if not any(host.name in step.members for step in graph.steps):
            graph = _grow(graph, facts, host.name)
    graph = _ordered(graph)
    stored = choose_stored(graph, facts)
    members = {member for step in graph.steps for member in step.members}
    return replace(graph, steps=tuple(_kept(step, step.name in members, step.name in stored) for step in graph.steps))


def _grow(graph: Graph, facts: Facts, host: str) -> Graph:
    """Take into a step's tasks what it and its members read, as far as the rules allow."""
    refused: set[str] = set()
    while True:
        inside = (*graph.step[host].members, host)
        candidates = {edge.step for name in inside for edge in graph.step[name].inputs if _aligned(edge)}
        candidates -= {*inside, *refused}
        name = next((step.name for step in reversed(graph.steps) if step.name in candidates), None)
        if name is None:
            return graph
        step = graph.step[name]
        grown = _with_member(graph, host, name)
        if (
            _cheap(graph, facts, step)
            and _allowed(graph, graph.step[host], step)
            and _few(grown, facts, step)
            and _orderly(grown)
        ):
            graph = grown
        else:
            refused.add(name)


def _aligned(edge: Edge) -> bool:
    return not (edge.over or edge.at or edge.missing)


def _allowed(graph: Graph, host: Step, step: Step) -> bool:
    """Whether a step may run within the tasks of another."""
    one, other = step.policy, host.policy
    taken = bool(step.members) or any(step.name in each.members for each in graph.steps)
    return (
        not taken
        and set(fields(graph, step.axes)) == set(fields(graph, host.axes))
        and (one.pool, one.image, one.always) == (other.pool, other.image, other.always)
        and all(amount <= other.resources.get(name, 0) for name, amount in one.resources.items())
        and not any(policy.timeout or policy.checkpoint for policy in (one, other))
        and not host.effect
        and step.name not in musts(graph)
    )


def _cheap(graph: Graph, facts: Facts, step: Step) -> bool:
    """Whether a step's work is little beside handing it over, or beside starting a process for it."""
    seconds, tasks = estimate(step, facts).seconds, number_of_tasks(graph, step, facts)
    in_one_start = ceil(tasks / min(tasks, facts.limits.tiles or tasks)) if tasks else 0
    handing = write(step, facts) + load(step, facts)
    return seconds < 2 * handing or in_one_start * seconds < _CHEAP * facts.limits.startup


def _few(grown: Graph, facts: Facts, step: Step) -> bool:
    """Whether the readers outside the task may as well make a member's results again."""
    return not reads(grown, facts)[step.name] or step.name not in choose_stored(grown, facts)


def _orderly(graph: Graph) -> bool:
    """Whether no task waits for itself."""
    try:
        TopologicalSorter(_waits(graph)).prepare()
    except CycleError:
        return False
    return True


def _ordered(graph: Graph) -> Graph:
    """The steps with each host and its members together, before whoever reads them; ties as they were."""
    waits, done = _waits(graph), dict[str, None]()
    while len(done) < len(waits):
        done[next(name for name in waits if name not in done and waits[name] <= done.keys())] = None
    steps = (graph.step[name] for host in done for name in (*graph.step[host].members, host))
    return replace(graph, steps=tuple(steps))


def _waits(graph: Graph) -> dict[str, set[str]]:
    """The steps that each step and its members wait for, each member taken for its host."""
    hosts = {member: step.name for step in graph.steps for member in step.members}
    waits: dict[str, set[str]] = {}
    for step in graph.steps:
        mine = hosts.get(step.name, step.name)
        read = {hosts.get(name, name) for name in (*(edge.step for edge in step.inputs), *finders(graph, step))}
        waits.setdefault(mine, set()).update(read - {mine})
    return waits


def _with_member(graph: Graph, host: str, name: str) -> Graph:
    inside = {*graph.step[host].members, name}
    members = tuple(step.name for step in graph.steps if step.name in inside)
    return replace(graph, steps=tuple(replace(s, members=members) if s.name == host else s for s in graph.steps))


def _kept(step: Step, member: bool, stored: bool) -> Step:
    """A member that is not worth storing keeps its record only."""
    if not member or stored or step.policy.store != Policy().store:
        return step
    return replace(step, policy=replace(step.policy, store="skip"))
