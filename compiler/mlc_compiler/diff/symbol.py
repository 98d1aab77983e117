"""Keys of tasks as far as compiling knows them: with holes for the values of fields and for what only a run finds.

Two tasks at equal values of the fields have equal keys where their steps have equal symbols. A symbol has three
parts: `exact` holds everything; `loose` leaves out what only a run can tell, so that steps with a `loose` in common may
still turn out the same; `own` leaves out what is read as well, so that a step of equal `own` changed only by what it
reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, NamedTuple

from mlc_compiler.diff.overlap import pieces
from mlc_runtime.keys import digest
from mlc_runtime.plan import Plan, PlanAxis, PlanEdge, PlanStep
from mlc_runtime.relation import Relation, from_objects
from mlc_runtime.relation_json import relation_to_json

NOTHING: frozenset[str] = frozenset()


_MOST = 16
"""How many forms of a key are followed, where a run decides which sub-grid a record is of."""


class Symbol(NamedTuple):
    """The digests of a step's keys; see the module. `loose` has one for each form that a run may find."""

    exact: str
    loose: tuple[str, ...]
    own: str


@dataclass(frozen=True)
class Content:
    """What is known of the records of an axis.

    Attributes:
        fields: their fields.
        relation: the records, or those among which they are found.
        found: the digest of how they are found; None where they are listed.
        listed: whether `relation` names each record that may be found, one by one.
    """

    fields: tuple[str, ...]
    relation: Relation | None = None
    found: str | None = None
    listed: bool = True


