"""The meaning of a graph, worked out with the runtime's keys and spaces, and generators of graphs that try it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph, fields, roots
from mlc_compiler.graph.step import Edge, Policy, Step, field_of
from mlc_compiler.graph.verify import verify
from mlc_compiler.graph.within import within
from mlc_compiler.passes.facts import Facts
from mlc_runtime.keys import digest, static_key
from mlc_runtime.plan import Plan, PlanAxis, PlanStep
from mlc_runtime.record import Failure, Record
from mlc_runtime.relation import Listed, Relation, as_object, cross, from_objects, listed, union
from mlc_runtime.run import Link, Run
from mlc_runtime.sample import Sample
from mlc_runtime.space import Coordinates
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.values import Output

BIND = {"parameters": {}, "versions": {"python": "3.11"}}
HERE = (("training", "t"),)
MISSING = "missing"

Pass = Callable[[Graph, Facts], Graph]


# --- meaning ----------------------------------------------------------------------------------------------------------


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


# --- graphs -----------------------------------------------------------------------------------------------------------


_CHECK = {"time": None, "key": [], "columns": []}


class Builder:
    """Draws a graph step by step; each addition is sound by itself."""

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        self.draw = draw
        self.axes: list[Axis] = []
        self.steps: list[Step] = []

    def chance(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == 1

    @property
    def graph(self) -> Graph:
        return Graph(tuple(self.steps), tuple(self.axes))

    def static_axis(self) -> None:
        """A listed axis, a product, conditional sub-grids or a sample; now and then one without records."""
        n = len(self.axes)
        one, other = f"a{n}", f"b{n}"
        kind = self.draw(st.sampled_from(["one", "two", "product", "union", "sample", "empty"]))
        values: Relation
        if kind == "two":
            pairs = st.lists(st.tuples(*[st.integers(0, 2)] * 2), min_size=1, max_size=4, unique=True)
            values = listed((one, other), self.draw(pairs))
        elif kind == "union":
            values = union((one, other), [self._list(one), cross([self._list(one), self._list(other)])])
        elif kind in ("product", "sample"):
            values = cross([self._list(one), self._list(other)])
            values = Sample(values, 3, 0) if kind == "sample" else values
        else:
            values = self._list(one) if kind == "one" or not self.chance(2) else listed((one,), ())
        self.axes.append(Axis(f"x{n}", values))
        if self.chance(4):
            self.axes.append(Axis(f"y{n}", values))  # equal under another name

    def _list(self, name: str) -> Listed:
        return listed((name,), [(v,) for v in self.draw(st.lists(st.integers(0, 2), min_size=1, max_size=3))])

    def domain(self, most: int = 3) -> tuple[str, ...]:
        """Axes for a step, those before each that it is given."""
        chosen: list[str] = []
        for axis in self.draw(st.lists(st.sampled_from(self.axes), max_size=most, unique_by=lambda a: a.name)):
            new = [name for name in (*self._given(axis), axis.name) if name not in chosen]
            names = fields(self.graph, (*chosen, *new))
            if len(names) == len(set(names)):
                chosen += new
        return tuple(chosen)

    def _given(self, axis: Axis) -> list[str]:
        return [name for one in axis.given for name in (*self._given(self.graph.axis[one]), one)]

    def edge(self, port: str, axes: tuple[str, ...], collects: bool = False) -> Edge | None:
        """An edge to some step, over what the reader lacks; None where that cannot be."""
        graph = self.graph
        producer = self.draw(st.sampled_from(self.steps))
        theirs, renames = fields(graph, producer.axes), self.renames(producer, axes)
        over = [
            name
            for name in producer.axes
            if not any(within(graph, mine, name) for mine in axes) and not renames.keys() & set(graph.axis[name].fields)
        ]
        free = [a for a in self.axes if not a.given and not set(a.fields) & set(fields(graph, axes))]
        if (collects or self.chance(4)) and not over and free:
            over = [self.draw(st.sampled_from(free)).name]  # an axis that the producer does not have
        bound = {*fields(graph, axes), *fields(graph, over)}
        names = fields(graph, over)
        unbound = {renames.get(name, name) for name in theirs} - bound
        if (
            unbound
            or len(names) != len(set(names))
            or any(not set(fields(graph, graph.axis[name].given)) <= bound for name in over)
        ):
            return None
        tolerate = self.draw(st.sampled_from([0.0, 0.3, 0.5])) if over else 0.0
        return Edge(port, producer.name, "out", tuple(over), tuple(renames.items()), tolerate, self.chance(5))

    def renames(self, producer: Step, axes: tuple[str, ...]) -> dict[str, str]:
        """Now and then, a field of the producer that is looked up by another one of the reader, which has its values.

        A lookup that fails is no graph's right: the verifier takes it on trust that one by another field succeeds.
        """
        alone = [name for name in producer.axes if len(self.graph.axis[name].fields) == 1]
        theirs, mine = self.values(alone), self.values(axes)
        pairs = [(one, other) for one in theirs for other in mine if one != other and mine[other] <= theirs[one]]
        return dict([self.draw(st.sampled_from(pairs))]) if pairs and self.chance(3) else {}

    def values(self, axes: Iterable[str]) -> dict[str, set[Any]]:
        """The values of the fields of some axes, of those that are known."""
        known = (axis for axis in map(self.graph.axis.__getitem__, axes) if isinstance(axis.values, Relation))
        return {name: set(axis.values.project((name,))) for axis in known for name in axis.fields}

    def step(self) -> None:
        """A step, a copy of one, or one that finds an axis."""
        name = f"s{len(self.steps)}"
        if self.steps and self.chance(4):
            copied = self.draw(st.sampled_from(self.steps))
            self.add(replace(copied, name=name, root=self.chance(4)))
            return
        axes = self.domain()
        names = fields(self.graph, axes)
        inputs = [self.edge(f"p{i}", axes) for i in range(self.draw(st.integers(0, 2)))] if self.steps else []
        params: dict[str, Any] = {"fallible": self.chance(3)}
        for param in ("u", "v")[: self.draw(st.integers(0, 2))]:
            reads = names and self.draw(st.booleans())
            params[param] = field_of(self.draw(st.sampled_from(names))) if reads else self.draw(st.integers(0, 1))
        kind = self.draw(st.sampled_from(["plain"] * 12 + ["impure", "effect", "want", "slow", "check"]))
        step = Step(
            name, self.draw(st.sampled_from("fg")), params, tuple(e for e in inputs if e), {"out": "value"}, axes,
            pure=kind != "impure", effect=kind == "effect", want=("c",) if kind == "want" else None,
            policy=Policy(retry=int(kind == "slow"), tolerate=0.5 if self.chance(8) else 0.0),
            root=self.chance(4) or kind == "effect", origin=(("step", name),),
        )  # fmt: skip
        if kind == "check" and step.inputs:
            step = replace(
                step, op="check", params=_CHECK | {"checks": [{"sql": "1"}] * self.draw(st.integers(0, 1))}, root=True
            )
        if kind == "plain" and self.chance(3):
            step = self._finder(step)
        self.add(step)

    def _finder(self, step: Step) -> Step:
        """The step, with an index: of a condition, of new fields, or within an axis that it collects over."""
        edge = self.edge("within", step.axes, collects=True) if self.steps and self.chance(2) else None
        whole = [axis for axis in edge.over if set(self.graph.axis[axis].given) <= set(step.axes)] if edge else []
        if edge is not None and whole:
            base = self.draw(st.sampled_from(whole))
            params = {**step.params, "finds": list(self.graph.axis[base].fields)}
            return replace(
                step, op="find", params=params, inputs=(*step.inputs, edge), outputs={"out": "value", "index": "index"}
            )
        count = self.draw(st.integers(0, 2))
        params = {**step.params, "finds": [f"{'pq'[i]}{len(self.steps)}" for i in range(count)]}
        return replace(step, op="find", params=params, outputs={"out": "value", "index": "index"})

    def add(self, step: Step) -> None:
        """Add a step, and the axis that it finds."""
        self.steps.append(step)
        if "index" not in step.outputs:
            return
        name, names = f"f_{step.name}", tuple(step.params["finds"])
        base = next((axis for e in step.inputs if e.port == "within" for axis in e.over
                     if self.graph.axis[axis].fields == names), None)  # fmt: skip
        self.axes.append(Axis(name, Found(step.name, "index", names, base, None), step.axes))
        if len(names) == 2 and self.chance(2):
            self.axes.append(Axis(f"{name}.part", Project(name, names[:1]), step.axes))


@st.composite
def graphs(draw: Any) -> Graph:
    """A graph with axes of every kind, collects, losses, impure steps, effects, checks, and steps said twice."""
    builder = Builder(draw)
    for _ in range(draw(st.integers(1, 2))):
        builder.static_axis()
    for _ in range(draw(st.integers(3, 10))):
        builder.step()
    steps = builder.steps
    steps[-1] = replace(steps[-1], root=True)
    graph = builder.graph
    assert verify(graph) == [], verify(graph)
    return graph


# --- the theorem ------------------------------------------------------------------------------------------------------


def passed(graph: Graph, passes: Iterable[Pass]) -> Graph:
    """A graph after some passes, each of which must leave a sound one."""
    for rewrite in passes:
        after = rewrite(graph, Facts())
        problems = verify(after, graph)
        assert not problems, (rewrite.__name__, problems)
        graph = after
    return graph


def same_meaning(before: Graph, after: Graph, run: type[Run] = Run) -> tuple[Meaning, Meaning]:
    """Hold two graphs to the theorem: roots are equal in key and outcome, no key is new, and no more is executed."""
    plain, rewritten = meaning(before), meaning(after, run)
    for step in roots(before):
        for at in plain.run.space(step.name):
            was, is_ = plain.of(step.name, at), rewritten.of(step.name, at)
            assert was == is_, f"{step.name} at {at}: {was} became {is_}"
        poisoned = plain.run.space(step.name).poisoned
        assert poisoned == rewritten.run.space(rewritten.run.plan.by_name[step.name].name).poisoned, step.name
    assert rewritten.keys <= plain.keys, "a pass invented a task"
    assert rewritten.executions <= plain.executions, "a pass made more work"
    return plain, rewritten


def hold(graph: Graph, passes: tuple[Pass, ...], run: type[Run], *, judged: bool) -> None:
    after = passed(graph, passes) if judged else graph
    for rewrite in () if judged else passes:
        after = rewrite(after, Facts())
    same_meaning(graph, after, run)


class Lab:
    """What tests of passes use."""

    graphs = graphs()
    meaning = staticmethod(meaning)
    passed = staticmethod(passed)
    plan_of = staticmethod(plan_of)
    toy = staticmethod(toy)
    same_meaning = staticmethod(same_meaning)

    def holds(self, examples: int, *passes: Pass, graphs: Any = None) -> None:
        """The theorem, for so many graphs."""
        self._try(examples, passes, self.graphs if graphs is None else graphs, Run, judged=True)

    def finds_within(
        self, examples: int, *passes: Pass, graphs: Any = None, run: type[Run] = Run, judged: bool = True
    ) -> None:
        """A planted error is found within so many graphs; where it is not `judged`, without the verifier's help."""
        with pytest.raises((AssertionError, LookupError)):
            self._try(examples, passes, self.graphs if graphs is None else graphs, run, judged=judged)

    def _try(self, examples: int, passes: tuple[Pass, ...], graphs: Any, run: type[Run], *, judged: bool) -> None:
        @settings(max_examples=examples, database=None, derandomize=True, phases=[Phase.generate])
        @given(graphs)
        def attempt(graph: Graph) -> None:
            hold(graph, passes, run, judged=judged)

        attempt()


@pytest.fixture(scope="session")
def lab() -> Lab:
    return Lab()
