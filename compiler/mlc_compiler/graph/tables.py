"""The part of the graph that makes tables: sources, their checks, examples and features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlc_compiler.check.facts import Check, Examples, Group, Known, Lookup, Outcome, Program, Source, Spine, Typed
from mlc_compiler.expression.aggregates import split_aggregates
from mlc_compiler.expression.query import KnownTimes, render_query
from mlc_compiler.expression.render import render
from mlc_compiler.expression.types import TIMESTAMP, Type
from mlc_compiler.graph.call import call_params, modules
from mlc_compiler.graph.render import known_sql, parameters, sql
from mlc_compiler.graph.step import Edge, Step, bound, parameter
from mlc_compiler.spec.examples import RandomSplit, TimeSplit
from mlc_compiler.spec.sources import Read

SQL_ENGINE = ("duckdb",)


def columns(types: Mapping[str, Type]) -> list[dict[str, str]]:
    """Columns and their types as plain data."""
    return [{"name": name, "type": str(kind)} for name, kind in types.items()]


def source_steps(program: Program, source: Source) -> Iterator[Step]:
    """The steps that give a source's table and the report of its checks."""
    zone = program.spec.timezone
    name, origin = f"sources.{source.name}", (source.place.path,)
    shape: dict[str, Any] = {
        "columns": columns(source.columns),
        "key": list(source.key),
        "time": source.time,
        "timezone": zone,
    }
    masks = {
        "known": {
            column: known_sql(known) for column, known in source.known.items() if known and known != source.row_known
        },
        "row_known": known_sql(source.row_known),
        "as_of": parameter("as_of"),
    }
    inputs = tuple(Edge(port, f"sources.{table}", "table") for port, table in source.inputs.items())
    params, code, op = {**shape, **masks}, tuple[str, ...](), "read"
    if source.query is not None:
        op = "query"
        params |= {"sql": _query_sql(program, source), "parameters": _query_parameters(source)}
    elif source.call is not None:
        op, code = "make", modules(source.call)
        params |= call_params(source.call)
    elif source.read is not None:
        made = _made_by_step(program, source.read)
        inputs = () if made is None else (made,)
        params["locate"] = source.read.model_dump(exclude_none=True)
        if made is None:
            params["fingerprint"] = bound("sources", source.name)
    outputs = {"table": "table", "report": "report"}
    yield Step(name, op, params, inputs, outputs, code=code, distributions=SQL_ENGINE, origin=origin)
    yield Step(
        f"{name}.checks",
        "check",
        {**shape, "columns": columns(_checked(source)), "checks": [_check(check) for check in source.checks], **masks}
        | {"parameters": parameters(check.expect for check in source.checks)},
        (Edge("table", name, "table"),),
        {"report": "report"},
        distributions=SQL_ENGINE,
        root=True,
        origin=origin,
    )


def _made_by_step(program: Program, read: Read) -> Edge | None:
    """The edge to the step whose `file` output the source reads, where its path names one."""
    step, _, output = (read.path or "").partition(".")
    facts = program.steps.get(step)
    if facts is None or facts.spec.outputs.get(output) != "file":
        return None
    return Edge("path", step, output)


def _query_sql(program: Program, source: Source) -> str:
    """The SQL of a derived source, with the known times that it carries along."""
    assert source.query is not None
    known = {
        table: KnownTimes(
            tuple(expression.tree for expression in facts.row_known),
            {column: tuple(each.tree for each in times) for column, times in facts.known.items()},
        )
        for table, facts in ((table, program.sources[table]) for table in source.inputs.values())
    }
    return render_query(source.query.bound, known)


def _query_parameters(source: Source) -> Mapping[str, Any]:
    """The run's parameters that a source's SQL reads."""
    assert source.query is not None
    return {name: parameter(name) for name in sorted(source.query.variables)}


def _checked(source: Source) -> Mapping[str, Type]:
    """The columns that a source's checks look at, and its key; nobody asks of others whether they are there."""
    looked = {column for check in source.checks if check.expect for column in check.expect.expression.columns}
    return {name: kind for name, kind in source.columns.items() if name in looked or name in source.key}


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
    """The steps that give the rows of some examples with their features, labels and parts.

    Feature groups that the population's filter reads are computed for all rows, the others only for those it keeps.
    """
    name = f"examples.{examples.name}"
    rows = f"{name}.rows" if examples.where is None else f"{name}.all"
    yield rows_step(program, examples, rows)
    early = examples.early if examples.where is not None else ()
    for early_name in early:
        yield group_step(program, examples.groups[early_name], rows, name)
    if examples.where is not None:
        yield filter_step(program, examples, f"{name}.rows", rows, name)
    for group in examples.groups.values():
        if group.name in used and group.name not in early:
            yield group_step(program, group, f"{name}.rows", name)
    yield from label_steps(program, examples, f"{name}.rows")


def filter_step(program: Program, examples: Examples, name: str, rows: str, groups: str) -> Step:
    """The step that keeps the rows of the population; `groups` is whose feature groups it reads."""
    zone = program.spec.timezone
    return Step(
        name,
        "filter",
        {"where": sql(examples.where), "timezone": zone, "parameters": parameters([examples.where])},
        (Edge("rows", rows, "table"), *group_edges(groups, examples.early)),
        {"table": "table"},
        distributions=SQL_ENGINE,
        origin=((*examples.place.path, "where"),),
    )


