"""Which tasks of a plan have keys that another plan's tasks do not have: how many, and whether that is certain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import NamedTuple

from mlc_compiler.diff.overlap import overlap, pieces
from mlc_compiler.diff.symbol import Content, Symbols, steps_of
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.size import Size, number, size_of_axis, tasks
from mlc_runtime.plan import PlanStep
from mlc_runtime.relation import Relation, cross


@dataclass(frozen=True)
class Side:
    """One of the two compiled specs that are compared."""

    graph: Graph
    symbols: Symbols


class Fresh(NamedTuple):
    """Tasks of a step that have to run.

    Attributes:
        step: its name.
        of: how many tasks it has.
        new: how many have keys that are new.
        maybe: how many more may have, once a run has found what only a run can find.
        own: whether it has changed itself, and not only what it reads.
        widened: whether keys are the same and other columns or rows of the result are asked for.
    """

    step: str
    of: Size
    new: Size
    maybe: Size
    own: bool
    widened: bool = False

    @property
    def all(self) -> Size:
        """The most that can have to run."""
        return self.new + self.maybe


class _Cell(NamedTuple):
    """Tasks of a step at which the same fields are absent."""

    step: PlanStep
    absent: frozenset[str]
    axes: tuple[tuple[Content, Size], ...]


def fresh(base: Side, head: Side) -> dict[str, Fresh]:
    """The steps of `head` with tasks that `base` has not, by name; as if data, libraries and mlc were the same."""
    exact: dict[str, list[_Cell]] = {}
    loose: dict[str, list[_Cell]] = {}
    for step in base.symbols.plan.steps:
        for cell in _cells(base, step):
            symbol = base.symbols.symbol(step.name, cell.absent)
            exact.setdefault(symbol.exact, []).append(cell)
            for form in dict.fromkeys(symbol.loose):
                loose.setdefault(form, []).append(cell)
    found: dict[str, Fresh] = {}
    whole: dict[str, Fresh] = {}
    for step in steps_of(head.symbols.plan):
        one = _of_step(base, head, step, exact, loose)
        whole[step.name] = one
        if one.all:
            found[step.name] = one
    found |= _made_again(head, found, whole)
    return {step.name: found[step.name] for step in head.symbols.plan.steps if step.name in found}


def _of_step(
    base: Side, head: Side, step: PlanStep, exact: Mapping[str, list[_Cell]], loose: Mapping[str, list[_Cell]]
) -> Fresh:
    of = tasks(head.graph, head.graph.step[step.name])
    new, maybe = number(0), number(0)
    own, widened = False, False
    for cell in _cells(head, step):
        symbol = head.symbols.symbol(step.name, cell.absent)
        size = reduce(Size.__mul__, (size for _, size in cell.axes), number(1))
        same = exact.get(symbol.exact, ())
        alike = [other for form in dict.fromkeys(symbol.loose) for other in loose.get(form, ())]
        certain, possible = _most(cell, same)
        if not same:
            possible = _total(_most(cell, alike))
        new += size - certain - possible
        maybe += possible
        own |= bool(size - certain - possible) and _owns(base, step, symbol.own, cell.absent, bool(same))
        widened |= bool(same) and all(_misses(step, other.step) for other in same)
    bound = of.known
    for_all = (new + maybe).known
    if bound is not None and for_all is not None and for_all > bound:
        # Which alternative a found record has is not known: each was counted as if all had it.
        new, maybe = number(0), Size({(): bound}, exact=False)
    return Fresh(step.name, of, new, maybe, own, widened)


def _owns(base: Side, step: PlanStep, own: str, absent: frozenset[str], same: bool) -> bool:
    """Whether a step changed by itself: its parameters, its code, its edges, or the values that it runs over."""
    before = base.symbols.plan.by_name.get(step.name)
    return same or before is None or base.symbols.symbol(before.name, absent).own != own


def _misses(step: PlanStep, before: PlanStep) -> bool:
    """Whether a stored result holds another part of a table than is asked for; the whole holds every part."""
    return before.part is not None and before.part != step.part


def _made_again(head: Side, found: Mapping[str, Fresh], whole: Mapping[str, Fresh]) -> dict[str, Fresh]:
    """The steps whose keys are the same and of whose results something else runs on asks for another part."""
    asked = {edge.step for step in steps_of(head.symbols.plan) if step.name in found for edge in step.inputs}
    again: dict[str, Fresh] = {}
    for step in reversed(head.symbols.plan.steps):
        one = whole.get(step.name)
        if one is None or not one.widened or step.name in found:
            continue
        if step.name in asked or step.root or step.effect:
            again[step.name] = one._replace(new=one.of, own=True)
            asked.update(edge.step for edge in step.inputs)
    return again


def _cells(side: Side, step: PlanStep) -> Iterator[_Cell]:
    choices = [_choices(side, axis) for axis in step.axes]
    for choice in product(*choices):
        absent = frozenset[str]().union(*(absent for absent, _, _ in choice))
        yield _Cell(step, absent, tuple((content, size) for _, content, size in choice))


def _choices(side: Side, name: str) -> list[tuple[frozenset[str], Content, Size]]:
    """The records of an axis by the fields that they lack."""
    content = side.symbols.content(name)
    whole = size_of_axis(side.graph, side.graph.axis[name])
    split = None if content.relation is None else pieces(content.relation)
    if not split:
        return [(frozenset(), content, whole)]
    counted = content.found is None
    return [
        (
            absent,
            Content(part.fields, part, content.found, content.listed),
            number(part.size) if counted and not part.continuous else whole,
        )
        for absent, part in split
    ]


def _most(cell: _Cell, others: list[_Cell] | tuple[_Cell, ...]) -> tuple[Size, Size]:
    """The most tasks of a cell that are among those of one of the others: certainly, and perhaps."""
    pairs = [_common(cell, other) for other in others]
    return max(pairs, key=lambda pair: (_rank(pair[0]), _rank(pair[1])), default=(number(0), number(0)))


def _rank(size: Size) -> tuple[int, ...]:
    return tuple(sorted((len(names) * 1_000 + factor for names, factor in size.terms.items()), reverse=True))


def _total(pair: tuple[Size, Size]) -> Size:
    return pair[0] + pair[1]


def _common(cell: _Cell, other: _Cell) -> tuple[Size, Size]:
    """The tasks of a cell that are certainly, and perhaps, among those of another whose keys look the same."""
    sizes, certain = number(1), True
    left: list[tuple[Content, Size]] = []
    theirs = {frozenset(content.fields): content for content, _ in other.axes}
    for content, size in cell.axes:
        match = theirs.pop(frozenset(content.fields), None)
        if match is None:
            left.append((content, size))
            continue
        common, sure = _on_axis(content, size, match)
        sizes, certain = sizes * common, certain and sure
    if left or theirs:
        common, sure = _across(left, list(theirs.values()))
        sizes, certain = sizes * common, certain and sure
    return (sizes, number(0)) if certain else (number(0), sizes)


def _on_axis(content: Content, size: Size, other: Content) -> tuple[Size, bool]:
    same = content.found == other.found
    if content.relation is not None and other.relation is not None and content.listed and other.listed:
        common = overlap(content.relation, other.relation)
        if common is None:
            return size, content.relation == other.relation and same
        return Size({(): common}, size.exact and same), same
    return size, same and content.relation == other.relation


def _across(mine: list[tuple[Content, Size]], theirs: list[Content]) -> tuple[Size, bool]:
    """Axes that are cut otherwise on the two sides: listed ones are multiplied out, a condition hides nothing new."""
    size = reduce(Size.__mul__, (size for _, size in mine), number(1))
    if not any(content.fields for content, _ in mine) and not any(content.fields for content in theirs):
        # Under a condition that is new, what runs has run; where one is gone, it may not have.
        return size, not theirs
    relations = _product(content for content, _ in mine), _product(theirs)
    if relations[0] is None or relations[1] is None or set(relations[0].fields) != set(relations[1].fields):
        return size, False
    common = overlap(relations[0], relations[1])
    return (size, False) if common is None else (number(common), True)


def _product(contents: Iterator[Content] | list[Content]) -> Relation | None:
    relations = [content.relation if content.found is None else None for content in contents]
    known = [relation for relation in relations if relation is not None]
    return cross(known) if len(known) == len(relations) else None
