"""The printed form: golden for small specs, and parsed back to the same graph."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_compiler.driver import check_file, compile_checked
from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Edge, Policy, Step
from mlc_compiler.graph.text import dump, parse
from mlc_runtime.relation import cross, listed, union
from mlc_runtime.sample import Range, Sample

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.yaml")), ids=lambda path: path.stem)
def test_printed_graph(path: Path, golden: Callable[[Path, str], None]) -> None:
    checked = check_file(path, path.name)
    assert [(finding.code, finding.message) for finding in checked.diagnostics if finding.severity == "error"] == []
    graph = compile_checked(checked, GOLDEN).built
    golden(path.with_suffix(".txt"), dump(graph))
    again = parse(dump(graph))
    assert again.steps == graph.steps
    assert same(again, graph)


@pytest.mark.parametrize("spec", ["flights/pipeline.yaml", "penguins/pipeline.toml"])
def test_examples_parse_back(spec: str) -> None:
    path = ROOT / "examples" / spec
    graph = compile_checked(check_file(path, path.name), path.parent).graph
    assert same(parse(dump(graph)), graph)


def test_lines_that_are_no_graph_are_refused() -> None:
    with pytest.raises(ValueError, match="not a step"):
        parse("what is this\n")


def same(one: Graph, other: Graph) -> bool:
    """Whether two graphs are equal; axes may be printed in another order, and one that no step uses is not printed."""
    return one.steps == other.steps and all(other.axis[axis.name] == axis for axis in one.axes)


names = st.from_regex(r"[a-z][a-z0-9_]{0,5}(\.[a-z]{1,5})?", fullmatch=True)
words = st.text(max_size=6)
scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | words
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3))
paths = st.lists(words | st.integers(0, 3), max_size=3).map(tuple)


@st.composite
def relations(draw: Any) -> Any:
    """A small relation over two fields."""
    parts = [
        listed((name,), ((value,) for value in draw(st.lists(st.integers(0, 5) | words, min_size=1, max_size=3))))
        for name in ("a", "b")
    ]
    both = cross(parts)
    return draw(
        st.sampled_from(
            [
                both,
                parts[0],
                union(("a", "b"), [parts[0], parts[1]]),
                Sample(both, 2, 7),
                Range("a", 0.1, 2.0, "log", False),
            ]
        )
    )


@st.composite
def graphs(draw: Any) -> Graph:
    """A graph of the right form; it need not make sense."""
    step_names = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    axes = []
    for name in draw(st.lists(names, max_size=3, unique=True)):
        given_ = tuple(axis.name for axis in axes[:1] if draw(st.booleans()))
        kind = draw(st.sampled_from(["relation", "found", "project"]))
        if kind == "project" and axes:
            shape: Any = Project(axes[0].name, axes[0].fields[:1])
        elif kind == "found":
            within = axes[0].name if axes and draw(st.booleans()) else None
            shape = Found(step_names[0], "out", ("f",), within, draw(st.none() | st.integers(1, 9)))
        else:
            shape = draw(relations())
        axes.append(Axis(name, shape, given_))
    known = [axis.name for axis in axes]
    chosen = st.lists(st.sampled_from(known), max_size=2, unique=True).map(tuple) if known else st.just(())
    steps = []
    for name in step_names:
        edges = [
            Edge(
                port,
                draw(st.sampled_from(step_names)),
                "out",
                draw(chosen),
                draw(st.sampled_from([(), (("theirs", "mine"), ("b", "c"))])),
                draw(st.floats(0, 1)),
                draw(st.booleans()),
            )
            for port in draw(st.lists(names, max_size=3, unique=True))
        ]
        policy = Policy({"cpu": draw(st.integers(1, 4))}, retry=draw(st.integers(0, 3)), checkpoint=draw(st.booleans()))
        flags = {flag: draw(st.booleans()) for flag in ("effect", "pure", "root")}
        steps.append(
            Step(
                name,
                "op",
                draw(st.dictionaries(words, values, max_size=3)),
                tuple(edges),
                {"out": "table", "x": "index"},
                draw(chosen),
                draw(st.lists(names, max_size=2).map(tuple)),
                ("duckdb",),
                policy,
                want=draw(st.none() | st.lists(words, max_size=2).map(tuple)),
                origin=tuple(draw(st.lists(paths, max_size=2))),
                **flags,
            )
        )
    return Graph(tuple(steps), tuple(axes))


@settings(max_examples=60)
@given(graphs())
def test_random_graphs_parse_back(graph: Graph) -> None:
    assert same(parse(dump(graph)), graph)
