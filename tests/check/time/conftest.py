"""An oracle for the rule of time: random tables that keep a spec's promises, read as they are and as they were."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from math import inf
from typing import Any

import duckdb
import pytest

from mlc_compiler.expression.duration import parse_duration, parse_window
from mlc_compiler.expression.parse import parse
from mlc_compiler.expression.query import KnownTimes, parse_query, render_query, tables_of
from mlc_compiler.expression.render import sql_type
from mlc_compiler.expression.tree import (
    Between,
    Binary,
    Call,
    Case,
    Cast,
    Constant,
    Interval,
    Is,
    Name,
    Node,
    Unary,
    Variable,
    walk,
)
from mlc_compiler.expression.types import parse_type

HOUR = 3_600_000_000
DAY = 24 * HOUR
AGGREGATES: Mapping[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "sum": lambda values: sum(values) if values else None,
    "avg": lambda values: sum(values) / len(values) if values else None,
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
}
BINARY: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else None,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Instant(int):
    """Microseconds since 1970, so that an instant is told from a day and from a number."""


class Day(int):
    """Days since 1970."""


def instant(value: Any) -> Any:
    return Instant(value * DAY) if isinstance(value, Day) else value


@cache
def tree(text: Any) -> Node:
    expression, problems = parse({True: "true", False: "false"}.get(text, str(text)))
    assert expression is not None, (text, problems)
    return expression.tree


def evaluate(node: Node, read: Callable[[str], Any], rows: list[Callable[[str], Any]] | None = None) -> Any:
    """The value of an expression, in SQL's logic of three values; `rows` are what aggregates go over."""

    def of(inner: Node) -> Any:
        return evaluate(inner, read, rows)

    match node:
        case Constant(value=value):
            return value
        case Interval(count=count):
            return count
        case Name():
            return read(node.text)
        case Variable(name=name):
            return read(f"${name}")
        case Unary(operator="not", operand=operand):
            return None if (value := of(operand)) is None else not value
        case Unary(operator="-", operand=operand):
            return None if (value := of(operand)) is None else -value
        case Is(operand=operand, value=value, negated=negated):
            return (of(operand) is value) != negated
        case Binary(operator="and" | "or" as operator, left=left, right=right):
            absorbing = operator == "or"
            sides = [of(left), of(right)]
            return absorbing if absorbing in sides else None if None in sides else not absorbing
        case Binary(operator=operator, left=left, right=right):
            return _binary(operator, of(left), of(right), isinstance(right, Interval))
        case Case(branches=branches, otherwise=otherwise):
            for when, then in branches:
                if of(when):
                    return of(then)
            return None if otherwise is None else of(otherwise)
        case Between(operand=operand, low=low, high=high):
            return of(Binary("and", Binary("<=", low, operand), Binary("<=", operand, high)))
        case Cast(operand=operand, type=kind):
            return _cast(of(operand), kind.kind)
        case Call(name="coalesce", args=args):
            return next((value for arg in args if (value := of(arg)) is not None), None)
        case Call(name="greatest" | "least" as name, args=args):
            there = [value for arg in args if (value := instant(of(arg))) is not None]
            return (max if name == "greatest" else min)(there, default=None)
        case Call(name="hour", args=(arg,)):
            return None if (value := instant(of(arg))) is None else value // HOUR % 24
        case Call(name=name, args=args) if name in AGGREGATES:
            assert rows is not None
            if not args:
                return len(rows)
            values = [evaluate(args[0], row) for row in rows]
            return AGGREGATES[name]([value for value in values if value is not None])
    raise AssertionError(f"the oracle knows no {node}")


def _binary(operator: str, left: Any, right: Any, interval: bool) -> Any:
    if left is None or right is None:
        return None
    if isinstance(left, Day) and operator in "+-" and not interval:
        return Day(BINARY[operator](left, right))
    found = BINARY[operator](instant(left), instant(right))
    return Instant(found) if isinstance(instant(left), Instant) and operator in "+-" else found


