"""Merge steps that compute the same thing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph, finder, with_used_axes
from mlc_compiler.graph.step import Policy, Step
from mlc_compiler.passes.facts import Facts
from mlc_runtime.relation import Listed, Relation, listed

_Form = str
"""What equal steps have in common, as text."""


def share(graph: Graph, _: Facts) -> Graph:
    """Common-subexpression elimination, by numbering values from the first step to the last.

    Pure steps are one if they have the same operation, code, parameters, inputs and axes, whatever these are called;
    the first stands for the others and is asked for as much as any of them. What was asked for by name stays by itself:
    the store knows that it is the same. Steps in different pools or images stay apart too. Where they give different
    parts of their tables, one gives the whole: `pushdown` says what is read of it.

        flights [] = read {} () -> table:table
      - a.feat [] = features {"w":7} (rows=flights.table) -> table:table
      + a.feat [] = features {"w":7} (rows=flights.table) -> table:table # {"also":["b.feat"]}
      - b.feat [] = features {"w":7} (rows=flights.table) -> table:table
        a.fit [] = train {"depth":1} (rows=a.feat.table) -> model:model !root
      - b.fit [] = train {"depth":2} (rows=b.feat.table) -> model:model !root
      + b.fit [] = train {"depth":2} (rows=a.feat.table) -> model:model !root

    Steps that differ in the records of one listed axis, and have some of them in common, become one over all of them:
    readers look their producer up by value, and a collect goes over its own axis.
    """
    values = _Values(graph)
    for step in graph.steps:
        values.add(step)
    return with_used_axes(values.steps.values(), values.axes.values())


@dataclass
class _Values:
    """The steps and axes so far, each once.

    Attributes:
        graph: what is rewritten.
        steps: by name, in order.
        axes: by name; what is found has the finder that stands for its own.
    """

    graph: Graph
    steps: dict[str, Step] = field(default_factory=dict)
    axes: dict[str, Axis] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _alike: dict[str, str] = field(default_factory=dict)
    _first_axis: dict[object, str] = field(default_factory=dict)
    _first_step: dict[_Form, str] = field(default_factory=dict)

    def add(self, step: Step) -> None:
        """Number a step: one that is there already stands for it, or it is new."""
        step = self._renamed(step)
        if not step.pure or step.effect or step.members or step.name in self.graph.host:
            self.steps[step.name] = step
            return
        exact, loose = self._form(step), self._form(step, loose=True)
        if not step.root and exact in self._first_step:
            self._merge(self._first_step[exact], step)
            return
        axes = self._united(step, loose)
        if axes is not None:
            self._merge(self._first_step[loose], step)
            first = self.steps[self._first_step[loose]]
            self.steps[first.name] = replace(first, axes=axes)
            self._first_step[self._form(self.steps[first.name])] = first.name
            return
        self.steps[step.name] = step
        self._first_step.setdefault(exact, step.name)
        self._first_step.setdefault(loose, step.name)

    def _merge(self, name: str, step: Step) -> None:
        """Let a step stand for another."""
        first = self.steps[name]
        alike = (first.want, first.where) == (step.want, step.where)
        self._names[step.name] = name
        self.steps[name] = replace(
            first,
            policy=_joined(first.policy, step.policy),
            origin=tuple(dict.fromkeys((*first.origin, *step.origin))),
            also=(*first.also, step.name, *step.also),
            want=first.want if alike else None,
            where=first.where if alike else None,
        )

    def _united(self, step: Step, loose: _Form) -> tuple[str, ...] | None:
        """The axes over which one step may stand for two that differ in the records of one of them."""
        name = self._first_step.get(loose)
        if name is None or step.root or self.steps[name].root or "index" in step.outputs.values():
            return None
        mine = self.steps[name].axes
        if any(self.axes[axis].given for axis in mine):
            return None
        differ = [at for at, pair in enumerate(zip(mine, step.axes, strict=True)) if self._differ(*pair)]
        if len(differ) != 1:
            return None
        (at,) = differ
        one, other = self.axes[mine[at]], self.axes[step.axes[at]]
        assert isinstance(one.values, Listed)
        assert isinstance(other.values, Listed)
        whole = listed(one.fields, (*one.values.records, *other.values.records))
        if whole.size == one.values.size + other.values.size:
            return None
        if whole.size > one.values.size:
            one = Axis(f"{one.name}|{other.name}", whole)
            self.axes[one.name] = one
            self._alike[one.name] = self._first_axis.setdefault((whole, ()), one.name)
        return (*mine[:at], one.name, *mine[at + 1 :])

    def _differ(self, one: str, other: str) -> bool:
        return self._alike[one] != self._alike[other]

    def _renamed(self, step: Step) -> Step:
        """The step, reading those that stand for its producers, over axes that stand for its own."""
        inputs = (
            replace(edge, step=self._names.get(edge.step, edge.step), over=self._axes(edge.over))
            for edge in step.inputs
        )
        return replace(step, inputs=tuple(inputs), axes=self._axes(step.axes))

    def _axes(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(self._axis, names))

    def _axis(self, name: str) -> str:
        """The axis that stands for another: for one that is found, the first that is alike; what is known stays.

        Its finder stands before its users, so that what stands for it is decided.
        """
        if name not in self._alike:
            axis = self.graph.axis[name]
            given = self._axes(axis.given)
            values: Relation | Found | Project = axis.values
            alike = values
            match values:
                case Found(step, within=base):
                    within = None if base is None else self._axis(base)
                    values = replace(values, step=self._names.get(step, step), within=within)
                    alike = replace(values, within=None if within is None else self._alike[within])
                case Project(base, names):
                    values = Project(self._axis(base), names)
                    alike = Project(self._alike[values.axis], names)
            self.axes[name] = replace(axis, values=values, given=given)
            self._alike[name] = self._first_axis.setdefault((alike, tuple(map(self._alike.__getitem__, given))), name)
        return self._alike[name] if finder(self.graph, name) is not None else name

    def _form(self, step: Step, *, loose: bool = False) -> _Form:
        """The form of a step; `loose`, whatever records its listed axes hold."""

        def alike(name: str) -> object:
            values = self.axes[name].values
            return values.fields if loose and isinstance(values, Listed) else self._alike[name]

        inputs = sorted(
            (e.port, e.step, e.out, tuple(self._alike[a] for a in e.over), e.at, e.tolerate, e.missing)
            for e in step.inputs
        )
        same = replace(step, name="", inputs=(), axes=(), origin=(), also=(), root=False, policy=_apart(step.policy))
        bare = replace(same, want=None, where=None)
        return repr((bare, inputs, [alike(name) for name in step.axes], loose))


def _apart(policy: Policy) -> Policy:
    """What keeps steps apart that else are equal."""
    return Policy(
        pool=policy.pool,
        image=policy.image,
        tolerate=policy.tolerate,
        checkpoint=policy.checkpoint,
        always=policy.always,
    )


def _joined(one: Policy, other: Policy) -> Policy:
    """As much as either asks for."""
    names = dict.fromkeys((*one.resources, *other.resources))
    times = (one.timeout, other.timeout)
    return replace(
        one,
        resources={name: max(one.resources.get(name, 0), other.resources.get(name, 0)) for name in names},
        retry=max(one.retry, other.retry),
        backoff=max(one.backoff, other.backoff),
        backoff_max=max(one.backoff_max, other.backoff_max),
        timeout=None if None in times else max(time for time in times if time is not None),
        store="must" if "must" in (one.store, other.store) else one.store,
    )
