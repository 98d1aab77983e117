"""One run of a plan over a store: which tasks there are, what they read, what they are called, how they stand."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from mlc_runtime.errors import IncompleteError
from mlc_runtime.keys import MISSING, Input, digest, lacks, object_name, task_key
from mlc_runtime.ledger import Ledger
from mlc_runtime.needless import Needless
from mlc_runtime.params import fill, holes
from mlc_runtime.plan import Plan, PlanAxis, PlanEdge, PlanStep
from mlc_runtime.record import Failure
from mlc_runtime.relation import ABSENT, Relation, as_object, from_index, mark
from mlc_runtime.space import Axis, Coordinates, Ragged, Space
from mlc_runtime.store.store import Store
from mlc_runtime.values import decode

_FRAMES = 20  # calls from the key of a task to that of what it reads, at most
_REMEMBERED = 300_000  # keys; some 100 bytes each
_RECENT = 1_000  # tasks whose coordinates are asked about again and again while one of them runs


@dataclass(frozen=True)
class Link:
    """What one edge of one task reads.

    Attributes:
        edge: the edge.
        tasks: (record of the collected fields, coordinates of the producer's task or None where it has none), in the
            order of the axes; one pair with an empty record for an aligned edge.
        poisoned: whether the collected axes are not known because the step that finds them failed.
    """

    edge: PlanEdge
    tasks: tuple[tuple[Coordinates, Coordinates | None], ...]
    poisoned: bool = False


@dataclass
class _Recent:
    """What was found out about a task; it holds the coordinates, so that no other object gets their identity."""

    coordinates: Coordinates
    key: str = ""
    name: str = ""
    links: list[Link] | None = None


@dataclass
class Run:
    """A run in progress, as one process sees it. What it remembers are facts that cannot change within a run.

    Attributes:
        plan: what is run.
        bind: the content of `bind.json`, see `mlc_runtime.prepare`.
        store: where blobs are.
        ledger: where results are noted.
        name: the run's identifier.
        root: the project's folder.
        environment: connections and secrets.
        checkpoints: a folder for what tasks keep between attempts, where the store has one.
        needless: what is left out.
        exchange: where containers that an engine runs find their inputs and leave their outputs; None where this
            process runs containers.
    """

    plan: Plan
    bind: Mapping[str, Any]
    store: Store
    ledger: Ledger
    name: str
    root: Path
    environment: Mapping[str, Any] = field(default_factory=dict)
    checkpoints: Path | None = None
    needless: Needless = field(default_factory=Needless)
    exchange: Path | None = None
    _spaces: dict[str, Space] = field(default_factory=dict, init=False, repr=False)
    _axes: dict[str, Axis] = field(default_factory=dict, init=False, repr=False)
    _keys: dict[Any, str] = field(default_factory=dict, init=False, repr=False)
    _fates: dict[str, bool] = field(default_factory=dict, init=False, repr=False)
    _digests: dict[Any, str] = field(default_factory=dict, init=False, repr=False)
    _facts: dict[str, dict[str, str]] = field(default_factory=dict, init=False, repr=False)
    _holes: dict[tuple[str, str], list[str]] = field(default_factory=dict, init=False, repr=False)
    _read_tasks: dict[Any, Coordinates | None] = field(default_factory=dict, init=False, repr=False)
    _recent: dict[tuple[str, int], _Recent] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        # A key is made of those before it: where none is known yet, calls go as deep as the plan.
        sys.setrecursionlimit(max(sys.getrecursionlimit(), 1_000 + _FRAMES * len(self.plan.steps)))

    @cached_property
    def unsettled(self) -> frozenset[str]:
        """The steps that read, directly or through others, what an effect gave: it may change under the same key."""
        found: set[str] = set()
        for step in self.plan.steps:
            if any(edge.step in found or self.plan.by_name[edge.step].effect for edge in step.inputs):
                found.add(step.name)
        return frozenset(found)

    def space(self, step: str) -> Space:
        """The tasks of a step.

        Raises:
            IncompleteError: a step that finds one of its axes has not ended.
        """
        if step not in self._spaces:
            self._spaces[step] = Space([self.axis(axis) for axis in self.plan.by_name[step].axes])
        return self._spaces[step]

    def axis(self, name: str) -> Axis:
        """The records of an axis, read from its finder where it has one.

        Raises:
            IncompleteError: the finder has not ended.
        """
        if name not in self._axes:
            self._axes[name] = self._read_axis(self.plan.axes[name])
        return self._axes[name]

    def key(self, step: PlanStep, coordinates: Coordinates) -> str:
        """The key of a task.

        Raises:
            IncompleteError: it depends on whether a task is missing that has not ended.
        """
        recent = self._task(step, coordinates)
        if not recent.key:
            recent.key = self._key(step, coordinates)
        return recent.key

    def _task(self, step: PlanStep, coordinates: Coordinates) -> _Recent:
        place = (step.name, id(coordinates))
        found = self._recent.get(place)
        if found is None:
            if len(self._recent) > _RECENT:
                self._recent.clear()
            found = self._recent[place] = _Recent(coordinates)
        return found

    def _key(self, step: PlanStep, coordinates: Coordinates) -> str:
        fields = self.plan.fields(step.axes)
        memo = (step.name, *mark(tuple(coordinates.get(name, ABSENT) for name in fields)))
        if memo not in self._keys:
            links = self.links(step, coordinates)
            inputs = [self._key_input(link) for link in links]
            if len(self._keys) > _REMEMBERED:
                self._keys.clear()
            self._keys[memo] = task_key(
                step.static,
                self.params_digest(step, coordinates),
                self.facts(step),
                inputs,
                self.place(step, coordinates),
                {
                    port: link.edge.missing or float(link.edge.tolerate)
                    for link, (port, read) in zip(links, inputs, strict=True)
                    if lacks(read) and (link.edge.over or not link.edge.missing)
                },
            )
        return self._keys[memo]

    def object(self, step: PlanStep, coordinates: Coordinates) -> str:
        """The name under which a task's result is kept."""
        recent = self._task(step, coordinates)
        if not recent.name:
            recent.name = object_name(self.key(step, coordinates), step.part)
        return recent.name

    def missing(self, step: PlanStep, coordinates: Coordinates | None) -> bool:
        """Whether a task has no result in this run.

        Raises:
            IncompleteError: it has not ended.
        """
        if coordinates is None:
            return True
        name = self.object(step, coordinates)
        if name in self._fates:
            return self._fates[name]
        if self.failure(step, coordinates) is not None:
            return self._fates.setdefault(name, True)
        if self.ledger.record(name) is not None:
            return self._fates.setdefault(name, False)
        raise IncompleteError(
            "MLC958", f"`{step.name}` has not run for {dict(coordinates)}", "It is read before it ended."
        )

    def settle(self, name: str) -> None:
        """Note that the task of an object's name has a result in this run."""
        self._fates[name] = False

    def failure(self, step: PlanStep, coordinates: Coordinates) -> Failure | None:
        """Why a task has no result in this run; None where it has one, or has not ended.

        A result of this very run counts for more: a process that was taken for dead may have gone on to its end. One of
        another run does not: where an effect was undone or a result is made anew, it is there before the task fails.
        """
        failure = self.ledger.failure(self.key(step, coordinates))
        if failure is None:
            return None
        record = self.ledger.record(self.object(step, coordinates))
        return None if record is not None and record.run == self.name else failure

    def at(self, step: PlanStep, coordinates: Coordinates) -> Coordinates:
        """The task of a step that agrees with coordinates: the same object that its readers are given.

        Raises:
            KeyError: there is none.
        """
        found = self._lookup(step, {}, coordinates)
        if found is None:
            raise KeyError(coordinates)
        return found

    def links(self, step: PlanStep, coordinates: Coordinates) -> list[Link]:
        """What a task reads, edge by edge."""
        recent = self._task(step, coordinates)
        if recent.links is None:
            own = self.plan.fields(step.axes)
            recent.links = [self._link(edge, own, coordinates) for edge in step.inputs]
        return recent.links

    def excessive(self, link: Link) -> bool:
        """Whether a collect lost more of its elements than it tolerates."""
        producer = self.plan.by_name[link.edge.step]
        tasks = [at for _, at in link.tasks if at is not None and self.object(producer, at) not in self._fates]
        self.ledger.expect([(self.object(producer, at), self.key(producer, at)) for at in tasks])
        lost = sum(self.missing(producer, coordinates) for _, coordinates in link.tasks)
        return link.poisoned or lost > Fraction(repr(link.edge.tolerate)) * len(link.tasks)

    def params(self, step: PlanStep, coordinates: Coordinates) -> dict[str, Any]:
        """The step's parameters for a task, holes filled; of a step that runs last, with how the run stands."""
        bind = self.bind
        if step.policy.always:
            from mlc_runtime.finish import status

            bind = {**bind, "status": status(self)}
        filled: dict[str, Any] = fill(step.params, coordinates, bind)
        return filled

    def params_digest(self, step: PlanStep, coordinates: Coordinates) -> str:
        """The digest of a task's parameters but for `locate`, worked out once for equal fields.

        Where a table lies does not change what is in it; where an effect takes place is what it does.
        """
        read = self.holes(step, "$field")
        memo = (step.name, *mark(tuple(coordinates.get(name, ABSENT) for name in read)))
        if memo not in self._digests:
            asked = {
                name: value for name, value in self.params(step, coordinates).items() if name != "locate" or step.effect
            }
            self._digests[memo] = digest(asked)
        return self._digests[memo]

    def holes(self, step: PlanStep, kind: str) -> list[str]:
        """What the holes of one kind in a step's parameters name, sorted; see `mlc_runtime.params.holes`."""
        if (step.name, kind) not in self._holes:
            self._holes[step.name, kind] = sorted(set(holes(step.params, kind)))
        return self._holes[step.name, kind]

    def facts(self, step: PlanStep) -> dict[str, str]:
        """What results depend on besides parameters and inputs: versions, and the zone where no parameter gives it."""
        if step.name not in self._facts:
            versions = self.bind["versions"]
            zone = {} if "timezone" in step.params else {"timezone": self.timezone(step)}
            self._facts[step.name] = {**zone, **{name: versions[name] for name in ("python", *step.distributions)}}
        return self._facts[step.name]

    def timezone(self, step: PlanStep) -> str:
        """The zone in which a step reads local times: its own parameter's, else the spec's."""
        return str(step.params.get("timezone") or self.plan.spec.get("timezone", "UTC"))

    def place(self, step: PlanStep, coordinates: Coordinates) -> tuple[str, Coordinates] | None:
        """What identifies a task that is not a pure function."""
        return None if step.pure and not step.effect else (step.name, coordinates)

    def _key_input(self, link: Link) -> Input:
        """What an edge reads, by key and port: two outputs of one task are two values."""
        producer = self.plan.by_name[link.edge.step]

        def key(at: Coordinates) -> str:
            return f"{self.key(producer, at)}.{link.edge.out}"

        if not link.edge.over:
            ((_, coordinates),) = link.tasks
            absent = coordinates is None or (link.edge.missing and self.missing(producer, coordinates))
            return link.edge.port, MISSING if absent or coordinates is None else key(coordinates)
        if link.poisoned:
            return link.edge.port, MISSING
        return link.edge.port, [
            (record, MISSING if at is None or self.missing(producer, at) else key(at)) for record, at in link.tasks
        ]

    def _link(self, edge: PlanEdge, own: tuple[str, ...], coordinates: Coordinates) -> Link:
        producer = self.plan.by_name[edge.step]
        names = dict(edge.at)
        if not edge.over:
            return Link(edge, (({}, self._lookup(producer, names, coordinates)),))
        collected = Space([self.axis(axis) for axis in edge.over]).restrict(own, coordinates)
        if collected.poisoned:
            return Link(edge, (), poisoned=True)
        return Link(
            edge,
            tuple((record, self._lookup(producer, names, {**coordinates, **record})) for record in collected),
        )

    def _lookup(self, producer: PlanStep, names: Mapping[str, str], at: Coordinates) -> Coordinates | None:
        """The producer's task that agrees with coordinates, where there is one.

        Tasks that read the same one are given the same object, by which all else about it is remembered.
        """
        own = self.plan.fields(producer.axes)
        values = tuple(at.get(names.get(name, name), ABSENT) for name in own)
        memo = (producer.name, *mark(values))
        if memo not in self._read_tasks:
            found = as_object(own, values)
            there = self.space(producer.name).find(found) is not None
            if len(self._read_tasks) > _RECENT:
                self._read_tasks.clear()
            self._read_tasks[memo] = found if there else None
        return self._read_tasks[memo]

    def _read_axis(self, axis: PlanAxis) -> Axis:
        if axis.values is not None:
            return axis.values
        if axis.project is not None:
            base = self.axis(axis.project)
            if isinstance(base, Ragged):
                groups = {key: None if one is None else one.project(axis.fields) for key, one in base.groups.items()}
                return Ragged(axis.fields, base.given, groups)
            return base.project(axis.fields)
        assert axis.found is not None, axis.name
        finder = self.plan.by_name[axis.found[0]]
        given = self.plan.fields(finder.axes)
        groups = {
            mark(tuple(at.get(name, ABSENT) for name in given)): self._found(finder, axis, at)
            for at in self.space(finder.name)
        }
        return Ragged(axis.fields, given, groups)

    def _found(self, finder: PlanStep, axis: PlanAxis, at: Coordinates) -> Relation | None:
        """The records that one task of a finder gave; None where it failed."""
        if self.missing(finder, at):
            return None
        record = self.ledger.record(self.object(finder, at))
        assert record is not None
        assert axis.found is not None
        return from_index(axis.fields, decode(record.outputs[axis.found[1]], self.store))
