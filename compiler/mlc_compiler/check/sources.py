"""Sources: their columns and types, their time, and when each value becomes known."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

from mlc_compiler.check.entries import Entries, File, reachable
from mlc_compiler.check.facts import Check, Known, Source
from mlc_compiler.check.findings import Findings, column
from mlc_compiler.check.time.made import check_made
from mlc_compiler.expression.expression import Expression
from mlc_compiler.expression.parse import parse
from mlc_compiler.expression.scope import Scope
from mlc_compiler.expression.types import TIMESTAMP, UNKNOWN, Type, temporal
from mlc_compiler.source.place import Place
from mlc_compiler.spec.call import Call
from mlc_compiler.spec.sources import Source as SourceSpec


def check_sources(entries: Entries, parameters: Mapping[str, Type], findings: Findings) -> dict[str, Source]:
    """The facts of every source that is sound, in the order of the spec."""
    known = {name: (spec, file) for name, spec, file in entries.sources()}
    reads = {
        name: {
            reachable(table, file, known): (argument, place)
            for argument, table, place in _inputs(spec, file.place("sources", _own(name, file)), entries)
        }
        for name, (spec, file) in known.items()
    }
    missing = entries.broken("sources")
    for name, tables in reads.items():
        for table, (_, place) in tables.items():
            if table not in known and table not in missing:
                code = "MLC201" if known[name][0].sql is None else "MLC320"
                findings.unknown("source", table, known, place, code=code)
    facts: dict[str, Source] = {}
    for name in _order(known, {name: set(tables) for name, tables in reads.items()}, findings):
        spec, file = known[name]
        if all(table in facts for table in reads[name]):
            inputs = {argument: table for table, (argument, _) in reads[name].items()}
            source = _source(name, spec, file, inputs, facts, parameters, findings)
            if source is not None:
                facts[name] = source
    return {name: facts[name] for name in known if name in facts}


def _own(name: str, file: File) -> str:
    return name.removeprefix(f"{file.alias}.") if file.alias else name


def _inputs(spec: SourceSpec, place: Place, entries: Entries) -> list[tuple[str, str, Place]]:
    """What a source is derived from: the name it is read by, the source, and where that is said."""
    if spec.read is not None and spec.read.path is not None:
        step = spec.read.path.partition(".")[0]
        return [(table, table, place.child("read")) for table in sorted(_through(step, entries, set()))]
    if spec.sql is not None:
        from mlc_compiler.expression.query import tables_of

        return [(table, table, place.child("sql").within(start, end)) for table, start, end in tables_of(spec.sql)]
    return [(argument, table, place.child("inputs", argument)) for argument, table in spec.inputs.items()]


def _through(step: str, entries: Entries, seen: set[str]) -> set[str]:
    """The sources that a step reads, itself or through examples, trainings and other steps."""
    spec = entries.spec
    if step not in spec.steps or step in seen:
        return set()
    seen.add(step)
    known = {source for source, _, _ in entries.sources()}
    found: set[str] = set()
    for text in spec.steps[step].inputs.values():
        section, _, rest = text.partition(".")
        name = rest if section in ("sources", "examples", "training") else text
        name = spec.training[name].examples if name in spec.training else name
        if section != "examples" and name in known and text not in spec.training:
            found.add(name)
        elif name in spec.examples and spec.examples[name].from_ in known:
            found.add(spec.examples[name].from_)
        found |= _through(section, entries, seen)
    return found


def _order(
    known: Mapping[str, tuple[SourceSpec, File]], reads: Mapping[str, set[str]], findings: Findings
) -> tuple[str, ...]:
    """Sources with those that they read before them; a circle is reported and left out."""
    graph = {name: sorted(table for table in tables if table in known) for name, tables in reads.items()}
    while True:
        try:
            return tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle: list[str] = error.args[1][:-1]
            first = circle.index(min(circle))
            names = [*circle[first:], *circle[:first]][::-1]
            _, file = known[names[0]]
            findings.add(
                "MLC203",
                "these sources read each other: " + " -> ".join(f"`{name}`" for name in (*names, names[0])),
                file.place("sources", _own(names[0], file)).key(),
                help="let one of them read from outside",
            )
            graph = {name: tables for name, tables in graph.items() if name not in circle}
            graph = {name: [table for table in tables if table in graph] for name, tables in graph.items()}


def _source(
    name: str,
    spec: SourceSpec,
    file: File,
    inputs: Mapping[str, str],
    facts: Mapping[str, Source],
    parameters: Mapping[str, Type],
    findings: Findings,
) -> Source | None:
    place = file.place("sources", _own(name, file))
    derived = None
    lost = dict.fromkeys(file.cut("sources", _own(name, file), "columns"), UNKNOWN)
    columns: dict[str, Type] = dict(sorted((spec.columns | lost).items()))
    if spec.sql is not None:
        from mlc_compiler.check.time.query import query_facts

        derived = query_facts(spec, place, inputs, facts, parameters, findings)
        if derived is None:
            return None
        columns = dict(derived.columns)
    check_made(spec, place, inputs, facts, findings)
    for column_name in columns:
        if column_name.startswith("$"):
            findings.add(
                "MLC207",
                f"`{column_name}` begins with a `$`",
                place.child("columns", column_name).key(),
                why="such names are parameters in expressions, and the columns that mlc adds to tables",
                help="give the column another name where the data is made, or in a `query`",
            )
    key = _names(spec.key or (), columns, place.child("key"), name, findings)
    time = _time(spec.time, columns, place.child("time"), findings) if spec.time is not None else None
    if time is not None:
        columns.setdefault(time, TIMESTAMP)
    if spec.static and (time is not None or spec.known is not None):
        findings.add(
            "MLC402",
            f"source `{name}` is `static` and has a time",
            place.child("static"),
            why="a static source asserts that its values never change in a way that matters",
            help="leave out `static`, or `time` and `known`",
        )
    stated = {} if spec.static else _stated(spec, columns, place, parameters, findings)
    default: Known = ()
    if time is not None:
        default = (_end(column(time), columns[time]),)
    carried = derived if derived is not None and not derived.betrays and not spec.static else None
    if carried is not None and "*" not in stated:
        row_known = carried.row_known
        known = {**dict.fromkeys(columns, row_known), **carried.known, **stated}
    else:
        row_known = stated.get("*", default)
        known = {column_name: stated.get(column_name, row_known) for column_name in columns}
    variables = {**parameters, "as_of": TIMESTAMP}
    scope = Scope(columns=columns, variables=variables, aggregates=True, columns_of=f"source `{name}`")
    return Source(
        name=name,
        place=place,
        kind="sql" if spec.sql is not None else "use" if spec.use is not None else "read",
        columns=columns,
        key=key,
        time=time,
        static=spec.static,
        known=known,
        row_known=row_known,
        carried=carried.known if carried is not None and stated else {},
        row_carried=carried.row_known if carried is not None and stated else (),
        inputs=inputs,
        query=derived.query if derived is not None else None,
        call=Call(use=spec.use, **{"with": spec.with_}) if spec.use is not None else None,
        read=spec.read,
        checks=tuple(_checks(spec, place, scope, findings)),
        asserted=spec.use is not None or (derived is not None and (derived.betrays or bool(stated))),
    )


def _names(
    names: tuple[str, ...], columns: Mapping[str, Type], place: Place, source: str, findings: Findings
) -> tuple[str, ...]:
    for position, name in enumerate(names):
        if name not in columns:
            findings.unknown(f"column of source `{source}`", name, columns, place.child(position), code="MLC204")
    return tuple(name for name in names if name in columns)


def _stated(
    spec: SourceSpec,
    columns: Mapping[str, Type],
    place: Place,
    parameters: Mapping[str, Type],
    findings: Findings,
) -> dict[str, Known]:
    """The known times that the author states, by column, with `*` for the others."""
    stated: dict[str, Known] = {}
    scope = Scope(columns=columns, variables=parameters, columns_of="this source")
    for name, text in (spec.known or {}).items():
        here = place.child("known", name)
        if name != "*" and name not in columns:
            findings.unknown("column", name, columns, here.key(), code="MLC204")
            continue
        typed = findings.typed(text, here, scope, expect="timestamp date")
        if typed is not None:
            stated[name] = (_end(typed.expression, typed.type),)
    return stated


def _time(written: str, columns: Mapping[str, Type], place: Place, findings: Findings) -> str:
    """The column that says when a row happened.

    Where it is none, the one that was probably meant stands in, so that one mistake does not hide what else is wrong.
    """
    if written not in columns:
        findings.unknown("column", written, columns, place, code="MLC204")
        times = [name for name, kind in columns.items() if temporal(kind)]
        return next(iter(get_close_matches(written, times, n=1)), written)
    if not temporal(columns[written]):
        findings.add(
            "MLC401",
            f"`time` is a `{columns[written]}`, not a `date` or `timestamp`",
            place,
            help=f"declare `{written}` as `timestamp`, or name another column",
        )
    return written


def _end(expression: Expression, kind: Type) -> Expression:
    """A known time as an instant: a date is known at its end."""
    if kind.kind != "date":
        return expression
    ended, problems = parse(f"(({expression.text}) + 1)::timestamp")
    assert ended is not None, problems
    return ended


def _checks(spec: SourceSpec, place: Place, scope: Scope, findings: Findings) -> list[Check]:
    found: list[Check] = []
    for position, check in enumerate(spec.checks):
        here = place.child("checks", position)
        if check.expect is None:
            if spec.time is None:
                findings.add("MLC403", "`fresh` needs a source with `time`", here.child("fresh"))
            found.append(Check(here, None, warn=check.warn, fresh=check.fresh.micros if check.fresh else None))
            continue
        typed = findings.typed(check.expect, here.child("expect"), scope, expect="bool")
        if typed is not None:
            aggregate = bool(typed.expression.aggregates)
            found.append(Check(here, typed, aggregate, check.at_most, check.warn))
    return found
