"""Aggregates and bare columns in one expression: the one sees all rows, the other a single one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlc_compiler.expression.functions import functions
from mlc_compiler.expression.problem import Problem
from mlc_compiler.expression.tree import Call, Name, Node, children, walk

if TYPE_CHECKING:
    from collections.abc import Container, Iterator


def is_aggregate(node: Node) -> bool:
    """Whether it is a call of an aggregate."""
    return isinstance(node, Call) and node.name in functions() and functions()[node.name].aggregate


def check_mixture(tree: Node) -> list[Problem]:
    """What is wrong with bare columns beside the aggregates of a tree; names of more parts are constants there."""
    aggregate = next((node for node in walk(tree) if isinstance(node, Call) and is_aggregate(node)), None)
    if aggregate is None:
        return []
    return [
        Problem(
            name.start,
            name.end,
            "MLC312",
            f"`{name.text}` is mixed with an aggregate",
            f"`{aggregate.name}` sees all rows, a bare `{name.text}` one of them",
            f"say which one: `last({name.text} order by ...)`, `max({name.text})`; or use two columns",
        )
        for name in names_outside_aggregates(tree)
        if len(name.parts) == 1
    ]


def names_outside_aggregates(tree: Node, known: Container[Node] = ()) -> Iterator[Name]:
    """The names that stand in no aggregate, and in none of the trees in `known`, in the order of the text."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if node in known or is_aggregate(node):
            continue
        if isinstance(node, Name):
            yield node
        pending.extend(reversed(list(children(node))))