def rows_step(program: Program, examples: Examples, name: str, *, now: bool = False) -> Step:
    """The step that gives the rows and their moments; of a spine, with `now`, those at `$as_of` alone."""
    source = program.sources[examples.source]
    moment: dict[str, Any] | None = None
    read: list[Typed | None] = []
    match examples.at:
        case Spine(every, start, until, by):
            moment = {"every": every, "from": start, "until": until, "by": list(by), "now": now}
        case Typed():
            moment = {"sql": sql(examples.at)}
            read.append(examples.at)
    params = {
        "at": moment,
        "columns": columns({**source.columns, **_hidden(source, examples)}),
        "key": list(source.key),
        "time": source.time,
        "row_known": known_sql(source.row_known),
        "timezone": program.spec.timezone,
        "as_of": parameter("as_of"),
        "parameters": parameters(read),
    }
    edge = Edge("source", f"sources.{source.name}", "table")
    outputs = {"table": "table"}
    return Step(name, "examples", params, (edge,), outputs, distributions=SQL_ENGINE, origin=(examples.place.path,))


def _hidden(source: Source, examples: Examples) -> dict[str, Type]:
    """The known times of a derived source that tell when a label is known."""
    return {name: TIMESTAMP for time in examples.label_known for name in time.columns if name not in source.columns}


def group_name(owner: str, group: str) -> str:
    """The name of the step that evaluates a feature group for the examples or the serving `owner`."""
    return f"{owner}.features.{group}"


def group_edges(owner: str, groups: tuple[str, ...]) -> tuple[Edge, ...]:
    """Edges to the tables of some feature groups."""
    return tuple(group_edge(owner, group) for group in groups)


def group_edge(owner: str, group: str) -> Edge:
    """The edge to a feature group's table; its port begins with a word, so that a group may have any name."""
    return Edge(f"features.{group}", group_name(owner, group), "table")


def group_step(program: Program, group: Group, rows: str, owner: str) -> Step:
    """The step that evaluates a feature group for some rows."""
    inputs = (Edge("rows", rows, "table"), *group_edges(owner, group.groups))
    params: dict[str, Any] = {"timezone": program.spec.timezone}
    outputs = {"table": "table"}
    code: tuple[str, ...] = ()
    if group.lookup is not None:
        op = "features"
        outputs["report"] = "report"
        source = program.sources[group.lookup.source]
        inputs += (Edge("source", f"sources.{source.name}", "table"),)
        params |= lookup_params(program, group.lookup)
        params["columns"] = [
            lookup_column(source, group.lookup, column, expression) for column, expression in group.expressions.items()
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
        group_name(owner, group.name),
        op,
        params,
        inputs,
        outputs,
        code=code,
        distributions=SQL_ENGINE,
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
        "where": None if lookup.where is None else {"sql": sql(lookup.where)},
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
    terms = dict.fromkeys((*source.row_known, *source.row_carried))
    for column in read:
        terms |= dict.fromkeys((*source.known.get(column, ()), *source.carried.get(column, ())))
    return tuple(terms)


def label_steps(program: Program, examples: Examples, rows: str) -> Iterator[Step]:
    """The steps that give labels, weights and known times, and then the parts of the split."""
    name = f"examples.{examples.name}"
    zone = program.spec.timezone
    inputs = (Edge("rows", rows, "table"), *group_edges(name, tuple(dict.fromkeys((*examples.early, *examples.late)))))
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
            distributions=SQL_ENGINE,
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
        distributions=SQL_ENGINE,
        origin=(examples.place.path,),
    )
    if examples.split is not None:
        yield split_step(program, examples)


def split_step(program: Program, examples: Examples) -> Step:
    """The step that gives each example its parts."""
    split = examples.split
    params: dict[str, Any] = {"as_of": parameter("as_of"), "seed": program.spec.seed}
    match split:
        case TimeSplit():
            train = split.train if isinstance(split.train, str) else split.train.micros
            params |= {
                "by": "time",
                "test": split.test.micros,
                "validation": split.validation.micros if split.validation else None,
                "folds": split.folds,
                "train": None if train == "all" else train,
                "gap": examples.gap,
            }
        case RandomSplit():
            params |= {"by": "random", "test": split.test, "validation": split.validation, "folds": split.folds}
            params |= {
                "group": [split.group] if split.group else None,
                "key": list(program.sources[examples.source].key),
            }
        case _:
            params |= {"by": "expression"}
    return Step(
        f"examples.{examples.name}.parts",
        "split",
        params,
        (Edge("rows", f"examples.{examples.name}", "table"),),
        {"table": "table", "report": "report"},
        origin=((*examples.place.path, "split"),),
    )


def label_groups(examples: Examples) -> tuple[str, ...]:
    """The groups whose columns an outcome joins on."""
    if not isinstance(examples.label, Outcome):
        return ()
    joined = {mine.partition(".")[0] for mine, _ in examples.label.lookup.join if "." in mine}
    return tuple(group for group in examples.groups if group in joined)
