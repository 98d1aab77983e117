"""Drop what nothing reads."""

from __future__ import annotations

from mlc_compiler.graph.graph import Graph, checks_of, finders, roots, with_used_axes
from mlc_compiler.passes.facts import Facts


def prune(graph: Graph, _: Facts) -> Graph:
    """Dead-code elimination: keep what reaches a root through inputs and through finders of axes.

    Checks stay with their source: data quality does not go silently.

        flights [] = read {} () -> table:table
        flights.checks [] = check {} (table=flights.table) -> report:report !root
      - weather [] = read {} () -> table:table
      - weather.checks [] = check {} (table=weather.table) -> report:report !root
      - unused [] = features {} (rows=flights.table) -> table:table
        fit [] = train {} (rows=flights.table) -> model:model !root
    """
    live: set[str] = set()
    todo = [step.name for step in roots(graph)]
    while todo:
        name = todo.pop()
        if name not in live:
            live.add(name)
            step = graph.step[name]
            todo += [edge.step for edge in step.inputs]
            todo += finders(graph, step)
    live |= {step.name for step in checks_of(graph, live)}
    return with_used_axes((step for step in graph.steps if step.name in live), graph.axes)
