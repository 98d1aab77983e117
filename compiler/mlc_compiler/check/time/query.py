"""The known times of a source that is derived by SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mlc_compiler.check.facts import Known, Source
from mlc_compiler.check.findings import Findings, column
from mlc_compiler.check.time.guarantees import renamed
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
    for problem in problems:
        inside = here.within(problem.start, problem.end)
        findings.add(problem.code, problem.message, inside, why=problem.why, help=problem.help)
    if query is None:
        return None
    if query.betrayals and any(_timed(source) for source in tables.values()):
        if not spec.known and not spec.static:
            _refuse(query, place, list(tables.values()), findings)
        return DerivedSource(query.columns, query, betrays=True)
    if query.betrayals:
        return DerivedSource(query.columns, query, dict.fromkeys(query.columns, ()))
    ways = [_Way(branch, tables) for branch in query.branches]
    row_known = _agreed("*", [way.known(way.branch.row) for way in ways])
    known = {
        name: _agreed(name, [way.known((*way.branch.row, *way.branch.columns[name])) for way in ways])
        for name in query.columns
    }
    return DerivedSource(query.columns, query, known, row_known)


@dataclass(frozen=True)
class _Way:
    """One way in which a row comes about, and known times in the words of its output."""

    branch: Branch
    tables: Mapping[str, Source]

    def known(self, reads: Iterable[Read]) -> Known | None:
        """The known time of some reads over the output's columns; None where these do not hold what it takes."""
        found: dict[Expression, None] = {}
        for read in reads:
            source = self.tables[read.table]
            for time in source.known.get(read.column, source.row_known):
                said = self._said(time, read)
                if said is None:
                    return None
                found[said] = None
        return tuple(found)

    def _said(self, time: Expression, read: Read) -> Expression | None:
        names: dict[str, str] = {}
        for name, passed in self.branch.passed.items():
            if (passed.alias, passed.table) == (read.alias, read.table):
                names.setdefault(passed.column, name)
        if not names.keys() >= set(time.columns):
            return None
        if all(names[name] == name for name in time.columns):
            return time
        return Expression(_retold(time, names), renamed(time.tree, names))


def _retold(time: Expression, names: Mapping[str, str]) -> str:
    """The text of an expression with its columns under other names."""
    if isinstance(time.tree, Name):
        return names[time.tree.text]
    text = time.text
    for name in reversed(time.names):
        text = text[: name.start] + names[name.text] + text[name.end :]
    return text


def _agreed(name: str, ways: list[Known | None]) -> Known:
    """A known time that is the same whichever way a row came about; else a hidden column's."""
    first = ways[0] if ways else ()
    if first is not None and all(way is not None and set(way) == set(first) for way in ways):
        return first
    return (column(f"{KNOWN}{name}"),)


def _timed(source: Source) -> bool:
    """Whether any of its values has a time before which it is not known."""
    return bool(source.row_known) or any(source.known.values())


def _refuse(query: Query, place: Place, tables: list[Source], findings: Findings) -> None:
    timed = [source for source in tables if _timed(source)]
    for betrayal in query.betrayals:
        findings.add(
            "MLC440",
            f"{betrayal.construct} betrays the future",
            place.child("sql").within(betrayal.start, betrayal.end),
            why=f"{betrayal.why}, so what is there or not at `$at` tells what comes later",
            help="compute it in a feature, which sees only what was known; or say under `known` when the rows of "
            "this source are final",
            related=[Related(source.place.key(), f"`{source.name}` has known times") for source in timed],
        )
