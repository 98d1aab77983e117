"""The known times of a source that is derived by SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mlc_compiler.check.facts import Known, Source
from mlc_compiler.check.findings import Findings, column
from mlc_compiler.check.time.guarantees import renamed
from mlc_compiler.check.time.known import is_timed
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.expression.expression import Expression
from mlc_compiler.expression.query import Query, parse_query
from mlc_compiler.expression.query.bound import Branch, Read
from mlc_compiler.expression.query.render import KNOWN
from mlc_compiler.expression.tree import Name
from mlc_compiler.expression.types import Type
from mlc_compiler.source.place import Place
from mlc_compiler.spec.sources import Source as SourceSpec


@dataclass(frozen=True)
class DerivedSource:
    """What a query gives.

    Attributes:
        columns: its columns and their types.
        query: the query, checked.
        known: the known time of each column. Where it cannot be said in the query's own columns, it is one of the
            hidden columns that the runtime carries along.
        row_known: the known time of a row's existence.
        betrays: whether rows change or go when others arrive, so that only the author can say when they are known.
    """

    columns: Mapping[str, Type]
    query: Query
    known: Mapping[str, Known] = field(default_factory=dict)
    row_known: Known = ()
    betrays: bool = False


def query_facts(
    spec: SourceSpec,
    place: Place,
    inputs: Mapping[str, str],
    facts: Mapping[str, Source],
    parameters: Mapping[str, Type],
    findings: Findings,
) -> DerivedSource | None:
    """The facts of a source made by `sql`; None, with findings, where the query is not sound.

    The known time of an output column is the greatest of what it reads, of what joins and filters read, and of the
    existence of the rows that it is made from.

    Args:
        spec: the source, as written.
        place: where it stands.
        inputs: the sources that the SQL names: its name for them -> theirs.
        facts: the facts of the sources.
        parameters: the types of the run's parameters.
        findings: gets what is wrong.
    """
    assert spec.sql is not None
    here = place.child("sql")
    tables = {table: facts[name] for table, name in inputs.items()}
    query, problems = parse_query(spec.sql, {table: source.columns for table, source in tables.items()}, parameters)
    findings.problems(problems, here)
    if query is None:
        return None
    if query.betrayals and any(is_timed(source) for source in tables.values()):
        if not spec.known and not spec.static:
            _refuse(query, place, list(tables.values()), findings)
        return DerivedSource(query.columns, query, betrays=True)
    if query.betrayals:
        return DerivedSource(query.columns, query, dict.fromkeys(query.columns, ()))
    ways = [_Way(branch, tables) for branch in query.branches]
    row_known = _agreed("*", [way.said(way.times(way.branch.row)) for way in ways])
    known = {}
    for name in query.columns:
        own = _agreed(name, [way.said(way.own(name)) for way in ways])
        known[name] = own if _hidden(name) in own else tuple(dict.fromkeys((*row_known, *own)))
    return DerivedSource(query.columns, query, known, row_known)


_Time = tuple[str, str, Expression]
"""A known time in a row of a table: the table, the alias by which the query reads it, the expression."""


@dataclass(frozen=True)
class _Way:
    """One way in which a row comes about."""

    branch: Branch
    tables: Mapping[str, Source]

    def times(self, reads: Iterable[Read]) -> dict[_Time, None]:
        """When some reads are known."""
        return {
            (read.table, read.alias, time): None
            for read in reads
            for time in self.tables[read.table].known.get(read.column, self.tables[read.table].row_known)
        }

    def own(self, name: str) -> dict[_Time, None]:
        """When an output column is known, beyond the row that it stands in."""
        row = self.times(self.branch.row)
        return {time: None for time in self.times(self.branch.columns[name]) if time not in row}

    def said(self, times: Iterable[_Time]) -> Known | None:
        """Known times over the output's columns; None where these do not hold what it takes."""
        found: dict[Expression, None] = {}
        for table, alias, time in times:
            names: dict[str, str] = {}
            for name, passed in self.branch.passed.items():
                if (passed.table, passed.alias) == (table, alias):
                    names.setdefault(passed.column, name)
            if not names.keys() >= set(time.columns):
                return None
            found[_retold(time, names)] = None
        return tuple(found)


def _retold(time: Expression, names: Mapping[str, str]) -> Expression:
    """An expression with its columns under other names."""
    if all(names[column] == column for column in time.columns):
        return time
    text = time.text
    for name in reversed(time.names):
        text = text[: name.start] + names[name.text] + text[name.end :]
    tree = renamed(time.tree, names)
    return Expression(tree.text if isinstance(tree, Name) else text, tree)


def _hidden(name: str) -> Expression:
    """The hidden column that carries a known time."""
    return column(f"{KNOWN}{name}")


def _agreed(name: str, ways: list[Known | None]) -> Known:
    """A known time that is the same whichever way a row came about; else a hidden column's."""
    first = ways[0] if ways else ()
    if first is not None and all(way is not None and set(way) == set(first) for way in ways):
        return first
    return (_hidden(name),)


def _refuse(query: Query, place: Place, tables: list[Source], findings: Findings) -> None:
    first, *others = query.betrayals
    here = place.child("sql")
    findings.add(
        "MLC440",
        f"{first.construct} betrays the future",
        here.within(first.start, first.end),
        why=f"{first.why}, so what is there at `$at`, and what is not, tells what comes later",
        help="compute it in a feature, which sees only what was known; or say under `known` when the rows of "
        "this source are final",
        related=[
            *(Related(here.within(other.start, other.end), f"so does {other.construct}") for other in others),
            *(Related(source.place.key(), f"`{source.name}` has known times") for source in tables if is_timed(source)),
        ],
    )
