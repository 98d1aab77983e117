"""The meaning of a graph: what it says of every task, worked out step by step with the runtime's keys and spaces."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph, fields
from mlc_compiler.graph.step import Step
from mlc_runtime.keys import digest, static_key
from mlc_runtime.plan import Plan, PlanAxis, PlanStep
from mlc_runtime.record import Failure, Record
from mlc_runtime.relation import as_object, from_objects
from mlc_runtime.run import Link, Run
from mlc_runtime.space import Coordinates
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.values import Output

BIND = {"parameters": {}, "versions": {"python": "3.11"}}
MISSING = "missing"


class Book:
    """A ledger of Python objects."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.failures: dict[str, Failure] = {}

    def expect(self, tasks: Sequence[tuple[str, str]]) -> None:
        """All is at hand."""

    def record(self, name: str) -> Record | None:
        return self.records.get(name)

    def commit(self, name: str, record: Record) -> Record:
        return self.records.setdefault(name, record)

    def replace(self, name: str, record: Record) -> None:
        self.records[name] = record

    def same(self, shallow: str) -> Record | None:
        return None

    def alias(self, shallow: str, name: str) -> None:
        """Early cut-off is no part of the meaning."""

    def failure(self, key: str) -> Failure | None:
        return self.failures.get(key)

    def fail(self, failure: Failure) -> None:
        self.failures.setdefault(failure.key, failure)


@dataclass
class Meaning:
    """What a graph says: (key, value or `missing`) of every task.

    Attributes:
        graph: the graph.
        run: its run: keys, spaces, lookups and tolerated losses are the runtime's own.
        tasks: by step and coordinates.
        executions: how many operations ran.
    """

    graph: Graph
    run: Run
    tasks: dict[str, dict[tuple[Any, ...], tuple[str, Any]]] = field(default_factory=dict)
    executions: int = 0

    def of(self, step: str, at: Coordinates) -> tuple[str, Any]:
        """A task, by the coordinates that its step has, whatever it is called by now."""
        one = next(each for each in self.graph.steps if step in (each.name, *each.also))
        return self.tasks[one.name][place(fields(self.graph, one.axes), at)]

    @property
    def keys(self) -> set[str]:
        """The keys of all tasks."""
        return {key for tasks in self.tasks.values() for key, _ in tasks.values()}


def place(names: Iterable[str], at: Coordinates) -> tuple[Any, ...]:
    return tuple((name, repr(at[name])) for name in names if name in at)


def plan_of(graph: Graph) -> Plan:
    """A plan of toy operations; steps of one operation and one code are one function."""
    return Plan("toy", {}, {axis.name: _axis(axis) for axis in graph.axes}, tuple(map(_step, graph.steps)))


def _axis(axis: Axis) -> PlanAxis:
    match axis.values:
        case Found(step, port, names, base, at_most):
            return PlanAxis(axis.name, names, axis.given, None, (step, port), base, None, at_most)
        case Project(base, names):
            return PlanAxis(axis.name, names, axis.given, project=base)
        case relation:
            return PlanAxis(axis.name, relation.fields, axis.given, relation)


def _step(step: Step) -> PlanStep:
    static = static_key(step.op, 1, ",".join(step.code))
    return PlanStep(
        step.name, step.op, static, step.params, step.inputs, step.outputs, step.axes, step.want, policy=step.policy,
        origin=step.origin, also=step.also, effect=step.effect, pure=step.pure, root=step.root,
    )  # fmt: skip


def meaning(graph: Graph, run: type[Run] = Run) -> Meaning:
    """Work out every task of a graph, steps in order.

    A value is made of the operation, the parameters and the values read: a wrong input shows.
    """
    book = Book()
    plan = plan_of(graph)
    found = Meaning(graph, run(plan, BIND, MemoryStore(), book, "r", Path()))
    for step in plan.steps:
        found.tasks[step.name] = tasks = {}
        for at in found.run.space(step.name):
            tasks[place(plan.fields(step.axes), at)] = _task(found, book, step, at)
    return found


def _task(found: Meaning, book: Book, step: PlanStep, at: Coordinates) -> tuple[str, Any]:
    run, key = found.run, found.run.key(step, at)
    links = run.links(step, at)
    if any(_absent(run, link) for link in links):
        book.fail(Failure(key, step.name, at, "missing", ""))
        return key, MISSING
    found.executions += 1
    own = None if step.pure and not step.effect else (step.name, at)
    value = toy(step.op, run.params(step, at), {link.edge.port: _read(run, link) for link in links}, own)
    if value is None:
        book.fail(Failure(key, step.name, at, "failed", ""))
        return key, MISSING
    name = run.object(step, at)
    outputs = {port: Output("json", digest(value[port]), 0, inline=value[port]) for port in step.outputs}
    standing = book.commit(name, Record(key, "", step.op, outputs))
    assert standing.outputs == outputs, f"{step.name}: one key, two values"
    return key, {port: output.content for port, output in outputs.items()}


def _absent(run: Run, link: Link) -> bool:
    if link.edge.missing:
        return False
    if link.edge.over:
        return run.excessive(link)
    return run.missing(run.plan.by_name[link.edge.step], link.tasks[0][1])


def toy(
    op: str, params: Mapping[str, Any], inputs: Mapping[str, Any], own: tuple[str, Coordinates] | None
) -> dict[str, Any] | None:
    """What a task gives, by port, whoever runs it; None where it fails: of those of a `fallible` step a fifth."""
    seen = digest([op, dict(params), sorted(inputs.items()), None if own is None else [own[0], dict(own[1])]])
    dice = int(seen, 16)
    if params.get("fallible") and dice % 5 == 0:
        return None
    within = inputs["within"] or [] if "within" in inputs else None
    return {"out": seen[:10], "index": _index(params.get("finds", []), within, dice)}


def _read(run: Run, link: Link) -> Any:
    producer = run.plan.by_name[link.edge.step]

    def one(where: Coordinates | None) -> Any:
        record = (
            None if where is None or run.missing(producer, where) else run.ledger.record(run.object(producer, where))
        )
        return None if record is None else record.outputs[link.edge.out].inline

    values = [[dict(record), one(where)] for record, where in link.tasks]
    if not link.edge.over:
        return values[0][1]
    return None if link.poisoned else [pair for pair in values if pair[1] is not None]


def _index(names: list[str], within: Any, dice: int) -> dict[str, Any]:
    """What a finder finds: some of the records that it collected, else some of a few."""
    if within is None:
        chosen = [{name: (dice >> (5 * i + 3 * j)) % 3 for j, name in enumerate(names)} for i in range(dice % 4)]
    else:
        chosen = [record for i, (record, _) in enumerate(within) if dice >> i & 1]
    return {"fields": names, "records": [as_object(names, record) for record in from_objects(names, chosen)]}
