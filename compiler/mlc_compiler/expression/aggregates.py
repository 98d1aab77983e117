"""An expression with aggregates, split into the aggregates and what is computed from their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from mlc_compiler.expression.functions import functions
from mlc_compiler.expression.render import Renderer, default_name, quote

if TYPE_CHECKING:
    from mlc_compiler.expression.expression import Expression
    from mlc_compiler.expression.tree import Call

# `as` is a keyword of Python, and the name of the column in the runtime's parameters.
Aggregate = TypedDict(
    "Aggregate",
    {"as": str, "function": str, "args": list[str], "filter": str | None, "distinct": bool, "order": list[list[str]]},
)
"""One call of an aggregate as plain data: `as` names its value; `args`, `filter` and the first of each pair of `order`
are SQL over the rows' columns, the second is `asc` or `desc`."""


def split_aggregates(expression: Expression) -> tuple[str, list[Aggregate]]:
    """The SQL of an expression over its aggregates' values `a0`, `a1`, ..., and those aggregates.

    Aggregates that ask for the same share one name. For `sum(amount) / count(*) > sum(amount)`::

        (("a0" / "a1") > "a0")        a0 = sum("amount"), a1 = count()
    """
    splitter = _Splitter()
    value = splitter.sql(expression.tree)
    return value, list(splitter.found.values())


class _Splitter(Renderer):
    """Renders an aggregate as the name of its value."""

    def __init__(self) -> None:
        super().__init__(default_name)
        self.found: dict[Call, Aggregate] = {}

    def bare_call(self, node: Call) -> str:
        if not functions()[node.name].aggregate:
            return super().bare_call(node)
        if node not in self.found:
            rows = Renderer(default_name)
            self.found[node] = {
                "as": f"a{len(self.found)}",
                "function": node.name,
                "args": [rows.argument(node, index) for index in range(len(node.args))],
                "filter": None if node.filter is None else rows.sql(node.filter),
                "distinct": node.distinct,
                "order": [[rows.sql(key.key), "desc" if key.descending else "asc"] for key in node.order],
            }
        return quote(self.found[node]["as"])
