"""The part of the graph that makes tables: sources, their checks, examples and features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlc_compiler.check.facts import Check, Examples, Group, Known, Lookup, Outcome, Program, Source, Spine, Typed
from mlc_compiler.expression.aggregates import split_aggregates
from mlc_compiler.expression.query import render_query
from mlc_compiler.expression.render import render
from mlc_compiler.expression.types import Type
from mlc_compiler.graph.call import call_params, modules
from mlc_compiler.graph.render import known_sql, parameters, sql
from mlc_compiler.graph.step import Edge, Step, bound, parameter

SQL_ENGINE = ("duckdb",)


def columns(types: Mapping[str, Type]) -> list[dict[str, str]]:
    """Columns and their types as plain data."""
    return [{"name": name, "type": str(kind)} for name, kind in types.items()]


def source_steps(program: Program, source: Source) -> Iterator[Step]:
    """The steps that give a source's table and the report of its checks."""
    zone = program.spec.timezone
    name, origin = f"sources.{source.name}", (source.place.path,)
    shape = {"columns": columns(source.columns), "key": list(source.key), "time": source.time, "timezone": zone}
    masks = {
        "known": {
            column: known_sql(known) for column, known in source.known.items() if known and known != source.row_known
        },
        "row_known": known_sql(source.row_known),
        "as_of": parameter("as_of"),
    }
    inputs = tuple(Edge(port, f"sources.{table}", "table") for port, table in source.inputs.items())
    if source.query is not None:
        statement = render_query(source.query, {table: program.sources[table].known for table in source.inputs.values()})
        params = {**shape, **masks, "sql": statement, "parameters": parameters_of_query(source)}
        yield Step(name, "query", params, inputs, {"table": "table"}, libraries=SQL_ENGINE, origin=origin)
    elif source.call is not None:
        params = {**shape, **masks, **call_params(source.call)}
        code = modules(source.call)
        yield Step(name, "make", params, inputs, {"table": "table"}, code=code, origin=origin)
    else:
        params = {**shape, **masks, "fingerprint": bound("sources", source.name), "locate": source.read}
        yield Step(name, "read", params, inputs, {"table": "table"}, libraries=SQL_ENGINE, origin=origin)
    yield Step(
        f"{name}.checks",
        "check",
        {**shape, "checks": [_check(check) for check in source.checks], **masks}
        | {"parameters": parameters(check.expect for check in source.checks)},
        (Edge("table", name, "table"),),
        {"report": "report"},
        libraries=SQL_ENGINE,
        root=True,
        origin=origin,
    )


def parameters_of_query(source: Source) -> Mapping[str, Any]:
    """The run's parameters that a source's SQL reads."""
    assert source.query is not None
    return {name: parameter(name) for name in sorted(source.query.variables)}


def _check(check: Check) -> dict[str, Any]:
    if check.expect is None:
        return {"fresh": check.fresh, "warn": check.warn}
    return {
        "expect": check.expect.expression.text,
        "sql": sql(check.expect),
        "aggregate": check.aggregate,
        "at_most": check.at_most,
        "warn": check.warn,
    }


def examples_steps(program: Program, examples: Examples, used: tuple[str, ...]) -> Iterator[Step]:
    """The steps that give the rows of some examples with their labels and parts.

    Groups that the population's filter reads are computed on all rows, the others (`used` by trainings, or by
    the label) only on the rows that the filter keeps.
    """
    name = f"examples.{examples.name}"
    yield rows_step(program, examples, f"{name}.all", examples.at)
    for group in examples.early:
        yield group_step(program, examples, examples.groups[group], f"{name}.all", f"{name}.{group}")
    kept = f"{name}.all"
    if examples.where is not None:
        kept = f"{name}.kept"
        yield filter_step(program, examples, kept, f"{name}.all")
    for group in examples.groups:
        if group in used and group not in examples.early:
            yield group_step(program, examples, examples.groups[group], kept, f"{name}.{group}")
    yield from label_steps(program, examples, kept)


def filter_step(program: Program, examples: Examples, name: str, rows: str) -> Step:
    """The step that keeps the rows of the population; groups stand under the names of the rows that they are for."""
    zone = program.spec.timezone
    prefix = name.removesuffix(".kept")
    return Step(
        name,
        "filter",
        {"where": sql(examples.where), "timezone": zone, "parameters": parameters([examples.where])},
        (Edge("rows", rows, "table"), *group_edges(prefix, examples.early)),
        {"table": "table"},
        libraries=SQL_ENGINE,
        origin=((*examples.place.path, "where"),),
    )


def rows_step(
    program: Program, examples: Examples, name: str, at: Typed | Spine | None, *, now: bool = False
) -> Step:
    """The step that gives the rows and their moments; of a spine, with `now`, those at `$as_of` alone."""
    source = program.sources[examples.source]
    moment: dict[str, Any] | None = None
    read: list[Typed | None] = []
    match at:
        case Spine(every, start, until, by):
            moment = {"every": every, "from": start, "until": until, "by": list(by), "now": now}
        case Typed():
            moment, read = {"sql": sql(at)}, [at]
    params = {
        "at": moment,
        "columns": columns(source.columns),
        "key": list(source.key),
        "time": source.time,
        "row_known": known_sql(source.row_known),
        "timezone": program.spec.timezone,
        "as_of": parameter("as_of"),
        "parameters": parameters(read),
    }
    edge = Edge("source", f"sources.{source.name}", "table")
    return Step(
        name, "examples", params, (edge,), {"table": "table"}, libraries=SQL_ENGINE, origin=(examples.place.path,)
    )


