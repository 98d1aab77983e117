"""The graph: steps in topological order and the axes that they run over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.step import Step
from mlc_runtime.keys import digest


@dataclass(frozen=True)
class Graph:
    """Steps, producers before consumers and finders before users of their axes; ties by place in the spec."""

    steps: tuple[Step, ...]
    axes: tuple[Axis, ...]

    @cached_property
    def step(self) -> Mapping[str, Step]:
        """Steps by name."""
        return {step.name: step for step in self.steps}

    @cached_property
    def axis(self) -> Mapping[str, Axis]:
        """Axes by name."""
        return {axis.name: axis for axis in self.axes}

    @cached_property
    def host(self) -> Mapping[str, str]:
        """The step within whose tasks each member runs, by the member's name."""
        return {member: step.name for step in self.steps for member in step.members}

    @cached_property
    def static_keys(self) -> Mapping[str, str]:
        """The part of each step's keys that compiling knows, by its name: what a pass must carry along unchanged.

        It is of a step's operation, code, parameters and the keys of its inputs. The name of a step and the fields of
        its axes are in it only where it has an effect or is not pure; of axes collected over, the fields are.
        """
        keys: dict[str, str] = {}
        for step in self.steps:
            inputs = sorted(
                [
                    e.port,
                    e.out,
                    keys[e.step],
                    sorted(fields(self, e.over)),
                    sorted(map(list, e.at)),
                    e.tolerate,
                    e.missing,
                ]
                for e in step.inputs
            )
            params = {name: value for name, value in step.params.items() if name != "locate"}
            identity = [] if step.pure and not step.effect else [step.name, sorted(fields(self, step.axes))]
            what = [step.op, sorted(step.code), sorted(step.distributions), params]
            keys[step.name] = digest([*what, inputs, identity])
        return keys


def fields(graph: Graph, axes: Iterable[str]) -> tuple[str, ...]:
    """The fields of some axes, in order."""
    return tuple(field for name in axes for field in graph.axis[name].fields)


def finders(graph: Graph, step: Step) -> tuple[str, ...]:
    """The steps whose outputs give the values of the axes that a step runs or collects over."""
    names = (axis.values.step for axis in reach(graph, axes_of(step)) if isinstance(axis.values, Found))
    return tuple(dict.fromkeys(names))


def finder(graph: Graph, axis: str) -> str | None:
    """The step that finds the records of an axis, or of the one that it projects; None where they are known."""
    match graph.axis[axis].values:
        case Found(step):
            return step
        case Project(base):
            return finder(graph, base)
    return None


def roots(graph: Graph) -> tuple[Step, ...]:
    """The steps that no pass may lose: what acts outside, and what was asked for.

    A source without checks of the user's own is looked at only where it is read: such checks are lost with it, unless
    nothing else was asked for.
    """
    wanted = tuple(step for step in graph.steps if step.root or step.effect)
    return tuple(step for step in wanted if not _incidental(step)) or wanted


def checks_of(graph: Graph, kept: Iterable[str]) -> tuple[Step, ...]:
    """The checks of what these steps give."""
    known, found = set(kept), []
    for step in graph.steps:
        if step.op == "check" and known.issuperset((*finders(graph, step), *(edge.step for edge in step.inputs))):
            known.add(step.name)
            found.append(step)
    return tuple(found)


def _incidental(step: Step) -> bool:
    return step.op == "check" and not step.params.get("checks")


def axes_of(step: Step) -> tuple[str, ...]:
    """The axes that a step runs or collects over."""
    return (*step.axes, *(name for edge in step.inputs for name in edge.over))


def reach(graph: Graph, axes: Iterable[str]) -> Iterator[Axis]:
    """Axes with all that their values depend on: what they are given, project, or are within."""
    seen: set[str] = set()
    todo = list(axes)
    while todo:
        name = todo.pop(0)
        if name in seen or name not in graph.axis:
            continue
        seen.add(name)
        axis = graph.axis[name]
        yield axis
        todo += axis.given
        match axis.values:
            case Project(base):
                todo.append(base)
            case Found(within=str(base)):
                todo.append(base)


def with_used_axes(steps: Iterable[Step], axes: Iterable[Axis]) -> Graph:
    """A graph of steps in order, with those axes that one of them runs or collects over, or that such an axis needs."""
    whole = Graph(tuple(steps), tuple(axes))
    used = {axis.name for axis in reach(whole, (name for step in whole.steps for name in axes_of(step)))}
    return Graph(whole.steps, tuple(axis for axis in whole.axes if axis.name in used))


def order(steps: Iterable[Step], axes: Iterable[Axis]) -> Graph:
    """A graph with its steps sorted: what a step reads and what finds its axes come first, else as given.

    Raises:
        ValueError: the steps read each other in a circle.
    """
    graph = Graph(tuple(steps), tuple(axes))
    done: dict[str, Step] = {}
    waiting = list(graph.steps)
    while waiting:
        for position, step in enumerate(waiting):
            needs = {*(edge.step for edge in step.inputs), *finders(graph, step)}
            if all(name in done or name not in graph.step for name in needs):
                done[step.name] = waiting.pop(position)
                break
        else:
            raise ValueError(f"a circle among {[step.name for step in waiting]}")
    return Graph(tuple(done.values()), graph.axes)


def ending_in(graph: Graph, names: Iterable[str]) -> Graph:
    """The part of a graph that some steps need, whose results alone are asked for.

    Args:
        graph: in order.
        names: of those steps.
    """
    wanted = set(asked := frozenset(names))
    for step in reversed(graph.steps):
        if step.name in wanted:
            wanted |= {*(edge.step for edge in step.inputs), *finders(graph, step)}
    kept = (replace(step, root=step.name in asked) for step in graph.steps if step.name in wanted)
    return with_used_axes(kept, graph.axes)
