"""The plan: a lowered graph, as large as the spec and not as the fan-out; what every target runs.

The dataclasses are `plan.json` read; `dump` and `load` go between. Objects that are only handed on (`params`, `policy`
resources, `spec`) stay plain JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from mlc_runtime.errors import InvalidInputError
from mlc_runtime.keys import digest_bytes, static_key
from mlc_runtime.ops import VERSIONS
from mlc_runtime.relation import Relation
from mlc_runtime.relation_json import relation_from_json, relation_to_json

VERSION = 1
_PLAIN: tuple[Any, ...] = ([], [], 0.0, False)
"""The end of an edge that collects nothing, renames nothing and forgives nothing."""
ENVIRONMENT_FILE = "environment.json"
"""What the runtime has to know of the environment, where it lies beside the plan."""


@dataclass(frozen=True)
class PlanAxis:
    """An ordered set of records. One of `values`, `found` and `project` is set.

    Attributes:
        name: the axis's name.
        fields: the fields of its records.
        given: names of the axes that its values depend on.
        values: the records, where the compiler knows them.
        found: the step and the port that give the records, where a run finds them; the step's own coordinates are
            what the records depend on.
        within: the axis that these records are a part of.
        project: the axis whose records these are, over `fields` only, distinct, by first appearance.
        at_most: a bound on the number of records of a found axis.
    """

    name: str
    fields: tuple[str, ...]
    given: tuple[str, ...] = ()
    values: Relation | None = None
    found: tuple[str, str] | None = None
    within: str | None = None
    project: str | None = None
    at_most: int | None = None


@dataclass(frozen=True)
class PlanEdge:
    """What a port reads.

    Attributes:
        port: the reader's port.
        step: the producer.
        out: the producer's port.
        over: the axes that the edge collects over, bound here; none: the one task at the reader's coordinates.
        at: (producer's field, reader's field): where the reader calls a field of the producer by another name.
        tolerate: the share of missing elements that a collecting edge forgives, 0 to 1.
        missing: whether the reader wants None in place of what is missing, instead of being missing itself.
    """

    port: str
    step: str
    out: str
    over: tuple[str, ...] = ()
    at: tuple[tuple[str, str], ...] = ()
    tolerate: float = 0.0
    missing: bool = False


@dataclass(frozen=True)
class Where:
    """The rows that are wanted of a table.

    Attributes:
        sql: a condition over the table's columns, true for every wanted row.
        bounds: what every wanted row meets as it is stored: all comparisons (column, `=`, `<`, `<=`, `>` or `>=`,
            value) of at least one of these lists; empty where nothing is known.
    """

    sql: str
    bounds: tuple[tuple[tuple[str, str, Any], ...], ...] = ()


@dataclass(frozen=True)
class Policy:
    """How a step is run; nothing here changes a result. Times are in microseconds.

    Attributes:
        resources: `cpu` (cores), `memory` (bytes), `gpu` (devices); what is not asked for is left out.
        pool: the name of a pool of the environment.
        image: the image that the step runs in, where not the pipeline's.
        retry: attempts after the first, for application failures.
        backoff: the wait before the second attempt; doubled for each one after it.
        backoff_max: the longest wait.
        timeout: what one task may take.
        store: `must`: results are kept; `may`: they are kept, and may be evicted; `skip`: only the record is kept.
        tolerate: the share of tasks that may fail where nothing collects them, 0 to 1.
        checkpoint: whether a task keeps a folder between its attempts.
        always: whether the step runs last, whatever happened.
    """

    resources: Mapping[str, float] = field(default_factory=dict)
    pool: str | None = None
    image: str | None = None
    retry: int = 0
    backoff: int = 1_000_000
    backoff_max: int = 60_000_000
    timeout: int | None = None
    store: str = "may"
    tolerate: float = 0.0
    checkpoint: bool = False
    always: bool = False


@dataclass(frozen=True)
class PlanStep:
    """A step: one operation over a relation of coordinates.

    Attributes:
        name: unique in the plan.
        op: the operation, a module of `mlc_runtime.ops`, or a dotted module name.
        static: the part of its tasks' keys that compiling knows.
        params: the operation's parameters with holes, see `mlc_runtime.params`.
        inputs: what its ports read.
        outputs: types by port: `table`, `model`, `file`, or a kind of JSON (`scores`, `choice`, `index`, `value`,
            `report`, `effect`).
        axes: names of its axes in order, the last one moving fastest.
        want: the columns that are made of each table, where not all are; the operation reads them as the parameter
            `want`. They are in the name of the object, but not in its key.
        where: the rows that are made of each table, where not all are; in the object's name like `want`.
        members: names of the steps that run within this step's tasks, and are not scheduled by themselves.
        policy: how it is run.
        tiles: `{"max": T}`, or `{"from": STEP, "each": TASKS, "max": T}` where that step's output gives the number;
            with `"stride": true` a tile is every T-th task instead of a range.
        code: the fingerprint of the user code that it reaches, "" for none.
        distributions: names of the distributions, or of their import packages, whose versions are in its keys.
        origin: the places in the spec that it comes from.
        also: names of steps that asked for the same, and that this one stands for.
        effect: whether it changes something outside the store.
        pure: whether equal inputs give equal results.
        root: whether its results were asked for.
    """

    name: str
    op: str
    static: str
    params: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[PlanEdge, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    axes: tuple[str, ...] = ()
    want: tuple[str, ...] | None = None
    where: Where | None = None
    members: tuple[str, ...] = ()
    policy: Policy = Policy()
    tiles: Mapping[str, Any] = field(default_factory=lambda: {"max": 1})
    code: str = ""
    distributions: tuple[str, ...] = ()
    origin: tuple[tuple[str | int, ...], ...] = ()
    also: tuple[str, ...] = ()
    effect: bool = False
    pure: bool = True
    root: bool = False

    @property
    def part(self) -> Any:
        """Which part of its tables a step makes, as JSON; None for all."""
        if self.where is None:
            return None if self.want is None else list(self.want)
        return [None if self.want is None else list(self.want), self.where.sql]


@dataclass(frozen=True)
class Plan:
    """A pipeline, compiled.

    Attributes:
        name: the pipeline's name.
        params: declarations of the run's parameters by name: `{"type", "default", "one_of", "min", "max"}`.
        axes: by name.
        steps: in topological order, finders before users.
        spec: what else the runtime needs of the spec: `timezone`, `seed`, `as_of` (a list of
            `{"name", "op", "params"}`, one read for each label source).
        files: the project's files with code that steps reach, relative to its root, and the hash of each.
    """

    name: str
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    axes: Mapping[str, PlanAxis] = field(default_factory=dict)
    steps: tuple[PlanStep, ...] = ()
    spec: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> dict[str, PlanStep]:
        """The steps by name, and by the names of those that they stand for."""
        return {name: step for step in self.steps for name in (step.name, *step.also)}

    @cached_property
    def digest(self) -> str:
        """The digest of what `dump` writes."""
        return digest_bytes(dump(self))

    def fields(self, axes: tuple[str, ...]) -> tuple[str, ...]:
        """The fields of axes, in order."""
        return tuple(name for axis in axes for name in self.axes[axis].fields)

    def finder(self, axis: str) -> str | None:
        """The step that finds the records of an axis, or of the one that it projects; None where they are known."""
        one = self.axes[axis]
        if one.found is not None:
            return one.found[0]
        return None if one.project is None else self.finder(one.project)

    def finders(self, step: PlanStep) -> tuple[str, ...]:
        """The steps that find the records of the axes that a step runs or collects over."""
        axes = (*step.axes, *(axis for edge in step.inputs for axis in edge.over))
        return tuple(dict.fromkeys(by for axis in axes if (by := self.finder(axis)) is not None))


def dump(plan: Plan) -> bytes:
    """The plan as `plan.json`: UTF-8, keys sorted, floats by `repr`; what is unset is left out."""
    document = {
        "mlc_plan": VERSION,
        "name": plan.name,
        "params": plan.params,
        "axes": {name: _axis_to_json(axis) for name, axis in plan.axes.items()},
        "steps": [_step_to_json(step) for step in plan.steps],
        "spec": plan.spec,
        **({"files": plan.files} if plan.files else {}),
    }
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1)
    return (text + "\n").encode()


def load(data: bytes) -> Plan:
    """The plan that `dump` wrote, as it is or packed with bzip2.

    Raises:
        InvalidInputError: `MLC950` where the bytes are no plan, `MLC951` where it is of another version.
    """
    try:
        document = json.loads(_unpacked(data))
        version = document["mlc_plan"]
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise InvalidInputError("MLC950", "the plan cannot be read", "Compile the spec again.") from error
    if version != VERSION:
        raise InvalidInputError(
            "MLC951",
            f"the plan is of version `{version}`, this runtime reads version `{VERSION}`",
            "Compile the spec and build the step image with the same version of mlc.",
        )
    try:
        return Plan(
            document["name"],
            document.get("params", {}),
            {name: _axis_from_json(name, axis) for name, axis in document.get("axes", {}).items()},
            tuple(_step_from_json(step) for step in document["steps"]),
            document.get("spec", {}),
            document.get("files", {}),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidInputError("MLC950", f"the plan is damaged: {error}", "Compile the spec again.") from error


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(b"BZh"):
        return data
    import bz2

    return bz2.decompress(data)


def fingerprint(plan: Plan) -> str:
    """The digest of the plan, which names a run's inputs."""
    return plan.digest