class Symbols:
    """The symbols of a plan's steps.

    Args:
        plan: the plan.
        connections: what the environment says of each connection, by name.
    """

    def __init__(self, plan: Plan, connections: Mapping[str, Any]) -> None:
        self.plan = plan
        self._connections = connections
        self._symbols: dict[tuple[str, frozenset[str]], Symbol] = {}
        self._contents: dict[str, Content] = {}
        self._moment = digest(sorted(digest(_moment(read)) for read in plan.spec.get("as_of", ())))

    def symbol(self, name: str, absent: frozenset[str] = NOTHING) -> Symbol:
        """The symbol of a step's tasks at which the fields `absent` are."""
        step = self.plan.by_name[name]
        place = (step.name, absent.intersection(self.plan.fields(step.axes)))
        if place not in self._symbols:
            self._symbols[place] = self._symbol(step, place[1])
        return self._symbols[place]

    def content(self, axis: str) -> Content:
        """What is known of an axis's records."""
        if axis not in self._contents:
            self._contents[axis] = self._content(self.plan.axes[axis])
        return self._contents[axis]

    def alternatives(self, axis: str) -> tuple[frozenset[str], ...]:
        """The sets of fields that a record of the axis may lack."""
        content = self.content(axis)
        found = None if content.relation is None else pieces(content.relation)
        return tuple(absent for absent, _ in found) if found else (NOTHING,)

    def _symbol(self, step: PlanStep, absent: frozenset[str]) -> Symbol:
        params = {name: value for name, value in step.params.items() if name != "locate" or step.effect}
        zone = None if "timezone" in step.params else self.plan.spec.get("timezone")
        place = [] if step.pure and not step.effect else [step.name, sorted(self.plan.fields(step.axes))]
        fixed = [step.op, step.static, sorted(step.distributions), zone, place]
        exact, loose = (self._filled(params, absent, step.params.get("locate"), loose=loose) for loose in (False, True))
        edges = sorted(step.inputs, key=lambda edge: edge.port)
        names = [[edge.port, edge.out, sorted(map(list, edge.at))] for edge in edges]
        over = [[_known(self.content(axis)) for axis in edge.over] for edge in edges]
        found = [[self.content(axis).found for axis in edge.over] for edge in edges]
        read = [[symbol.exact for symbol in self._producers(edge, absent)] for edge in edges]
        return Symbol(
            exact=digest([*fixed, exact, names, over, found, read]),
            loose=tuple(digest([*fixed, loose, names, over, form]) for form in self._forms(edges, absent)),
            own=digest([*fixed, exact, names, over]),
        )

    def _producers(self, edge: PlanEdge, absent: frozenset[str]) -> Iterator[Symbol]:
        """The symbols of what an edge reads, one for each set of fields that the collected records may lack."""
        for choice in product(*map(self.alternatives, edge.over)):
            yield self._producer(edge, absent.union(*choice))

    def _producer(self, edge: PlanEdge, absent: frozenset[str]) -> Symbol:
        producer = self.plan.by_name[edge.step]
        names = dict(edge.at)
        lacking = (name for name in self.plan.fields(producer.axes) if names.get(name, name) in absent)
        return self.symbol(edge.step, frozenset(lacking))

    def _forms(self, edges: list[PlanEdge], absent: frozenset[str]) -> Iterator[Any]:
        """What a step may read, for each alternative of the records that a run finds."""
        axes = dict.fromkeys(axis for edge in edges for axis in edge.over if not self.content(axis).listed)
        forms = (
            list(form)
            for choice in product(*map(self.alternatives, axes))
            for form in product(*(self._read(edge, absent, dict(zip(axes, choice, strict=True))) for edge in edges))
        )
        yield from islice(forms, _MOST)

    def _read(self, edge: PlanEdge, absent: frozenset[str], chosen: Mapping[str, frozenset[str]]) -> list[Any]:
        """The forms of what an edge reads, where the alternatives of found axes are chosen."""
        choices = product(*([chosen[axis]] if axis in chosen else self.alternatives(axis) for axis in edge.over))
        each = [self._producer(edge, absent.union(*choice)).loose for choice in choices]
        return [list(form) for form in islice(product(*each), _MOST)]

    def _content(self, axis: PlanAxis) -> Content:
        if axis.values is not None:
            return Content(axis.fields, axis.values)
        if axis.project is not None:
            base = self.content(axis.project)
            whole = None if base.relation is None else base.relation.project(axis.fields)
            return Content(axis.fields, whole if axis.fields else None, base.found, base.listed)
        assert axis.found is not None
        finder = self.plan.by_name[axis.found[0]]
        records = finder.params.get("listed")
        symbol = self._among(finder) if records is not None else self.symbol(finder.name)
        how = digest([symbol.exact, axis.found[1]])
        if records is not None:
            return Content(axis.fields, from_objects(axis.fields, records), how)
        whole = None if axis.within is None else self.content(axis.within).relation
        return Content(axis.fields, whole, how, listed=False)

    def _among(self, finder: PlanStep) -> Symbol:
        """The symbol of a finder but for the values among which it looks: which of them it finds hangs on the rest."""
        blank = PlanStep(
            finder.name,
            finder.op,
            finder.static,
            {**finder.params, "listed": None},
            finder.inputs,
            axes=finder.axes,
            distributions=finder.distributions,
        )
        return self._symbol(blank, NOTHING)

    def _filled(self, params: Any, absent: frozenset[str], locate: Any, *, loose: bool) -> Any:
        """Parameters with the holes that compiling can fill; absent fields are left out, as the runtime does."""

        def fill(value: Any) -> Any:
            match value:
                case {"$field": name, **rest} if not rest:
                    return _ABSENT if name in absent else value
                case {"$either": [name, otherwise], **rest} if not rest:
                    return fill(otherwise) if name in absent else {"$field": name}
                case {"$param": "as_of", **rest} if not rest:
                    return {"$param": ["as_of", "" if loose else self._moment]}
                case {"$param": name, **rest} if not rest:
                    declared = self.plan.params.get(name, {})
                    return {"$param": [declared["type"], declared["default"]] if "default" in declared else name}
                case {"$bind": ["sources", _], **rest} if not rest:
                    # What a source holds is taken to be the same while it is read from the same place.
                    connection = self._connections.get((locate or {}).get("connection") or "")
                    return {"$bind": "source" if loose else ["source", locate, connection]}
                case {"$literal": _, **rest} if not rest:
                    return value
                case dict():
                    items = {key: fill(item) for key, item in value.items()}
                    return {key: item for key, item in items.items() if item is not _ABSENT}
                case list() | tuple():
                    return [item for item in map(fill, value) if item is not _ABSENT]
            return value

        return fill(params)


_ABSENT: Any = object()


def _known(content: Content) -> Any:
    """What compiling knows of the records that a collect has in its key."""
    known = content.relation if content.listed else None
    return [None if known is None else relation_to_json(known), content.found is None]


def _moment(read: Mapping[str, Any]) -> list[Any]:
    """What the default of `as_of` is found by: where it is looked for, and how a time becomes known."""
    params = read["params"]
    return [read["op"], {name: params.get(name) for name in ("locate", "time", "known", "row_known", "call")}]


def steps_of(plan: Plan) -> Iterator[PlanStep]:
    """The steps that a change can make run: not those that every run asks anew."""
    return (step for step in plan.steps if not step.policy.always and "run" not in step.params)
