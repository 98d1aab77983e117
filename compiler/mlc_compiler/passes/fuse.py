"""Run a step and what it reads in one task, where starting, storing and fetching cost more than the work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from math import ceil

from mlc_compiler.graph.graph import Graph, fields, finders
from mlc_compiler.graph.step import Edge, Policy, Step
from mlc_compiler.passes.facts import Facts, Limits
from mlc_compiler.passes.store import Hosts, Weight, Weights, reads, weigh, worth_storing

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
        limits: of the target.
        weights: what storing and making again cost.
        needs: the steps that each step waits for.
    """

    graph: Graph
    limits: Limits
    weights: Weights
    needs: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, graph: Graph, facts: Facts) -> _Known:
        """What is known of a graph."""
        needs = {
            step.name: frozenset((*(edge.step for edge in step.inputs), *finders(graph, step))) for step in graph.steps
        }
        return cls(graph, facts.limits, weigh(graph, facts), needs)


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
            _cheap(weight, known.limits)
            and not weight.must
            and step.name not in within
            and step.name not in within.values()
            and _allowed(known.graph, host, step)
            and _few(known.weights, grown, step.name)
            and _orderly(_waits(known.needs, grown))
        ):
            within[step.name] = host.name
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


def _cheap(weight: Weight, limits: Limits) -> bool:
    """Whether a step's work is little beside handing it over, or beside starting a process for it."""
    tasks = weight.tasks
    in_one_start = ceil(tasks / min(tasks, limits.tiles or tasks)) if tasks else 0
    handing = weight.write + weight.load
    return weight.seconds < 2 * handing or in_one_start * weight.seconds < _CHEAP * limits.startup


def _few(weights: Weights, grown: Hosts, member: str) -> bool:
    """Whether the readers outside the task may as well make a member's results again."""
    return not reads(weights, grown)[member] or member not in worth_storing(weights, grown)


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
