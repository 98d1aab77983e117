"""What must hold for every graph, after building it and after every pass.

A problem here is a bug in mlc, never a user's mistake; a pass that breaks a rule is caught where it happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph, axes_of, checks_of, fields, finders, reach, roots
from mlc_compiler.graph.step import Edge, Step
from mlc_compiler.graph.within import within
from mlc_runtime.params import holes

Hosts = Mapping[str, Sequence[Step]]
"""The steps within whose tasks a step runs, by name: one of each member, where all is well."""


def verify(graph: Graph, before: Graph | None = None) -> list[str]:
    """Check a graph.

    Args:
        graph: what to check.
        before: the graph that a pass made this one from; effects, roots and keys must have survived.

    Returns:
        The problems, in the order of the graph; empty where it is sound.
    """
    problems = [*_unique(graph), *(problem for axis in graph.axes for problem in _axis(graph, axis))]
    unknown = list(_unknown_axes(graph))
    if unknown:
        return problems + unknown
    seen: set[str] = set()
    hosts = _hosts(graph)
    for step in graph.steps:
        problems += [f"step {step.name}: {problem}" for problem in _step(graph, step, seen, hosts)]
        seen.add(step.name)
    if before is not None and not problems:
        problems += _kept(graph, before)
    return problems


def _unique(graph: Graph) -> Iterator[str]:
    for kind, names in (("step", [s.name for s in graph.steps]), ("axis", [a.name for a in graph.axes])):
        yield from (f"{kind} {name} stands twice" for name in sorted({n for n in names if names.count(n) > 1}))


def _unknown_axes(graph: Graph) -> Iterator[str]:
    """Axes that nothing defines: no further rule makes sense before they are there."""
    for axis in graph.axes:
        yield from (f"axis {axis.name}: given an unknown axis {name}" for name in axis.given if name not in graph.axis)
    for step in graph.steps:
        yield from (f"step {step.name}: no axis {name}" for name in axes_of(step) if name not in graph.axis)


def _axis(graph: Graph, axis: Axis) -> Iterator[str]:
    match axis.values:
        case Project(base, wanted):
            if base not in graph.axis:
                yield f"axis {axis.name}: projects an unknown axis {base}"
            elif not set(wanted) <= set(graph.axis[base].fields):
                yield f"axis {axis.name}: projects fields that {base} lacks"
            elif set(axis.given) != set(graph.axis[base].given):
                yield f"axis {axis.name}: is not given what {base} is"
        case Found(step, port, wanted, base):
            producer = graph.step.get(step)
            if producer is None or producer.outputs.get(port) != "index":
                yield f"axis {axis.name}: {step}.{port} is no index"
            elif base is not None and base in graph.axis and set(wanted) != set(graph.axis[base].fields):
                yield f"axis {axis.name}: its fields are not those of {base}"
            elif base is not None and base in graph.axis and not _given(graph, base) <= _given(graph, axis.name):
                yield f"axis {axis.name}: is not given what {base} is"
            elif axis.given != producer.axes:
                yield f"axis {axis.name}: is not given what {step} runs over"


def _given(graph: Graph, name: str) -> set[str]:
    """The fields that an axis's values depend on."""
    return set(fields(graph, (given for given in graph.axis[name].given if given in graph.axis)))


def _hosts(graph: Graph) -> Hosts:
    found: dict[str, list[Step]] = {}
    for host in graph.steps:
        for member in host.members:
            found.setdefault(member, []).append(host)
    return found


def _step(graph: Graph, step: Step, seen: set[str], hosts: Hosts) -> Iterator[str]:
    yield from _domain(graph, step)
    mine = fields(graph, step.axes)
    for finder in finders(graph, step):
        if finder not in seen:
            yield f"its axis is found by {finder}, which does not stand before it"
    for name in holes(step.params, "$field"):
        if name not in mine:
            yield f"parameter field {name} is out of scope"
    ports = [edge.port for edge in step.inputs]
    if len(ports) != len(set(ports)):
        yield "two inputs of one name"
    for edge in step.inputs:
        yield from _edge(graph, step, edge, seen, hosts.get(edge.step, ()))
    yield from _members(graph, step, seen, hosts.get(step.name, ()))
    if not step.origin:
        yield "no origin"
    if not step.outputs:
        yield "no outputs"