def group_edges(prefix: str, groups: tuple[str, ...]) -> tuple[Edge, ...]:
    """Edges to the tables of some feature groups, each under the group's name."""
    return tuple(Edge(group, f"{prefix}.{group}", "table") for group in groups)


def group_step(program: Program, examples: Examples, group: Group, rows: str, name: str) -> Step:
    """The step that evaluates a feature group for some rows."""
    prefix = name.removesuffix(f".{group.name}")
    inputs = (Edge("rows", rows, "table"), *group_edges(prefix, group.groups))
    params: dict[str, Any] = {"timezone": program.spec.timezone}
    code: tuple[str, ...] = ()
    if group.lookup is not None:
        op = "features"
        source = program.sources[group.lookup.source]
        inputs += (Edge("source", f"sources.{source.name}", "table"),)
        params |= lookup_params(program, group.lookup)
        params["columns"] = [
            lookup_column(source, group.lookup, column, expression)
            for column, expression in group.expressions.items()
        ]
        params["parameters"] = parameters([*group.expressions.values(), group.lookup.where])
    elif group.call is not None:
        op, code = "apply", modules(group.call)
        params |= call_params(group.call) | {"columns": columns(group.columns), "arguments": dict(group.arguments)}
    else:
        op = "compute"
        params["columns"] = [
            {"name": column, "type": str(group.columns[column]), "sql": sql(expression)}
            for column, expression in group.expressions.items()
        ]
        params["parameters"] = parameters(group.expressions.values())
    return Step(
        name,
        op,
        params,
        inputs,
        {"table": "table"},
        code=code,
        libraries=SQL_ENGINE,
        origin=(group.place.path,),
    )


def lookup_params(program: Program, lookup: Lookup) -> dict[str, Any]:
    """How rows are looked up, as plain data."""
    source = program.sources[lookup.source]
    time = source.time
    return {
        "join": [list(pair) for pair in lookup.join],
        "window": list(lookup.window),
        "time": time,
        "date_time": time is not None and source.columns[time].kind == "date",
        "refresh": lookup.refresh,
        "key": list(source.key),
        "where": sql(lookup.where),
    }


def lookup_column(source: Source, lookup: Lookup, name: str, expression: Typed) -> dict[str, Any]:
    """One column of a lookup: an aggregate over the rows that take part, or the latest of them."""
    read = [*expression.expression.columns, *(theirs for _, theirs in lookup.join)]
    read += [source.time] if source.time else []
    read += lookup.where.expression.columns if lookup.where else []
    known = known_of(source, read)
    column: dict[str, Any] = {"name": name, "type": str(expression.type), "known": known_sql(known)}
    if expression.expression.aggregates:
        value, aggregates = split_aggregates(expression.expression)
        return column | {"value": value, "aggregates": aggregates}
    return column | {"latest": render(expression.expression)}


def known_of(source: Source, read: list[str]) -> Known:
    """The known time of what an expression reads in a row: the greatest of its columns' and the row's own."""
    terms = dict.fromkeys(source.row_known)
    for column in read:
        terms |= dict.fromkeys(source.known.get(column, ()))
    return tuple(terms)


def label_steps(program: Program, examples: Examples, rows: str) -> Iterator[Step]:
    """The steps that give labels, weights and known times, and then the parts of the split."""
    name = f"examples.{examples.name}"
    zone = program.spec.timezone
    inputs = (Edge("rows", rows, "table"), *group_edges(name, (*examples.early, *examples.late)))
    label = examples.label
    if isinstance(label, Outcome):
        source = program.sources[label.lookup.source]
        yield Step(
            f"{name}.outcome",
            "outcome",
            lookup_params(program, label.lookup)
            | {
                "label": lookup_column(source, label.lookup, "$label", label.value),
                "type": str(label.value.type),
                "timezone": zone,
                "as_of": parameter("as_of"),
                "parameters": parameters([label.value, label.lookup.where]),
            },
            (inputs[0], *group_edges(name, label_groups(examples)), Edge("source", f"sources.{source.name}", "table")),
            {"table": "table"},
            libraries=SQL_ENGINE,
            origin=((*examples.place.path, "label"),),
        )
        inputs += (Edge("outcome", f"{name}.outcome", "table"),)
    own = label if isinstance(label, Typed) else None
    yield Step(
        name,
        "label",
        {
            "label": sql(own),
            "known": known_sql(examples.label_known),
            "weight": sql(examples.weight),
            "part": sql(examples.part),
            "timezone": zone,
            "parameters": parameters([own, examples.weight, examples.part]),
        },
        inputs,
        {"table": "table"},
        libraries=SQL_ENGINE,
        origin=(examples.place.path,),
    )
    if examples.split is not None:
        yield Step(
            f"{name}.parts",
            "split",
            {**examples.split, "gap": examples.gap, "as_of": parameter("as_of"), "seed": program.spec.seed},
            (Edge("rows", name, "table"),),
            {"table": "table", "report": "report"},
            libraries=SQL_ENGINE,
            origin=((*examples.place.path, "split"),),
        )


def label_groups(examples: Examples) -> tuple[str, ...]:
    """The groups whose columns an outcome joins on."""
    if not isinstance(examples.label, Outcome):
        return ()
    joined = {mine.partition(".")[0] for mine, _ in examples.label.lookup.join if "." in mine}
    return tuple(group for group in examples.groups if group in joined)
