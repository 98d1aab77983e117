"""What a source guarantees about the times in its rows: a run stops where its checks do not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace

from mlc_compiler.check.facts import Source
from mlc_compiler.check.time.known import row_columns
from mlc_compiler.check.time.lineage import upstream
from mlc_compiler.check.time.meaning import is_date
from mlc_compiler.check.time.order import Bound, Order
from mlc_compiler.check.time.terms import Term, terms_of
from mlc_compiler.expression.tree import Between, Binary, Is, Name, Node, rewrite, walk

_TURNED = {">": "<", ">=": "<="}


def order_of(source: Source, sources: Mapping[str, Source], *, utc: bool) -> Order:
    """The order of the times in a source's rows.

    A check counts where it stops the run on a single false row. It is not false on a null either, so that it says
    nothing about rows in which a side is null.
    """
    found: dict[str, Order] = {}
    for each in upstream(source, sources):
        found[each.name] = _order(each, found, utc=utc)
    return found[source.name]


def _order(source: Source, below: Mapping[str, Order], *, utc: bool) -> Order:
    dates = {name for name, kind in source.columns.items() if kind.kind == "date"}
    bounds: dict[Bound, None] = {}
    solid = set(source.key) | row_columns(source)
    for tree in _certain(source):
        bounds |= dict.fromkeys(_bounds(tree, dates))
        solid |= _not_null(tree)
    for table, names in passed_columns(source):
        for bound in below[table].bounds:
            if _columns(bound) <= names.keys():
                earlier = replace(bound.earlier, base=renamed(bound.earlier.base, names))
                later = replace(bound.later, base=renamed(bound.later.base, names))
                bounds[Bound(earlier, later, bound.micros)] = None
        solid |= {names[column] for column in below[table].solid if column in names}
    return Order(tuple(bounds), frozenset(solid), utc)


def passed_columns(source: Source) -> list[tuple[str, dict[str, str]]]:
    """The columns of other sources that stand unchanged in each row: the source, and its columns' new names.

    Each row of such a source comes from one row of each of the others, so that what holds in those holds here.
    """
    if source.query is None or source.query.betrayals or len(source.query.branches) != 1:
        return []
    found: dict[tuple[str, str], dict[str, str]] = {}
    for name, read in source.query.branches[0].passed.items():
        found.setdefault((read.alias, read.table), {}).setdefault(read.column, name)
    return [(source.inputs[table], names) for (_, table), names in found.items()]


def renamed(tree: Node, names: Mapping[str, str]) -> Node:
    """The tree with its columns under other names."""

    def change(node: Node) -> Node | None:
        return Name((names[node.parts[0]],)) if isinstance(node, Name) else None

    return rewrite(tree, change)


def _columns(bound: Bound) -> set[str]:
    nodes = (*walk(bound.earlier.base), *walk(bound.later.base))
    return {node.text for node in nodes if isinstance(node, Name)}


def _certain(source: Source) -> Iterator[Node]:
    for check in source.checks:
        if check.expect is not None and not (check.aggregate or check.warn or check.at_most):
            yield from _conjuncts(check.expect.expression.tree)


def _conjuncts(tree: Node) -> Iterator[Node]:
    match tree:
        case Binary(operator="and", left=left, right=right):
            yield from _conjuncts(left)
            yield from _conjuncts(right)
        case Between(operand=operand, low=low, high=high, negated=False):
            yield Binary("<=", low, operand)
            yield Binary("<=", operand, high)
        case _:
            yield tree


def _not_null(tree: Node) -> set[str]:
    match tree:
        case Is(operand=Name(parts=(column,)), value=None, negated=True):
            return {column}
    return set()


def _bounds(tree: Node, dates: Set[str]) -> Iterator[Bound]:
    match tree:
        case Binary(operator=">" | ">=" as operator, left=left, right=right):
            yield from _bounds(Binary(_TURNED[operator], right, left), dates)
        case Binary(operator="=", left=left, right=right):
            yield from _bounds(Binary("<=", left, right), dates)
            yield from _bounds(Binary("<=", right, left), dates)
        case Binary(operator="<" | "<=" as operator, left=left, right=right):
            later = terms_of(right)
            if len(later) == 1 and not later[0].never:
                days = is_date(left, dates) and is_date(right, dates)
                for term in terms_of(left):
                    if not term.never:
                        yield from _between(term, later[0], strict=operator == "<", days=days)


def _between(earlier: Term, later: Term, *, strict: bool, days: bool) -> Iterator[Bound]:
    if not days:
        yield Bound(earlier.point, later.point, later.micros - earlier.micros - strict)
        return
    # Of dates it holds for each day after them as well, above all for their ends.
    for end in (0, 1):
        first = replace(earlier.point, days=earlier.point.days + end + strict)
        yield Bound(first, replace(later.point, days=later.point.days + end))