def _axis_to_json(axis: PlanAxis) -> dict[str, Any]:
    document: dict[str, Any] = relation_to_json(axis.values) if axis.values is not None else {}
    document["fields"] = list(axis.fields)
    for name in ("given", "found"):
        if getattr(axis, name):
            document[name] = list(getattr(axis, name))
    for name in ("within", "project", "at_most"):
        if getattr(axis, name) is not None:
            document[name] = getattr(axis, name)
    return document


def _axis_from_json(name: str, document: Mapping[str, Any]) -> PlanAxis:
    found, project = document.get("found"), document.get("project")
    return PlanAxis(
        name,
        tuple(document["fields"]),
        tuple(document.get("given", ())),
        relation_from_json(document) if found is None and project is None else None,
        None if found is None else (found[0], found[1]),
        document.get("within"),
        project,
        document.get("at_most"),
    )


def _step_to_json(step: PlanStep) -> dict[str, Any]:
    policy = _set(step.policy, tuple(item.name for item in fields(Policy)))
    return {
        "name": step.name,
        "op": step.op,
        **_fixed(step),
        "params": step.params,
        "in": [_edge_to_json(edge) for edge in step.inputs],
        "out": step.outputs,
        **({"axes": list(step.axes)} if step.axes else {}),
        "origin": [list(path) for path in step.origin],
        **({"policy": policy} if policy else {}),
        **({"members": list(step.members)} if step.members else {}),
        **({"also": list(step.also)} if step.also else {}),
        **({"dists": list(step.distributions)} if step.distributions else {}),
        **({} if step.want is None else {"want": list(step.want)}),
        **({} if step.where is None else {"where": where_to_json(step.where)}),
        **_set(step, ("tiles", "code", "effect", "root")),
        **({} if step.pure else {"pure": False}),
    }


