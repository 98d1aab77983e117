"""How many records an axis has and how many tasks a step, as far as compiling can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce

from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Step

Unknown = tuple[str, ...]
"""The names of what only a run can count; their product."""


@dataclass(frozen=True)
class Size:
    """A number of records: a sum of products of a number and of counts that are not known before a run.

    Attributes:
        terms: the factor of each product of unknown counts; of the empty product, the known part.
        exact: whether it is the number, or a bound on it.

    >>> str(Size({(): 2, ("country",): 100}))
    '2 + country x 100'
    """

    terms: Mapping[Unknown, int] = field(default_factory=dict)
    exact: bool = True

    def __add__(self, other: Size) -> Size:
        """Both together."""
        terms = dict(self.terms)
        for names, factor in other.terms.items():
            terms[names] = terms.get(names, 0) + factor
        return Size(terms, self.exact and other.exact)

    def __sub__(self, other: Size) -> Size:
        """Without a part that is no larger, term by term."""
        terms = {names: self.terms.get(names, 0) - other.terms.get(names, 0) for names in {**self.terms, **other.terms}}
        return Size(terms, self.exact and other.exact)

    def __mul__(self, other: Size) -> Size:
        """Every combination."""
        terms: dict[Unknown, int] = {}
        for mine, one in self.terms.items():
            for theirs, two in other.terms.items():
                names = tuple(sorted((*mine, *theirs)))
                terms[names] = terms.get(names, 0) + one * two
        return Size(terms, self.exact and other.exact)

    def __bool__(self) -> bool:
        """Whether there can be any."""
        return any(self.terms.values())

    @property
    def known(self) -> int | None:
        """The number, or the bound on it, where nothing in it is unknown."""
        terms = {names: factor for names, factor in self.terms.items() if factor}
        return terms.get((), 0) if set(terms) <= {()} else None

    def ratio(self, other: Size) -> int | None:
        """How many times `other` this is, where that is a whole number whatever the unknown counts are."""
        mine = {names: factor for names, factor in self.terms.items() if factor}
        theirs = {names: factor for names, factor in other.terms.items() if factor}
        found = {divmod(factor, theirs[names]) for names, factor in mine.items() if names in theirs}
        if mine.keys() != theirs.keys() or len(found) != 1:
            return None
        times, rest = found.pop()
        return None if rest else times

    def __str__(self) -> str:
        """As people write it: `20,200`, `<=27`, `country x 100`."""
        terms = sorted((len(names), names, factor) for names, factor in self.terms.items() if factor)
        text = " + ".join(_product(names, factor) for _, names, factor in terms) or "0"
        return text if self.exact else f"<={text}"


def number(count: int) -> Size:
    """A size that is known."""
    return Size({(): count})


def task_count(size: object) -> str:
    """A number of tasks, also one that is text already, with its noun.

    >>> task_count(number(1)), task_count(number(20_200))
    ('1 task', '20,200 tasks')
    """
    text = str(size)
    return f"{text} task" if text == "1" else f"{text} tasks"


def total(sizes: Iterable[Size]) -> Size:
    """The sum."""
    return reduce(Size.__add__, sizes, number(0))


def size_of_axis(graph: Graph, axis: Axis) -> Size:
    """The records of an axis, for one record of what it is given."""
    match axis.values:
        case Found(_, _, fields, within, at_most):
            bounds = [] if at_most is None else [at_most]
            if within is not None and within in graph.axis:
                known = size_of_axis(graph, graph.axis[within]).known
                bounds += [] if known is None else [known]
            if not fields:
                bounds.append(1)
            return Size({(): min(bounds)}, exact=False) if bounds else Size({(" x ".join(fields),): 1})
        case Project(base, fields):
            whole = graph.axis[base]
            if not isinstance(whole.values, Found | Project):
                return number(whole.values.project(fields).size)
            if not fields:
                return Size({(): 1}, exact=False)
            found = size_of_axis(graph, whole)
            return found if found.known is not None else Size({(" x ".join(fields),): 1})
        case relation:
            return number(relation.size)


def size_of_axes(graph: Graph, axes: Iterable[str]) -> Size:
    """The records of a product of axes."""
    return reduce(Size.__mul__, (size_of_axis(graph, graph.axis[name]) for name in axes), number(1))


def tasks(graph: Graph, step: Step) -> Size:
    """How often a step runs."""
    return size_of_axes(graph, step.axes)


def all_tasks(graph: Graph) -> Size:
    """How many tasks a graph has."""
    return total(tasks(graph, step) for step in graph.steps)


def _product(names: Unknown, factor: int) -> str:
    if not names:
        return f"{factor:,}"
    text = " x ".join(names)
    return text if factor == 1 else f"{text} x {factor:,}"
