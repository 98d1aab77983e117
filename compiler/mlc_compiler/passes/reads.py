"""What each operation reads of the tables that it is given: columns, and rows.

One rule an operation. An operation without a rule reads everything, and so does a port that a rule does not name.
Columns of our own, which begin with `$`, always come along, and no rule names them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mlc_compiler.graph.step import Step

Columns = frozenset[str]

_QUOTED = re.compile(r"""'(?:[^']|'')*'|"((?:[^"]|"")*)\"""")
_GROUP = "features."


@dataclass(frozen=True)
class Need:
    """A part of a table.

    Attributes:
        columns: their names, some of which the table may not have; None for all.
        where: SQL that is true for the rows; None for all.
    """

    columns: Columns | None = None
    where: str | None = None


WHOLE = Need()


def reads(step: Step, wanted: Need) -> Mapping[str, Need]:
    """What a step reads of its tables, by port, where that is not everything.

    Args:
        step: the step.
        wanted: what is read of the tables that it gives.
    """
    rule = _RULES.get(step.op)
    return {} if rule is None else rule(step, wanted)


def union(needs: Iterable[Need]) -> Need:
    """What covers several needs: all columns that one of them names, all rows for which one of them is true.

    Where there is none, that is everything.

    >>> union([Need(frozenset("a"), "x"), Need(frozenset("b"), "y"), Need(frozenset("b"), "x")]).where
    '(x) OR (y)'
    """
    each = list(needs) or [WHOLE]
    columns: Columns | None = frozenset()
    for need in each:
        columns = None if columns is None or need.columns is None else columns | need.columns
    if any(need.where is None for need in each):
        return Need(columns)
    conditions = list(dict.fromkeys(need.where for need in each))
    return Need(columns, conditions[0] if len(conditions) == 1 else " OR ".join(f"({sql})" for sql in conditions))


def named(*sql: str | None) -> Columns:
    """The columns that expressions name, and perhaps more: everything in double quotes.

    >>> sorted(named('("a" = \\'"b"\\') AND "c" IS NULL'))
    ['a', 'c']
    """
    found = (name.replace('""', '"') for text in sql if text for name in _QUOTED.findall(text))
    return frozenset(name for name in found if name)


def _chosen(step: Step, wanted: Need) -> list[Mapping[str, object]]:
    """The columns that a step with `columns` makes, as far as they are wanted."""
    columns: list[Mapping[str, object]] = step.params["columns"]
    return [column for column in columns if wanted.columns is None or column["name"] in wanted.columns]


def _texts(value: object) -> Iterable[str]:
    """All strings in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _over_rows(step: Step, columns: Columns | None, read: Columns) -> dict[str, Need]:
    """Needs of a step that reads `rows` beside feature groups, whose columns it names as `group.column`.

    Args:
        step: the step.
        columns: those of the rows that pass through it; None for all.
        read: those that its expressions name.
    """
    needs = {"rows": Need(None if columns is None else columns | read)}
    for edge in step.inputs:
        if edge.port.startswith(_GROUP):
            prefix = edge.port.removeprefix(_GROUP) + "."
            needs[edge.port] = Need(frozenset(name.removeprefix(prefix) for name in read if name.startswith(prefix)))
    return needs


def _check(step: Step, _: Need) -> Mapping[str, Need]:
    """A check sees every row."""
    fresh = [step.params["time"]] if any("fresh" in check for check in step.params["checks"]) else []
    looked = named(*(check.get("sql") for check in step.params["checks"]))
    counted = [column["name"] for column in step.params["columns"]]
    return {"table": Need(looked.union(step.params["key"], fresh, counted))}


def _query(step: Step, _: Need) -> Mapping[str, Need]:
    """A filter inside a query is the query's own: beside it may stand a window, an aggregate or a limit."""
    return {edge.port: Need(named(step.params["sql"])) for edge in step.inputs}


def _examples(step: Step, wanted: Need) -> Mapping[str, Need]:
    """A row's number is its place in the source, so every row has to be there."""
    at = step.params["at"] or {}
    read = named(at.get("sql"), *step.params["row_known"]).union(at.get("by") or (), step.params["key"])
    read |= {step.params["time"]} - {None}
    return {"source": Need(read.union(str(column["name"]) for column in _chosen(step, wanted)))}


def _filter(step: Step, wanted: Need) -> Mapping[str, Need]:
    where = step.params["where"]
    needs = _over_rows(step, wanted.columns, named(where))
    own = len(step.inputs) == 1 and "$" not in where
    return {**needs, "rows": Need(needs["rows"].columns, where if own else None)}


def _features(step: Step, wanted: Need) -> Mapping[str, Need]:
    return _lookup(step, list(_texts(_chosen(step, wanted))))


def _outcome(step: Step, _: Need) -> Mapping[str, Need]:
    return _lookup(step, list(_texts(step.params["label"])))


def _lookup(step: Step, expressions: list[str]) -> Mapping[str, Need]:
    """A row of the source for which the lookup's own condition is not true takes part in nothing.

    The condition may not ask for the moment or for a parameter, which the source does not have.
    """
    params = step.params
    where = params["where"] and params["where"]["sql"]
    read = named(where, *expressions).union((theirs for _, theirs in params["join"]), params["key"])
    read |= {params["time"]} - {None}
    needs = _over_rows(step, frozenset(), frozenset(mine for mine, _ in params["join"]))
    return {**needs, "source": Need(read, where if where and "$" not in where else None)}


def _compute(step: Step, wanted: Need) -> Mapping[str, Need]:
    return _over_rows(step, frozenset(), named(*(str(column["sql"]) for column in _chosen(step, wanted))))


def _apply(step: Step, _: Need) -> Mapping[str, Need]:
    """A function gets all its arguments, whatever is wanted of what it returns."""
    return _over_rows(step, frozenset(), frozenset(step.params["arguments"].values()))


def _label(step: Step, wanted: Need) -> Mapping[str, Need]:
    params = step.params
    return _over_rows(step, wanted.columns, named(params["label"], *params["known"], params["weight"], params["part"]))


def _split(step: Step, _: Need) -> Mapping[str, Need]:
    return {"rows": Need(frozenset(step.params.get("group") or step.params.get("key") or ()))}


def _rows(step: Step, wanted: Need) -> Mapping[str, Need]:
    needs: dict[str, Columns] = {edge.port: frozenset() for edge in step.inputs}
    for port, column, name in step.params["columns"]:
        if wanted.columns is None or name in wanted.columns:
            needs[port] |= {column}
    return {port: Need(columns) for port, columns in needs.items()}


def _distinct(step: Step, _: Need) -> Mapping[str, Need]:
    return {"rows": Need(frozenset(step.params["fields"]))}


def _slice(step: Step, wanted: Need) -> Mapping[str, Need]:
    columns = wanted.columns
    if step.params["columns"] is not None:
        listed = frozenset(step.params["columns"])
        columns = listed if columns is None else listed & columns
    return {"rows": Need(None if columns is None else columns.union(step.params["where"]))}


_RULES: Mapping[str, Callable[[Step, Need], Mapping[str, Need]]] = {
    "apply": _apply,
    "check": _check,
    "compute": _compute,
    "distinct": _distinct,
    "examples": _examples,
    "features": _features,
    "filter": _filter,
    "label": _label,
    "outcome": _outcome,
    "query": _query,
    "rows": _rows,
    "slice": _slice,
    "split": _split,
}