def _cast(value: Any, kind: str) -> Any:
    match value, kind:
        case None, _:
            return None
        case str(), "timestamp":
            return Instant(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp() * 1_000_000)
        case _, "timestamp":
            return instant(value)
        case _, "date":
            return Day(value // DAY)
        case _, "int":
            return int(value)
    return value


@dataclass
class Row:
    """A row, and when each cell and the row itself became known."""

    cells: dict[str, Any]
    known: dict[str, float]
    there: float

    def as_of(self, moment: float) -> Row | None:
        """The row as it was known at a moment; what never becomes known is not even there at the end of time."""
        if self.there > moment or self.there == inf:
            return None
        cells = {c: None if self.known[c] > moment or self.known[c] == inf else v for c, v in self.cells.items()}
        return Row(cells, self.known, self.there)

    def when(self, columns: Iterable[str]) -> float:
        return max([self.there, *(self.known[column] for column in columns)])


Tables = dict[str, dict[Any, Row]]
"""Rows by what tells them apart: a number, or a derived row's key."""


@dataclass
class Oracle:
    """A spec as plain data, judged on random tables."""

    spec: Mapping[str, Any]
    seed: int = 0
    rows: int = 6
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.examples = self.spec["examples"]["e"]
        self.features = self.spec.get("features", {})
        self.source = self.spec["sources"][self.examples["from"]]

    # Tables

    def tables(self) -> Tables:
        return {
            name: dict(enumerate(self._table(spec))) for name, spec in self.spec["sources"].items() if "columns" in spec
        }

    def as_of(self, tables: Tables, moment: float) -> Tables:
        """The tables as they were known at a moment, and those that SQL derives from them."""
        found = {
            name: {key: then for key, row in rows.items() if (then := row.as_of(moment)) is not None}
            for name, rows in tables.items()
        }
        for name, spec in self.spec["sources"].items():
            if "sql" in spec:
                found[name] = derive(spec, self.spec["sources"], found)
        return found

    def _table(self, spec: Mapping[str, Any]) -> list[Row]:
        checks = [tree(check) for check in spec.get("checks", ()) if isinstance(check, str)]
        found: list[Row] = []
        while len(found) < self.rows:
            cells = {name: self._cell(name, kind, spec) for name, kind in spec["columns"].items()}
            if "key" in spec:
                cells[spec["key"][0]] = len(found) % 4 if len(spec["key"]) > 1 else len(found)
            if all(evaluate(check, cells.__getitem__) is not False for check in checks):
                found.append(self._row(cells, spec))
        return found

    def _cell(self, name: str, kind: str, spec: Mapping[str, Any]) -> Any:
        if name not in spec.get("key", ()) and self.random.random() < 0.15:
            return None
        match kind:
            case "timestamp":
                return Instant(self.random.randrange(0, 8 * 24) * HOUR // 2 + self.random.choice((0, 0, 0, 1)))
            case "date":
                return Day(self.random.randrange(4))
            case "int" | "float":
                return self.random.choice((0, 1, 2, 20))
        return self.random.choice("ab")

    def _row(self, cells: dict[str, Any], spec: Mapping[str, Any]) -> Row:
        stated = spec.get("known", {})
        stated = stated if isinstance(stated, dict) else {"*": stated}
        if "*" in stated:
            row = self._time(stated["*"], cells)
        elif "time" in spec:
            row = self._time(spec["time"], cells)
        else:
            row = -inf if spec.get("static") else None
        known = {}
        for name in cells:
            when = self._time(stated[name], cells) if name in stated else row
            # Nobody promised anything about a source without time.
            known[name] = self.random.randrange(-24, 96) * HOUR if when is None else when
        return Row(cells, known, self.random.randrange(-24, 96) * HOUR if row is None else row)

    def _time(self, text: str, cells: dict[str, Any]) -> float:
        value = evaluate(tree(text), cells.__getitem__)
        if value is None:
            return inf
        return (value + 1) * DAY if isinstance(value, Day) else value

    # Examples

    def moments(self, tables: Tables) -> Iterator[tuple[Any, Any]]:
        """The examples: what tells a row apart, and its moment."""
        at = self.examples.get("at", self.source.get("time"))
        rows = tables[self.examples["from"]]
        if isinstance(at, dict):
            for moment in range(0, 5 * DAY, parse_duration(at["every"]).micros):
                for position in self._spine(rows, moment, at.get("by", self.source.get("key"))):
                    yield position, Instant(moment)
            return
        for position, row in rows.items():
            moment = inf if at is None else instant(evaluate(tree(at), row.cells.__getitem__))
            if moment is not None:
                yield position, moment

    def _spine(self, rows: dict[Any, Row], moment: int, by: list[str]) -> list[Any]:
        latest: dict[Any, tuple[Any, Any]] = {}
        for position, row in rows.items():
            if row.there <= moment and self._before(row, moment):
                entity = tuple(row.cells[column] for column in by)
                rank = (instant(row.cells[self.source["time"]]), row.there, position)
                latest[entity] = max(latest.get(entity, ((-inf,), 0)), (rank, position))
        return sorted(position for _, position in latest.values())

    def _before(self, row: Row, moment: int) -> bool:
        time = instant(row.cells[self.source["time"]])
        return time is not None and time < moment

    def values(self, tables: Tables, position: Any, moment: Any) -> dict[str, Any] | None:
        """What is computed for an example from tables: its moment, its population, its features."""
        row = tables[self.examples["from"]].get(position)
        if row is None:
            return None
        features: dict[str, Any] = {}

        def read(name: str) -> Any:
            if name == "$at":
                return moment
            if name in row.cells:
                return row.cells[name]
            group, _, column = name.rpartition(".")
            if name not in features:
                features[name] = self._feature(group, column, tables, moment, read)
            return features[name]

        at = self.examples.get("at", self.source.get("time"))
        if isinstance(at, str):
            features["at"] = instant(evaluate(tree(at), read))
        if "where" in self.examples:
            features["where"] = evaluate(tree(self.examples["where"]), read)
        for group in self.spec["training"]["t"]["features"]:
            names = [group.partition(".")[2]] if "." in group else self.columns(self.features[group])
            for name in names:
                read(f"{group.partition('.')[0]}.{name}")
        for column in self.spec["training"]["t"].get("each", ()):
            features[f"each {column}"] = read(column)
        return features

    @staticmethod
    def columns(group: Mapping[str, Any]) -> dict[str, str]:
        columns = group["columns"]
        return columns if isinstance(columns, dict) else {name: name for name in columns}

    def _feature(self, name: str, column: str, tables: Tables, moment: Any, read: Callable[[str], Any]) -> Any:
        group = self.features[name]
        value = tree(self.columns(group)[column])
        if "from" not in group:
            return evaluate(value, read)
        return self._looked_up(group, value, tables, moment, read)

    def _looked_up(
        self,
        group: Mapping[str, Any],
        value: Node,
        tables: Tables,
        moment: Any,
        read: Callable[[str], Any],
    ) -> Any:
        """An aggregate over the rows that take part, or the latest of them."""
        spec = self.spec["sources"][group["from"]]
        join = group.get("join", {})
        join = join if isinstance(join, dict) else {name: name for name in join}
        if "refresh" in group:
            step = parse_duration(group["refresh"]).micros
            moment = Instant(moment // step * step)
        window = parse_window(group["window"]) if "window" in group else None
        where = tree(group["where"]) if "where" in group else None
        nodes = [node for part in (value, where) if part is not None for node in walk(part)]
        columns = {node.text for node in nodes if isinstance(node, Name)} | {
            *join.values(),
            *filter(None, [spec.get("time")]),
        }
        keys = {theirs: read(mine) for mine, theirs in join.items()}
        found = []
        for row in tables[group["from"]].values():
            if ("time" in spec or spec.get("static")) and row.when(columns) > moment:
                continue
            cells = {**row.cells, "$at": moment}
            time = instant(row.cells[spec["time"]]) if "time" in spec else None
            if any(key is None or row.cells[theirs] != key for theirs, key in keys.items()):
                continue
            if "time" in spec and not _inside(time, moment, window):
                continue
            if where is None or evaluate(where, cells.__getitem__):
                order = (time or 0, row.when(columns), *(str(row.cells[key]) for key in spec.get("key", ())))
                found.append((order, cells.__getitem__))
        if any(isinstance(node, Call) and node.name in AGGREGATES for node in walk(value)):
            return evaluate(value, {}.__getitem__, [cells for _, cells in found])
        return evaluate(value, max(found, key=lambda each: each[0])[1]) if found else None

    # Judgement

    def leaks(self, worlds: int) -> Iterator[str]:
        """What differs, in some of so many worlds, between the end of time and the moment of an example."""
        for _ in range(worlds):
            world = self.tables()
            end = self.as_of(world, inf)
            for position, moment in self.moments(end):
                later = self.values(end, position, moment)
                then = self.values(self._before_all(world, position, moment), position, moment)
                assert later is not None
                if then is None:
                    yield "the row"
                else:
                    yield from (name for name in later if later[name] != then[name])

    def _before_all(self, world: Tables, position: Any, moment: float) -> Tables:
        """The world as it was known at an example's moment; without time, with another truth in its row."""
        if moment < inf:
            return self.as_of(world, moment)
        rows = world[self.examples["from"]]
        label = {node.text for node in walk(tree(self.examples["label"])) if isinstance(node, Name)}
        row = rows[position]
        cells = {name: "c" if name in label else value for name, value in row.cells.items()}
        changed = {**rows, position: Row(cells, row.known, row.there)}
        return self.as_of({**world, self.examples["from"]: changed}, inf)

    def label_differs(self, worlds: int) -> bool:
        """Whether a label is another at the end of time than at its moment, in some of so many worlds."""
        for _ in range(worlds):
            world = self.tables()
            end = self.as_of(world, inf)
            for position, moment in self.moments(end):
                later = self._label(end, position, moment)
                if later is not None and self._label(self.as_of(world, moment), position, moment) != later:
                    return True
        return False

    def _label(self, tables: Tables, position: Any, moment: Any) -> Any:
        row = tables[self.examples["from"]].get(position)
        if row is None:
            return None

        def read(name: str) -> Any:
            if name in row.cells:
                return row.cells[name]
            group, _, column = name.rpartition(".")
            return self._feature(group, column, tables, moment, read)

        return evaluate(tree(self.examples["label"]), read)

    def longest_wait(self, worlds: int) -> float:
        """How long after its moment a label over a window is known at most, in so many worlds."""
        label = self.examples["label"]
        window = parse_window(label["window"])
        time = self.spec["sources"][label["from"]]["time"]
        longest = window.end.micros
        for _ in range(worlds):
            end = self.as_of(self.tables(), inf)
            for _, moment in self.moments(end):
                for row in end[label["from"]].values():
                    if _inside(instant(row.cells[time]), moment, window):
                        longest = max(longest, row.there - moment)
        return longest

    def seen(self, worlds: int) -> set[str]:
        """The features that have a value, and one other than 0, in some of so many worlds."""
        found: set[str] = set()
        for _ in range(worlds):
            end = self.as_of(self.tables(), inf)
            for position, moment in self.moments(end):
                values = self.values(end, position, moment) or {}
                found |= {name for name, value in values.items() if value and "." in name}
        return found


def derive(spec: Mapping[str, Any], sources: Mapping[str, Any], tables: Tables) -> dict[Any, Row]:
    """The rows of a query over tables, with the known times that the runtime would carry along."""
    types = {name: {c: parse_type(t) for c, t in source.get("columns", {}).items()} for name, source in sources.items()}
    names = {table.name for table in tables_of(spec["sql"])}
    query, problems = parse_query(spec["sql"], {name: types[name] for name in names}, {})
    assert query is not None, problems
    # What betrays the future has no known times of its own: all that is there is there.
    known = None if query.betrayals else {name: _known_times(sources[name]) for name in names}
    for name in names:
        columns = ", ".join(f'"{column}" {sql_type(kind)}' for column, kind in types[name].items())
        session().execute(f'create or replace table "{name}" ({columns})')
        rows = ", ".join(f"({', '.join(map(_literal, row.cells.values()))})" for row in tables[name].values())
        if rows:
            session().execute(f'insert into "{name}" values {rows}')
    outputs = [_plain(column, kind.kind) for column, kind in query.columns.items()]
    times = [f'epoch_us("$known.{column}")' for column in (*query.columns, "*")] if known is not None else []
    sql = f"select {', '.join([*outputs, *times])} from ({render_query(query.bound, known)})"
    found = {}
    for row in session().execute(sql).fetchall():
        values = [_typed(value, kind.kind) for value, kind in zip(row, query.columns.values(), strict=False)]
        when = [inf if time is None else time for time in row[len(values) :]] or [-inf] * (len(values) + 1)
        cells = dict(zip(query.columns, values, strict=True))
        found[tuple(cells[key] for key in spec["key"])] = Row(cells, dict(zip(cells, when, strict=False)), when[-1])
    return found


@cache
def session() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("set TimeZone = 'UTC'")
    return connection


def _known_times(source: Mapping[str, Any]) -> KnownTimes:
    stated = source.get("known", {})
    stated = stated if isinstance(stated, dict) else {"*": stated}
    time = source.get("time")
    ended = f"({time} + 1)::timestamp" if time and source["columns"][time] == "date" else time
    row = stated.get("*", ended)
    every = {name: stated.get(name, row) for name in source["columns"]}
    return KnownTimes((tree(row),) if row else (), {name: (tree(text),) for name, text in every.items() if text})


def _literal(value: Any) -> str:
    match value:
        case None:
            return "null"
        case Instant():
            return f"make_timestamptz({int(value)})"
        case Day():
            return f"date '1970-01-01' + {int(value)}"
        case str():
            return f"'{value}'"
    return repr(value)


def _plain(column: str, kind: str) -> str:
    return {"timestamp": f'epoch_us("{column}")', "date": f"\"{column}\" - date '1970-01-01'"}.get(kind, f'"{column}"')


def _typed(value: Any, kind: str) -> Any:
    of = {"timestamp": Instant, "date": Day}.get(kind)
    return value if value is None or of is None else of(value)


def _inside(time: int | None, moment: int, window: Any) -> bool:
    if time is None:
        return False
    if window is None:
        return time < moment
    return (window.start is None or time >= moment + window.start.micros) and time < moment + window.end.micros


@pytest.fixture
def oracle() -> type[Oracle]:
    return Oracle
