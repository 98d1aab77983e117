"""Whether a lookup must succeed: every record of one axis is known to be, on its fields, a record of another."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph
from mlc_runtime.relation import ABSENT, Product, Relation, Union, listed
from mlc_runtime.sample import Sample

_COUNTED = 10_000
"""The most records that are looked up one by one."""


def within(graph: Graph, part: str, whole: str, renamed: str | None = None) -> bool:
    """Whether every record of `part` is, on the fields of `whole`, known to be one of `whole`.

    What is found is known by what it is declared to be within; what is listed, by looking.

    Args:
        graph: the graph of both.
        part: an axis.
        whole: another axis.
        renamed: what `part` calls the one field of `whole`, where it is called otherwise; it is then told of axes
            whose records are known before a run.
    """
    target = graph.axis[whole]
    if renamed is not None:
        mine, theirs = _known(graph, graph.axis[part]), _known(graph, target)
        if mine is None or theirs is None or mine.continuous or renamed not in mine.fields:
            return False
        return _covers(theirs, listed(target.fields, mine.project((renamed,))))
    if not set(target.fields) <= set(graph.axis[part].fields):
        return False
    wholes = [target, *((graph.axis[target.values.axis],) if isinstance(target.values, Project) else ())]
    return any(
        axis.name == one.name or axis.values == one.values
        for axis in _containing(graph, graph.axis[part])
        for one in wholes
    ) or any(
        _listed(axis.values, target.values)
        for axis in _containing(graph, graph.axis[part])
        if isinstance(axis.values, Relation) and isinstance(target.values, Relation)
    )


def _known(graph: Graph, axis: Axis) -> Relation | None:
    """The records of an axis, or of the one that it projects, where they are known before a run."""
    if isinstance(axis.values, Project):
        base = _known(graph, graph.axis[axis.values.axis])
        return None if base is None or base.continuous else base.project(axis.fields)
    return axis.values if isinstance(axis.values, Relation) else None


def _containing(graph: Graph, axis: Axis) -> Iterator[Axis]:
    """An axis and those that each of its records is, on its fields, a part of a record of."""
    yield axis
    match axis.values:
        case Project(base) | Found(within=str(base)):
            yield from _containing(graph, graph.axis[base])


def _listed(part: Relation, whole: Relation) -> bool:
    """Whether a relation lies, on the fields of another, in that one."""
    if isinstance(part, Sample):
        part = part.base
    if part.continuous:
        return not whole.fields and whole.size > 0
    return _covers(whole, part.project(whole.fields))


def _covers(whole: Relation, part: Relation) -> bool:
    """Whether a relation holds every record of another, told by their shapes where these are alike, else by counting.

    What has other shapes and too many records to count is trusted: a pass makes relations by projecting and uniting.
    """
    if part == whole:
        return True
    match part, whole:
        case Union(parts=mine), _:
            return all(_covers(whole, one) for one in mine)
        case _, Union(parts=theirs) if any(one.fields == part.fields and _covers(one, part) for one in theirs):
            return True
        case Product(parts=mine), Product(parts=theirs) if [p.fields for p in mine] == [p.fields for p in theirs]:
            return not part.size or all(map(_covers, theirs, mine))
    return part.size > _COUNTED or all(
        whole.find(tuple(values.get(field, ABSENT) for field in whole.fields)) is not None
        for values in (dict(zip(part.fields, record, strict=True)) for record in part)
    )
