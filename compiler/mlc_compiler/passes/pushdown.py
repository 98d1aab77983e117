"""Move what is wanted of tables, columns and rows, down to where they are made."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from mlc_compiler.graph.axis import Found
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Step, Where
from mlc_compiler.passes.bounds import bounds
from mlc_compiler.passes.facts import Facts
from mlc_compiler.passes.reads import WHOLE, Need, named, reads, union

_NARROWS = frozenset(
    ("apply", "compute", "examples", "features", "filter", "label", "make", "query", "read", "rows", "slice")
)
"""The operations that can leave out columns and rows of what they give."""
_UNNUMBERED = frozenset(("make", "query", "read"))
"""Those of them whose tables have no row number, or any other column of our own."""


def pushdown(graph: Graph, _: Facts) -> Graph:
    r"""Let each step make only those columns and rows of its tables that somebody reads.

    `want` and `where` of a step cover what its readers read, by one rule an operation (`reads`), from the last step to
    the first. What a root gives, or a step that finds an axis, is wanted whole. Keys stay: what is narrowed is another
    object under the same key. A column that nobody reads is not converted, so a value in it that is not of its declared
    type is no longer noticed; without the pass it fails the read.

    A source's check sees every row, for its key, its declared checks and the counts of the summary. So the filters of
    look-ups stop at the source and are applied where its rows are looked up; to read a source twice, whole for its
    check and filtered for the others, would save only what the two reads do not share, if the file has it apart.

        t [] = make {"columns":[{"name":"a"},{"name":"b"},{"name":"c"}]} () -> table:table
        f [] = features {"join":[],"key":[],"time":null,"where":{"sql":"(\"b\" > 0)"},"columns":[{"name":"n","latest":"\"a\""}]} (source=t.table) -> table:table !root

    becomes

        t [] = make {"columns":[{"name":"a"},{"name":"b"},{"name":"c"}]} () -> table:table # {"want":["a","b"],"where":{"sql":"(\"b\" > 0)"}}
        f [] = features {"join":[],"key":[],"time":null,"where":{"sql":"(\"b\" > 0)"},"columns":[{"name":"n","latest":"\"a\""}]} (source=t.table) -> table:table !root
    """  # noqa: E501 - a line of a printed graph is a step
    found = {axis.values.step for axis in graph.axes if isinstance(axis.values, Found)}
    asked: defaultdict[tuple[str, str], list[Need]] = defaultdict(list)
    narrowed: list[Step] = []
    for step in reversed(graph.steps):
        wanted = WHOLE
        if step.op in _NARROWS and not (step.root or step.effect or step.name in found):
            wanted = union(need for port in step.outputs for need in asked[step.name, port])
        narrow = _narrow(graph, step, wanted)
        needs = reads(step, Need(None if narrow.want is None else frozenset(narrow.want)))
        for edge in step.inputs:
            asked[edge.step, edge.out].append(_as_made(graph, step, edge.step, needs.get(edge.port, WHOLE)))
        narrowed.append(narrow)
    return replace(graph, steps=tuple(reversed(narrowed)))


def _narrow(graph: Graph, step: Step, wanted: Need) -> Step:
    """A step that makes what is wanted; all of it, where that is everything that it has."""
    made = _made(graph, step)
    where = None if wanted.where is None else Where(wanted.where, bounds(wanted.where, _types(step)))
    if wanted.columns is None:
        return replace(step, want=None, where=where)
    columns = _closed(step, wanted.columns | named(wanted.where))
    want = tuple(sorted(columns)) if made is None else tuple(name for name in made if name in columns)
    if not want and made and step.op in _UNNUMBERED:
        want = made[:1]  # for whoever counts the rows: a table without a column has none
    return replace(step, want=None if want == made else want, where=where)


def _as_made(graph: Graph, reader: Step, producer: str, need: Need) -> Need:
    """What a reader needs, without a condition that means something else in the producer's time zone."""
    zone = graph.step[producer].params.get("timezone")
    return need if reader.params.get("timezone") == zone else Need(need.columns)


def _closed(step: Step, columns: frozenset[str]) -> frozenset[str]:
    """The columns with those that a source takes to order its rows and to know which cells are known."""
    if step.op != "read":
        return columns
    columns = columns | named(*step.params["row_known"]).union(step.params["key"])
    known = step.params["known"]
    while True:
        more = columns | named(*(sql for name in columns for sql in known.get(name, ())))
        if more == columns:
            return columns
        columns = more


def _made(graph: Graph, step: Step) -> tuple[str, ...] | None:
    """The columns that a step makes, but for our own; None where they cannot be told."""
    match step.op:
        case "filter" | "label":
            (rows,) = (edge for edge in step.inputs if edge.port == "rows")
            return _made(graph, graph.step[rows.step])
        case "rows":
            names = [name for _, _, name in step.params["columns"]]
        case "slice":
            names = step.params["columns"]
        case "apply" | "compute" | "examples" | "features" | "make" | "query" | "read":
            names = [column["name"] for column in step.params["columns"]]
        case _:
            return None
    return None if names is None else tuple(name for name in names if not name.startswith("$"))


def _types(step: Step) -> dict[str, Any]:
    """The types of the columns that a source declares, of which files may keep statistics."""
    return {column["name"]: column["type"] for column in step.params["columns"]} if step.op == "read" else {}
