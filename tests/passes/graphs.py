"""Random graphs: sound ones, with everything that passes have to mind."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph, fields
from mlc_compiler.graph.step import Edge, Policy, Step, field_of
from mlc_compiler.graph.verify import verify
from mlc_compiler.graph.within import within
from mlc_runtime.relation import Listed, Relation, cross, listed, union
from mlc_runtime.sample import Sample

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

        A lookup that fails is no graph's right, so one by another field has to succeed too.
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
