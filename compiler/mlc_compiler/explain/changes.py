"""What became of each step between two graphs, found by comparing them: no pass is asked, so none can boast."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from mlc_compiler.graph.graph import Graph, fields
from mlc_compiler.graph.size import Size, number, tasks
from mlc_compiler.graph.step import Step
from mlc_compiler.passes.cost import Estimate, estimate
from mlc_compiler.passes.facts import Facts
from mlc_compiler.passes.reads import WHOLE, reads, union

What = Literal["dropped", "merged", "hoisted", "narrowed", "filtered", "unfiltered", "fused", "tiled"]


@dataclass(frozen=True)
class Change:
    """What became of one step.

    Attributes:
        what: `dropped`; `merged` into another that computes the same; `hoisted` out of axes or fields that do not
            reach it; `narrowed` to the columns, `filtered` to the rows, that are read; `unfiltered` though somebody
            reads some rows only; `fused` into the tasks of another; `tiled` into groups of tasks that are started
            together.
        step: its name.
        before: how often it ran.
        after: how often it runs.
        into: the step that does its work now.
        out_of: the fields that it does not run over any more.
        settings: how many records of them there are for each task that is left, where that is one number.
        columns: those that are left.
        dropped: those that are not; none where nothing says which there were.
        tiles: the number of groups, or the most there can be.
        each: how many tasks are in a group, where a run counts the groups.
        estimate: how long one of its tasks takes, and who says so, where that decided.
        where: the condition, as SQL, that all rows meet that are left, or that would be left.
        because_of: the steps that read every row.
    """

    what: What
    step: str
    before: Size
    after: Size
    into: str = ""
    out_of: tuple[str, ...] = ()
    settings: int | None = None
    columns: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    where: str = ""
    tiles: int | None = None
    each: int | None = None
    estimate: Estimate | None = None
    because_of: tuple[str, ...] = ()


def changes(before: Graph, after: Graph, facts: Facts | None = None) -> tuple[Change, ...]:
    """All changes, in the order of the first graph.

    Args:
        before: a graph.
        after: what became of it.
        facts: what passes decided by.
    """
    return tuple(_changes(before, after, facts or Facts()))


def _changes(before: Graph, after: Graph, facts: Facts) -> Iterator[Change]:
    keys = before.static_keys
    heirs = {key: name for name, key in reversed(list(after.static_keys.items()))}
    for step in before.steps:
        count = tasks(before, step)
        kept = after.step.get(step.name)
        if kept is not None:
            yield from _kept(before, after, step, kept)
            yield from _grouped(before, after, step, kept, facts)
        elif step.pure and keys[step.name] in heirs:
            yield Change("merged", step.name, count, number(0), into=heirs[keys[step.name]])
        else:
            yield Change("dropped", step.name, count, number(0))


def unfiltered(graph: Graph) -> tuple[Change, ...]:
    """The steps of which all rows are made though some of their readers have conditions, in the order of the graph."""
    return tuple(_unfiltered(graph))


def _unfiltered(graph: Graph) -> Iterator[Change]:
    for step in graph.steps:
        needs = {
            reader.name: reads(reader, WHOLE).get(edge.port, WHOLE)
            for reader in graph.steps
            for edge in reader.inputs
            if edge.step == step.name and step.outputs[edge.out] == "table"
        }
        some = [need for need in needs.values() if need.where is not None]
        if some and step.where is None:
            all_rows = tuple(name for name, need in needs.items() if need.where is None)
            count = tasks(graph, step)
            yield Change("unfiltered", step.name, count, count, where=union(some).where or "", because_of=all_rows)


def _kept(before: Graph, after: Graph, step: Step, kept: Step) -> Iterator[Change]:
    count, now = tasks(before, step), tasks(after, kept)
    left = fields(after, kept.axes)
    gone = tuple(field for field in fields(before, step.axes) if field not in left)
    if gone:
        yield Change("hoisted", step.name, count, now, out_of=gone, settings=count.ratio(now))
    if kept.want is not None and kept.want != step.want:
        had = step.want if step.want is not None else columns(step)
        lost = tuple(name for name in had if name not in kept.want)
        yield Change("narrowed", step.name, count, now, columns=kept.want, dropped=lost)
    if kept.where is not None and kept.where != step.where:
        yield Change("filtered", step.name, count, now, where=kept.where.sql)


def _grouped(before: Graph, after: Graph, step: Step, kept: Step, facts: Facts) -> Iterator[Change]:
    count, now = tasks(before, step), tasks(after, kept)
    if step.name in after.host and step.name not in before.host:
        yield Change("fused", step.name, count, now, into=after.host[step.name], estimate=estimate(step, facts))
    if kept.tiles != step.tiles:
        most, each = kept.tiles["max"], kept.tiles.get("each")
        yield Change("tiled", step.name, count, now, tiles=most, each=each, estimate=_whole(after, kept, facts))


def _whole(graph: Graph, step: Step, facts: Facts) -> Estimate:
    """What one task takes with its members, and who says so of the longest."""
    parts = [estimate(graph.step[name], facts) for name in (*step.members, step.name)]
    return replace(max(parts, key=lambda part: part.seconds), seconds=sum(part.seconds for part in parts))


def columns(step: Step) -> tuple[str, ...]:
    """The columns that a step's parameters name, where they do."""
    named = step.params.get("columns")
    return tuple(item["name"] for item in named or () if isinstance(item, dict) and "name" in item)
