"""What a picture of a graph shows, without how it looks: every form is made from this."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from mlc_compiler.explain.entry import SECTIONS, Entry, entries, short_name
from mlc_compiler.graph.axis import Found
from mlc_compiler.graph.graph import Graph, fields, reach
from mlc_compiler.graph.size import Size, all_tasks, number, size_of_axis, tasks, total
from mlc_compiler.graph.step import Edge, Step

FLAGS = ("root", "effect", "impure")
"""The marks that a step has by itself."""

_CROWD = 60

Kind = Literal["same", "broadcast", "collect", "finds"]


@dataclass(frozen=True)
class Badge:
    """An axis of a step: its short name and its size."""

    axis: str
    size: str

    def __str__(self) -> str:
        """As people write it: `grid 27`, `when`."""
        return f"{self.axis} {self.size}".strip()


@dataclass(frozen=True)
class Box:
    """A step.

    Attributes:
        name: of the step.
        label: its name within its group.
        group: the group's name.
        op: the operation.
        tasks: how many there are.
        badges: its axes, those of one record at most left out.
        marks: `root`, `effect`, `impure`; in a comparison also what became of it.
        details: what else is to be said, by heading.
    """

    name: str
    label: str
    group: str
    op: str
    tasks: str
    badges: tuple[Badge, ...] = ()
    marks: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Arrow:
    """An edge.

    Attributes:
        source: the step that is read.
        target: the step that reads.
        kind: `same` for one task to one, `broadcast` for one to many, `collect` for many to one, `finds` where the
            source finds the records that the target runs over.
        ports: what the reader calls it.
        missing: whether it may be absent.
    """

    source: str
    target: str
    kind: Kind
    ports: tuple[str, ...]
    missing: bool = False


@dataclass(frozen=True)
class Group:
    """The steps of one entry of the spec."""

    name: str
    section: str
    label: str
    tasks: str
    boxes: tuple[str, ...]


@dataclass(frozen=True)
class Drawing:
    """A graph to be drawn.

    Attributes:
        title: the pipeline's name.
        note: what is shown of it.
        groups: by section, in the order of the spec.
        boxes: in topological order.
        arrows: in the order of their targets.
    """

    title: str
    note: str
    groups: tuple[Group, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    tasks: str

    @property
    def crowded(self) -> bool:
        """Whether there are so many arrows that those between groups are better pale."""
        return len(self.arrows) > _CROWD


def drawing(
    graph: Graph,
    title: str,
    note: str = "",
    details: Callable[[Step], Mapping[str, str]] = lambda _: {},
    marks: Mapping[str, tuple[str, ...]] | None = None,
) -> Drawing:
    """Describe a graph.

    Args:
        graph: verified.
        title: the pipeline's name.
        note: what is shown of it.
        details: what to say of a step beside what the picture shows.
        marks: further marks, by step.
    """
    owners = entries(graph)
    more = marks or {}
    boxes = tuple(_box(graph, step, owners[step.name], details(step), more.get(step.name, ())) for step in graph.steps)
    arrows = tuple(arrow for step in graph.steps for arrow in (*_read(graph, step), *_found(graph, step)))
    return Drawing(title, note, tuple(_groups(graph, owners)), boxes, arrows, str(all_tasks(graph)))


def _groups(graph: Graph, owners: Mapping[str, Entry]) -> Iterator[Group]:
    members: dict[Entry, list[Step]] = {}
    for step in graph.steps:
        members.setdefault(owners[step.name], []).append(step)
    for entry, steps in sorted(members.items(), key=lambda item: SECTIONS.index(item[0].section)):
        count = total(tasks(graph, step) for step in steps)
        yield Group(_key(entry), entry.section, str(entry), str(count), tuple(step.name for step in steps))


def _key(entry: Entry) -> str:
    return f"{entry.section}.{entry.name}"


def _box(graph: Graph, step: Step, entry: Entry, details: Mapping[str, str], marks: tuple[str, ...]) -> Box:
    flags = dict(zip(FLAGS, (step.root, step.effect, not step.pure), strict=True))
    return Box(
        name=step.name,
        label=short_name(step, entry),
        group=_key(entry),
        op=step.op,
        tasks=str(tasks(graph, step)),
        badges=tuple(_badges(graph, step)),
        marks=(*(flag for flag, on in flags.items() if on), *marks),
        details=details,
    )


def _badges(graph: Graph, step: Step) -> Iterator[Badge]:
    for name in step.axes:
        axis = graph.axis[name]
        size = size_of_axis(graph, axis)
        if not axis.fields:
            yield Badge("when", "")
        elif size.known != 1:
            yield Badge(_short(name), _shown(size))


def _short(axis: str) -> str:
    """An axis without whose it is; of a part of one, the part."""
    own = axis.rpartition(".")[2]
    return own.partition("/")[2] or own


def _shown(size: Size) -> str:
    return "?" if size.known is None else str(size)


def _read(graph: Graph, step: Step) -> Iterator[Arrow]:
    """From what a step reads; inputs from one step in one way are one arrow."""
    found: dict[tuple[str, Kind], list[Edge]] = {}
    for edge in step.inputs:
        if edge.step in graph.step:
            found.setdefault((edge.step, _kind(graph, step, edge)), []).append(edge)
    for (source, kind), edges in found.items():
        ports = tuple(edge.port for edge in edges)
        yield Arrow(source, step.name, kind, ports, all(edge.missing for edge in edges))


def _kind(graph: Graph, step: Step, edge: Edge) -> Kind:
    if edge.over:
        return "collect"
    theirs = fields(graph, graph.step[edge.step].axes)
    more = (graph.axis[name] for name in step.axes if not set(graph.axis[name].fields) <= set(theirs))
    return "same" if all(size_of_axis(graph, axis) == number(1) for axis in more) else "broadcast"


def _found(graph: Graph, step: Step) -> Iterator[Arrow]:
    """From the finders of a step's axes, where no step that it reads runs over the same axis already."""
    inherited = {axis for edge in step.inputs if edge.step in graph.step for axis in graph.step[edge.step].axes}
    shown = {edge.step for edge in step.inputs}
    for axis in reach(graph, [name for name in step.axes if name not in inherited]):
        match axis.values:
            case Found(finder) if finder in graph.step and finder not in shown and axis.name not in inherited:
                shown.add(finder)
                yield Arrow(finder, step.name, "finds", (_short(axis.name),))
