"""Resolves the names of a query, types it, and follows which reads each output comes from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mlc_compiler.expression.functions import functions
from mlc_compiler.expression.infer import Inference
from mlc_compiler.expression.mixture import is_aggregate, names_outside_aggregates
from mlc_compiler.expression.problem import Problem, did_you_mean, nearest
from mlc_compiler.expression.query.bound import (
    BoundJoin,
    BoundQuery,
    BoundSelect,
    Branch,
    Output,
    Read,
    Relation,
)
from mlc_compiler.expression.query.frame import Frame
from mlc_compiler.expression.query.reads import MAX_BRANCHES, branches_of, renamed
from mlc_compiler.expression.query.tree import Derived, Item, Query, Select, Star, Table
from mlc_compiler.expression.query.window import WINDOW_FUNCTIONS
from mlc_compiler.expression.tree import Constant, Name, Node, Order, Over, walk
from mlc_compiler.expression.types import BOOL, NULL, UNKNOWN, Type, unify

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Binder:
    """Binds the queries of one statement, collecting problems.

    Args:
        tables: the sources that may be read, with their columns.
        variables: the parameters.
    """

    def __init__(self, tables: Mapping[str, Mapping[str, Type]], variables: Mapping[str, Type]) -> None:
        self.tables = tables
        self.variables = variables
        self.problems: list[Problem] = []

    def query(self, query: Query, named: Mapping[str, BoundQuery]) -> BoundQuery:
        """A query, where `named` are the queries of `with` around it."""
        own = []
        for name, inner in query.named:
            own.append((name, self.query(inner, named)))
            named = {**named, name: own[-1][1]}
        parts: list[BoundSelect | BoundQuery] = []
        for part in query.parts:
            names = list(_columns(parts[0])) if parts else None
            parts.append(self.query(part, named) if isinstance(part, Query) else self.select(part, named, names))
        columns = self._united(query, parts)
        names = list(columns)
        branches = [renamed(branch, names) for part in parts for branch in part.branches]
        if len(branches) > MAX_BRANCHES:
            self._report(query, "MLC303", f"more than {MAX_BRANCHES} ways in which a row may come about")
            branches = branches[:1]
        order = self._order(query, columns, parts[0])
        return BoundQuery(
            tuple(own),
            tuple(parts),
            query.operators,
            columns,
            tuple(branches),
            order,
            query.limit,
            query.offset,
        )

    def select(
        self, select: Select, named: Mapping[str, BoundQuery], above: Sequence[str] | None = None
    ) -> BoundSelect:
        """One SELECT; below another, its columns have the names that stand `above`."""
        sources = [] if select.first is None else [select.first, *(join.relation for join in select.joins)]
        relations: list[Relation] = []
        for source in sources:
            relation = self._relation(source, named)
            if any(relation.alias == other.alias for other in relations):
                help_ = "give one of them another name with `as`"
                self._report(source, "MLC322", f"two tables are called `{relation.alias}`", help_=help_)
            relations.append(relation)
        frame = Frame(relations, {name for join in select.joins for name in join.using}, self.variables)
        joins = []
        for join, relation in zip(select.joins, relations[1:], strict=True):
            on = None if join.on is None else self._condition(join.on, frame, "`on`")
            self._using(join.using, join, frame, relation)
            joins.append(BoundJoin(join.kind, relation, on, join.using))
        where = None if select.where is None else self._condition(select.where, frame, "`where`")
        outputs = [output for item in select.items for output in self._outputs(item, frame)]
        if above is None:
            self._check_names(outputs)
        elif len(above) == len(outputs):
            outputs = [replace(output, name=name) for output, name in zip(outputs, above, strict=True)]
        frame = frame.with_outputs(outputs)
        keys = tuple(self._key(key, frame, outputs) for key in select.group_by)
        having = None if select.having is None else self._condition(select.having, frame, "`having`", aggregates=True)
        qualify = (
            None if select.qualify is None else self._condition(select.qualify, frame, "`qualify`", aggregates=True)
        )
        values = [output.value for output in outputs]
        if select.group_all:
            keys = tuple(value for value in values if not any(map(is_aggregate, walk(value))))
        tests = [test for test in (having, qualify) if test is not None]
        self._check_groups([*values, *tests], keys, grouped=bool(keys or select.group_all or having is not None))
        conditions = [node for node in (where, *(join.on for join in joins)) if node is not None]
        branches = branches_of(relations, joins, conditions, outputs)
        if branches is None:
            self._report(select, "MLC303", f"more than {MAX_BRANCHES} ways in which a row may come about")
        return BoundSelect(
            tuple(outputs),
            tuple(relations),
            tuple(joins),
            where,
            keys,
            having,
            qualify,
            select.distinct,
            branches or (),
        )

    # Tables

    def _relation(self, source: Table | Derived, named: Mapping[str, BoundQuery]) -> Relation:
        if isinstance(source, Derived):
            query = self.query(source.query, named)
            return Relation(source.alias, "", query.columns, query.branches, derived=query)
        if source.name in named:
            query = named[source.name]
            return Relation(source.alias, source.name, query.columns, query.branches)
        columns = self.tables[source.name]
        own = {name: Read(source.alias, source.name, name) for name in columns}
        branch = Branch((Read(source.alias, source.name),), {name: (read,) for name, read in own.items()}, own)
        return Relation(source.alias, source.name, columns, (branch,), stored=True)

    def _using(self, names: Sequence[str], join: Node, frame: Frame, relation: Relation) -> None:
        for name in names:
            missing = [r.alias for r in (relation, frame.relations[0]) if name not in r.columns]
            earlier = any(name in r.columns for r in frame.relations if r is not relation)
            if relation.alias in missing or not earlier:
                table = relation.alias if relation.alias in missing else frame.relations[0].alias
                self._report(join, "MLC307", f"`using ({name})`: `{table}` has no column `{name}`")

    # Expressions

    def _type(self, node: Node, frame: Frame, *, aggregates: bool) -> Type:
        inference = _QueryInference(frame.scope(aggregates=aggregates))
        type_ = inference.type(node)
        self.problems += inference.problems
        return type_

    def _condition(self, node: Node, frame: Frame, of: str, *, aggregates: bool = False) -> Node:
        node = frame.resolved(node)
        type_ = self._type(node, frame, aggregates=aggregates)
        if type_ not in {BOOL, NULL, UNKNOWN}:
            self._report(node, "MLC310", f"{of} takes a boolean, this is `{type_}`")
        return node

    def _outputs(self, item: Item | Star, frame: Frame) -> list[Output]:
        if isinstance(item, Item):
            value = frame.resolved(item.value)
            type_ = self._type(value, frame, aggregates=True)
            return [Output(item.name, value, type_)]
        if item.table is not None and all(relation.alias != item.table for relation in frame.relations):
            near = did_you_mean(nearest(item.table, [relation.alias for relation in frame.relations]))
            self._report(item, "MLC320", f"unknown table `{item.table}`", help_=near)
        found = [Output(name, value, type_) for name, value, type_ in frame.star(item)]
        known = [output.name for output in found]
        for name in item.exclude:
            if name not in known:
                self._report(item, "MLC307", f"unknown column `{name}`", help_=did_you_mean(nearest(name, known)))
        return [output for output in found if output.name not in item.exclude]

    def _key(self, key: Node, frame: Frame, outputs: Sequence[Output]) -> Node:
        if isinstance(key, Constant) and isinstance(key.value, int) and not isinstance(key.value, bool):
            if 1 <= key.value <= len(outputs):
                return outputs[key.value - 1].value
            self._report(key, "MLC322", f"there is no column {key.value}")
        key = frame.resolved(key)
        self._type(key, frame, aggregates=False)
        return key

    def _order(self, query: Query, columns: Mapping[str, Type], first: BoundSelect | BoundQuery) -> tuple[Order, ...]:
        relations = list(first.relations) if isinstance(first, BoundSelect) and len(query.parts) == 1 else []
        frame = Frame(relations, set(), self.variables)
        if isinstance(first, BoundSelect) and len(query.parts) == 1:
            frame = frame.with_outputs(first.outputs)
        else:
            frame = frame.with_outputs([Output(name, Name((name,)), type_) for name, type_ in columns.items()])
        keys = []
        for order in query.order:
            if isinstance(order.key, Constant):
                self._report(order.key, "MLC322", "order by a column's name, not by a constant")
            key = frame.resolved(order.key)
            self._type(key, frame, aggregates=True)
            keys.append(replace(order, key=key))
        return tuple(keys)

    # Checks

    def _check_groups(self, nodes: Iterable[Node], keys: tuple[Node, ...], *, grouped: bool) -> None:
        nodes = list(nodes)
        if not grouped and not any(is_aggregate(inner) for node in nodes for inner in walk(node)):
            return
        for node in nodes:
            for name in names_outside_aggregates(node, keys):
                help_ = f"add it to `group by`, or aggregate it, as in `max({name.text})`"
                self._report(name, "MLC312", f"`{name.text}` is neither grouped by nor aggregated", help_=help_)

    def _check_names(self, outputs: Sequence[Output]) -> None:
        seen: set[str] = set()
        for output in outputs:
            if not output.name:
                self._report(output.value, "MLC322", "this column has no name", help_="write `... as name`")
            elif output.name in seen:
                help_ = "name one of them otherwise with `as`, or leave it out with `* exclude (...)`"
                self._report(output.value, "MLC322", f"two columns are called `{output.name}`", help_=help_)
            seen.add(output.name)

    def _united(self, query: Query, parts: Sequence[BoundSelect | BoundQuery]) -> dict[str, Type]:
        """The output columns of parts that lie above one another."""
        types = _columns(parts[0])
        for part, bound in zip(query.parts[1:], parts[1:], strict=True):
            further = _columns(bound)
            if len(further) != len(types):
                message = f"{len(further)} columns stand below {len(types)}"
                self._report(part, "MLC321", message, help_="each SELECT gives the same columns, in the same order")
                continue
            for (name, type_), other in zip(list(types.items()), further.values(), strict=True):
                met = unify(type_, other)
                if met is None:
                    message = f"column `{name}` is `{other}` here and `{type_}` above"
                    self._report(part, "MLC321", message, help_="cast one of them")
                types[name] = met or UNKNOWN
        return types

    def _report(self, node: Node, code: str, message: str, why: str = "", help_: str = "") -> None:
        self.problems.append(Problem(node.start, node.end, code, message, why, help_))


class _QueryInference(Inference):
    """Types window functions too."""

    def type(self, node: Node) -> Type:
        if not isinstance(node, Over):
            return super().type(node)
        function = WINDOW_FUNCTIONS.get(node.name) or functions()[node.name]
        result = self.match(node, function)
        for key in (*node.partition, *(order.key for order in node.order)):
            self.type(key)
        if function.rows == "required" and not node.order:
            why = "without an order, the result is left to chance"
            return self.report(node, "MLC313", f"`{node.name}` needs an order", why, "write `over (order by ...)`")
        return result


def _columns(bound: BoundSelect | BoundQuery) -> dict[str, Type]:
    if isinstance(bound, BoundQuery):
        return dict(bound.columns)
    return {output.name: output.type for output in bound.outputs}
