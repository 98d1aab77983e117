"""Run a step and what it reads in one task, where starting, storing and fetching cost more than the work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from mlc_compiler.graph.graph import Graph, fields, finders
from mlc_compiler.graph.step import Edge, Policy, Step
from mlc_compiler.passes.facts import Facts
from mlc_compiler.passes.store import Hosts, Weights, reads, weigh, worth_storing

_SLIGHT = 0.2
"""A reader that takes less than this share of what it reads is better off in the same task."""


def fuse(graph: Graph, facts: Facts) -> Graph:
    """Make producers members of the step that reads them task by task, where one of the two is cheap.

    A producer joins a reader of the same tasks in the same pool and image

    - where it takes less than twice what storing and fetching its results costs, or less than a twentieth of starting
      a process, and its other readers are few enough that making its results again for them is cheaper than storing;
    - where its reader takes less than a fifth of what it takes, and nothing comes later for it: the reader waits for
      nothing else, and whatever else reads the producer waits for the reader. What it gives is then handed over in
      memory, and stored as if it were not.

    No step may wait for its own task. Roots, effects, finders of axes, steps with a limit of time or a checkpoint, and
    steps that ask for more than their reader stay by themselves. Each member keeps its key, fails, is timed and retried
    as itself; what the storing rule does not keep is recorded without its bytes.

        s [] = slice {"columns":["x"],"where":{},"parts":["train"]} () -> train:table
        f [] = train {} (train=s.train) -> model:model !root

    becomes

        s [] = slice {"columns":["x"],"where":{},"parts":["train"]} () -> train:table # {"policy":{"store":"skip"}}
        f [] = train {} (train=s.train) -> model:model !root # {"members":["s"]}
    """
    known = _Known.of(graph, facts)
    within = dict(graph.host)
    for host in reversed(graph.steps):
        if host.name not in within:
            _grow(known, within, host)
    stored = worth_storing(known.weights, within)
    return _ordered(
        replace(graph, steps=tuple(_fused(graph, step, within, step.name in stored) for step in graph.steps)),
        _waits(known.needs, within),
    )


@dataclass(frozen=True)
class _Known:
    """What is asked again and again, and does not depend on what runs within what.

    Attributes:
        graph: what is rewritten.
        weights: what storing and making again cost.
        needs: the steps that each step waits for.
        before: those and all that they wait for.
    """

    graph: Graph
    weights: Weights
    needs: Mapping[str, frozenset[str]]
    before: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, graph: Graph, facts: Facts) -> _Known:
        """What is known of a graph."""
        needs = {
            step.name: frozenset((*(edge.step for edge in step.inputs), *finders(graph, step))) for step in graph.steps
        }
        before: dict[str, frozenset[str]] = {}
        for name, needed in needs.items():
            before[name] = needed.union(*(before[other] for other in needed))
        return cls(graph, weigh(graph, facts), needs, before)


def _grow(known: _Known, within: dict[str, str], host: Step) -> None:
    """Take into a step's tasks what it and its members read, the last first, as far as the rules allow."""
    refused: set[str] = set()
    while True:
        inside = {host.name, *(name for name, other in within.items() if other == host.name)}
        aligned = {edge.step for name in inside for edge in known.graph.step[name].inputs if _aligned(edge)}
        candidates = aligned - inside - refused
        step = next((step for step in reversed(known.graph.steps) if step.name in candidates), None)
        if step is None:
            return
        grown = {**within, step.name: host.name}
        weight = known.weights[step.name]
        if (
            not weight.must
            and step.name not in within
            and step.name not in within.values()
            and _allowed(known.graph, host, step)
            and (_few(known.weights, grown, step.name) if weight.cheap else _rides(known, inside, host.name, step.name))
            and _orderly(_waits(known.needs, grown))
        ):
            within[step.name] = host.name
            refused.clear()
        else:
            refused.add(step.name)


def _aligned(edge: Edge) -> bool:
    return not (edge.over or edge.at or edge.missing)


def _allowed(graph: Graph, host: Step, step: Step) -> bool:
    """Whether a step may run within the tasks of another."""
    one, other = step.policy, host.policy
    return (
        set(fields(graph, step.axes)) == set(fields(graph, host.axes))
        and (one.pool, one.image, one.always) == (other.pool, other.image, other.always)
        and all(amount <= other.resources.get(name, 0) for name, amount in one.resources.items())
        and not any(policy.timeout or policy.checkpoint for policy in (one, other))
        and not host.effect
    )


def _few(weights: Weights, grown: Hosts, member: str) -> bool:
    """Whether the readers outside the task may as well make a member's results again."""
    return not reads(weights, grown)[member] or member not in worth_storing(weights, grown)


def _rides(known: _Known, inside: set[str], host: str, member: str) -> bool:
    """Whether a step and its members take little beside what they read, and nothing comes later for it."""
    before, task = known.before, {*inside, member}
    others = set().union(*(known.needs[name] for name in inside)) - task
    readers = {name for name, needed in known.needs.items() if member in needed} - task
    return (
        sum(known.weights[name].seconds for name in inside) < _SLIGHT * known.weights[member].seconds
        and others <= before[member]
        and all(host in before[name] for name in readers)
    )


def _orderly(waits: Mapping[str, set[str]]) -> bool:
    """Whether no task waits for itself."""
    try:
        TopologicalSorter(waits).prepare()
    except CycleError:
        return False
    return True


def _ordered(graph: Graph, waits: Mapping[str, set[str]]) -> Graph:
    """The steps with each host and its members together, before whoever reads them; ties as they were."""
    done: dict[str, None] = {}
    while len(done) < len(waits):
        done[next(name for name in waits if name not in done and waits[name] <= done.keys())] = None
    steps = (graph.step[name] for host in done for name in (*graph.step[host].members, host))
    return replace(graph, steps=tuple(steps))


def _waits(needs: Mapping[str, frozenset[str]], within: Hosts) -> dict[str, set[str]]:
    """The steps that each step and its members wait for, each member taken for its host."""
    waits: dict[str, set[str]] = {}
    for name, needed in needs.items():
        mine = within.get(name, name)
        waits.setdefault(mine, set()).update({within.get(other, other) for other in needed} - {mine})
    return waits


def _fused(graph: Graph, step: Step, within: Hosts, stored: bool) -> Step:
    """A step with its members; a member that is not worth storing keeps its record only."""
    if step.name in within and not stored and step.policy.store == Policy().store:
        step = replace(step, policy=replace(step.policy, store="skip"))
    members = tuple(other.name for other in graph.steps if within.get(other.name) == step.name)
    return step if members == step.members else replace(step, members=members)
