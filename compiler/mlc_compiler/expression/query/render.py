"""A bound query as DuckDB SQL, with the known time of each output beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlc_compiler.expression.functions import functions
from mlc_compiler.expression.query.bound import BoundJoin, BoundQuery, BoundSelect, Relation
from mlc_compiler.expression.render import Renderer, quote, sql_type
from mlc_compiler.expression.tree import Name, Node, Order, Over, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlc_compiler.expression.types import Type

KNOWN = "$known."
"""Before a column's name, its hidden known time; `$known.*` is that of the row."""

ALWAYS = "CAST('0001-01-01 00:00:00+00' AS TIMESTAMPTZ)"
"""The known time of what was always known."""


@dataclass(frozen=True)
class KnownTimes:
    """When the values of a source's table become known, as trees over its own columns.

    The greatest of the trees counts; none means always. A tree that is null means never.
    """

    row: tuple[Node, ...]
    columns: Mapping[str, tuple[Node, ...]]


def render_query(query: BoundQuery, known: Mapping[str, KnownTimes] | None) -> str:
    """The SQL of a query over tables registered under their sources' names.

    Args:
        query: the query.
        known: for each source that it reads, when its values become known: the SQL then gives `$known.COLUMN` for each
            output column, and `$known.*` for the row. None for a query that betrays the future, whose author states
            known times: it gives its own columns only.
    """
    return _Writer(known).query(query)


class _QueryRenderer(Renderer):
    """Renders expressions with window functions; a name's first part is a table's alias."""

    def __init__(self) -> None:
        super().__init__(lambda name: ".".join(quote(part) for part in name.parts))

    def sql(self, node: Node) -> str:
        if not isinstance(node, Over):
            return super().sql(node)
        partition = f"PARTITION BY {', '.join(map(self.sql, node.partition))}" if node.partition else ""
        order = f"ORDER BY {self.keys(node.order)}" if node.order else ""
        args = ", ".join(map(self.sql, node.args)) or ("*" if node.name == "count" else "")
        inside = " ".join(part for part in (partition, order, node.frame) if part)
        sql = f"{node.name}({args}) OVER ({inside})"
        function = functions().get(node.name)
        return f"CAST({sql} AS BIGINT)" if function is not None and function.narrow else sql

    def keys(self, order: Iterable[Order]) -> str:
        return ", ".join(f"{self.sql(key.key)} {'DESC' if key.descending else 'ASC'} NULLS LAST" for key in order)


class _Writer:
    def __init__(self, known: Mapping[str, KnownTimes] | None) -> None:
        self.known = known
        self.expressions = _QueryRenderer()

    def query(self, query: BoundQuery) -> str:
        named = ", ".join(f"{quote(name)} AS ({self.query(inner)})" for name, inner in query.named)
        sql = f"WITH {named} " if named else ""
        for index, part in enumerate(query.parts):
            operator = f" {query.operators[index - 1].upper()} " if index else ""
            types = tuple(query.columns.values())
            written = f"({self.query(part)})" if isinstance(part, BoundQuery) else self.select(part, types)
            sql += operator + written
        if query.order:
            sql += f" ORDER BY {self.expressions.keys(query.order)}"
        sql += "" if query.limit is None else f" LIMIT {query.limit}"
        return sql + ("" if query.offset is None else f" OFFSET {query.offset}")

    def select(self, select: BoundSelect, types: Sequence[Type]) -> str:
        row = self.row(select)
        outputs = []
        for output, type_ in zip(select.outputs, types, strict=True):
            value = self.expressions.sql(output.value)
            outputs.append(f"CAST({value} AS {sql_type(type_)}) AS {quote(output.name)}")
        if self.known is not None:
            for output in select.outputs:
                times = [*row, *self.reads(output.value, select)]
                outputs.append(f"{greatest(times)} AS {quote(KNOWN + output.name)}")
            outputs.append(f"{greatest(row)} AS {quote(KNOWN + '*')}")
        sql = f"SELECT {'DISTINCT ' if select.distinct else ''}{', '.join(outputs)}"
        if select.relations:
            sql += f" FROM {self.relation(select.relations[0])}{''.join(map(self.join, select.joins))}"
        for word, node in (("WHERE", select.where), ("HAVING", select.having), ("QUALIFY", select.qualify)):
            if word == "HAVING" and select.group_by:
                sql += f" GROUP BY {', '.join(map(self.expressions.sql, select.group_by))}"
            sql += "" if node is None else f" {word} {self.expressions.sql(node)}"
        return sql

    def relation(self, relation: Relation) -> str:
        if relation.derived is not None:
            return f"({self.query(relation.derived)}) AS {quote(relation.alias)}"
        return f"{quote(relation.name)} AS {quote(relation.alias)}"

    def join(self, join: BoundJoin) -> str:
        using = f" USING ({', '.join(map(quote, join.using))})" if join.using else ""
        on = "" if join.on is None else f" ON {self.expressions.sql(join.on)}"
        return f" {join.kind.upper()} JOIN {self.relation(join.relation)}{using}{on}"

    # Known times

    def row(self, select: BoundSelect) -> list[str]:
        """The known times of a row's existence: of the rows it is made from, of joins and filters."""
        if self.known is None:
            return []
        times = [time for relation in select.relations for time in self.times(relation, "*")]
        for join in select.joins:
            for name in join.using:
                owners = [relation for relation in select.relations if name in relation.columns]
                times += [time for relation in owners for time in self.times(relation, name)]
        for node in (*(join.on for join in select.joins), select.where):
            times += [] if node is None else self.reads(node, select)
        return times

    def reads(self, node: Node, select: BoundSelect) -> list[str]:
        """The known times of the columns that a tree reads."""
        relations = {relation.alias: relation for relation in select.relations}
        names = (n for n in walk(node) if isinstance(n, Name) and len(n.parts) == 2 and n.parts[0] in relations)
        return [time for name in names for time in self.times(relations[name.parts[0]], name.parts[1])]

    def times(self, relation: Relation, column: str) -> list[str]:
        """The known times of one column, or of the row for `*`, of a table under its alias."""
        if not relation.stored:
            return [f"{quote(relation.alias)}.{quote(KNOWN + column)}"]
        assert self.known is not None
        stated = self.known[relation.name]
        nodes = stated.row if column == "*" else stated.columns.get(column, ())
        own = Renderer(lambda name: f"{quote(relation.alias)}.{quote(name.text)}")
        return [own.instant(node) for node in nodes]


def greatest(times: Sequence[str]) -> str:
    """The greatest known time; null, which is never, if one of them is (DuckDB's own `greatest` passes over nulls)."""
    different = list(dict.fromkeys(times))
    if not different:
        return ALWAYS
    if len(different) == 1:
        return different[0]
    missing = " OR ".join(f"{time} IS NULL" for time in different)
    return f"CASE WHEN {missing} THEN NULL ELSE greatest({', '.join(different)}) END"