def _members(graph: Graph, step: Step, seen: set[str], hosts: Sequence[Step]) -> Iterator[str]:
    """What runs within another's tasks has just these tasks, and nobody asked for it."""
    if len(hosts) > 1 or (hosts and step.members):
        yield f"it runs within {[host.name for host in hosts]}, and {list(step.members)} within it"
    for name in step.members:
        member = graph.step.get(name)
        if member is None or name not in seen:
            yield f"its member {name} does not stand before it"
        elif set(fields(graph, member.axes)) != set(fields(graph, step.axes)):
            yield f"its member {name} has other tasks"
        elif member.root or member.effect or not member.pure:
            yield f"its member {name} is asked for by itself"


def _domain(graph: Graph, step: Step) -> Iterator[str]:
    mine = fields(graph, step.axes)
    if len(mine) != len(set(mine)):
        yield "a field twice"
    bound: set[str] = set()
    for name in step.axes:
        axis = graph.axis[name]
        missing = set(fields(graph, axis.given)) - bound
        if missing:
            yield f"axis {name} is given {sorted(missing)}, which do not stand before it"
        bound |= set(axis.fields)


def _edge(graph: Graph, step: Step, edge: Edge, seen: set[str], hosts: Sequence[Step]) -> Iterator[str]:
    producer = graph.step.get(edge.step)
    if producer is None or edge.step not in seen:
        yield f"input {edge.port} reads {edge.step}, which does not stand before it"
        return
    for host in hosts:
        if host.name not in seen and step.name not in (*host.members, host.name):
            yield f"input {edge.port} reads {edge.step}, which runs within {host.name} only later"
    if edge.out not in producer.outputs:
        yield f"input {edge.port} reads {edge.step}.{edge.out}, which is no output"
    mine, over = set(fields(graph, step.axes)), set(fields(graph, edge.over))
    names = dict(edge.at)
    unbound = {names.get(name, name) for name in fields(graph, producer.axes)} - mine - over
    if unbound:
        yield f"input {edge.port} leaves {sorted(unbound)} of {edge.step} unbound"
    for name in edge.over:
        free = set(fields(graph, graph.axis[name].given)) - mine - over
        if free:
            yield f"input {edge.port} is over {name}, which is given {sorted(free)}"
    if not 0 <= edge.tolerate <= 1:
        yield f"input {edge.port} tolerates {edge.tolerate}"
    yield from _lookup(graph, step, edge, producer)


def _lookup(graph: Graph, step: Step, edge: Edge, producer: Step) -> Iterator[str]:
    """Every lookup succeeds: each axis of the producer holds the records of one that the reader runs or collects over.

    A field is renamed where it is an axis by itself.
    """
    mine = dict(edge.at)
    for name in producer.axes:
        names = graph.axis[name].fields
        renamed = mine.get(names[0]) if len(names) == 1 else None
        if not any(within(graph, axis, name, renamed) for axis in (*step.axes, *edge.over)):
            yield f"input {edge.port}: no axis of {step.name} need be in {name} of {producer.name}"


def _kept(graph: Graph, before: Graph) -> Iterator[str]:
    """A pass loses nothing that was asked for, changes no key, and runs nothing that would not have run."""
    now = {name: step.name for step in graph.steps for name in (step.name, *step.also)}
    needed = {step.name for step in (*roots(before), *checks_of(before, now))}
    yield from (f"lost {name}" for name in sorted(needed - set(now)))
    keys, known = graph.static_keys, before.static_keys
    for step in graph.steps:
        if keys[step.name] != known.get(step.name):
            yield f"step {step.name}: its key is not what it was"
            continue
        found = {(now.get(finder, finder), port) for finder, port in _found(before, before.step[step.name].axes)}
        if not found <= _found(graph, step.axes):
            yield f"step {step.name}: runs even where an axis is empty over which it ran"


def _found(graph: Graph, axes: Iterable[str]) -> set[tuple[str, str]]:
    """The outputs that make axes, and those that they depend on, empty or not."""
    return {(axis.values.step, axis.values.port) for axis in reach(graph, axes) if isinstance(axis.values, Found)}