def where_to_json(where: Where) -> dict[str, Any]:
    """A condition as plain data."""
    bounds = [[list(comparison) for comparison in each] for each in where.bounds]
    return {"sql": where.sql, **({"bounds": bounds} if bounds else {})}


def where_from_json(document: Mapping[str, Any] | None) -> Where | None:
    """The condition that `where_to_json` wrote, None for None."""
    if document is None:
        return None
    bounds = document.get("bounds", ())
    return Where(document["sql"], tuple(tuple((c, op, value) for c, op, value in each) for each in bounds))


def _edge_to_json(edge: PlanEdge) -> list[Any]:
    """An edge without the defaults at its end."""
    more = [list(edge.over), [list(pair) for pair in edge.at], edge.tolerate, edge.missing]
    while more and more[-1] == _PLAIN[len(more) - 1]:
        more.pop()
    return [edge.port, edge.step, edge.out, *more]


def _fixed(step: PlanStep) -> dict[str, Any]:
    """What compiling knows of a step's keys: the version of our code, of which the rest follows, or all of it."""
    version = VERSIONS.get(step.op)
    follows = version is not None and step.static == static_key(step.op, version, step.code)
    return {"version": version} if follows else {"static": step.static}


def _static(document: Mapping[str, Any]) -> str:
    if "version" in document:
        return static_key(document["op"], document["version"], document.get("code", ""))
    static: str = document["static"]
    return static


def _set(thing: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The attributes that differ from their class's default."""
    blank = Policy() if isinstance(thing, Policy) else PlanStep("", "", "")
    return {name: value for name in names if (value := getattr(thing, name)) != getattr(blank, name)}


def _step_from_json(document: Mapping[str, Any]) -> PlanStep:
    return PlanStep(
        document["name"],
        document["op"],
        _static(document),
        document["params"],
        tuple(
            PlanEdge(port, step, out, tuple(over), tuple((a, b) for a, b in at), *more)
            for port, step, out, over, at, *more in ((*edge, *_PLAIN[len(edge) - 3 :]) for edge in document["in"])
        ),
        document["out"],
        tuple(document.get("axes", ())),
        None if document.get("want") is None else tuple(document["want"]),
        where_from_json(document.get("where")),
        tuple(document.get("members", ())),
        Policy(**document.get("policy", {})),
        document.get("tiles", {"max": 1}),
        document.get("code", ""),
        tuple(document.get("dists", ())),
        tuple(tuple(path) for path in document["origin"]),
        tuple(document.get("also", ())),
        document.get("effect", False),
        document.get("pure", True),
        document.get("root", False),
    )
