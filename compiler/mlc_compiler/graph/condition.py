"""Conditions: a gate that finds one record or none, and an axis over it.

    late_api.gate [] = gate {"sql": ..., "values": [...]} (late=late.report.report) -> run:index, reason:report
    axis late_api.go = found late_api.gate.run

A step that runs over the axis runs once or not at all, and needs no other rule.
"""

from __future__ import annotations

from mlc_compiler.check.facts import Condition, Program, Reference
from mlc_compiler.expression.render import render
from mlc_compiler.graph.axis import Axis, Found
from mlc_compiler.graph.call import metric_params
from mlc_compiler.graph.step import Edge, Step, bound, parameter
from mlc_compiler.source.place import Path

_MEASURED = 200
"""Rows by which a model's latency is measured."""


def gate(program: Program, name: str, condition: Condition, origin: Path) -> tuple[Axis, tuple[Step, ...]]:
    """The axis `NAME.go` of a condition and the steps that decide it."""
    edges: dict[str, Edge] = {}
    values: list[list[str]] = []
    live: dict[str, set[str]] = {}
    beside: dict[str, Step] = {}
    for reference in condition.references:
        match reference.kind:
            case "metric":
                edges[reference.name] = report_edge(program, reference.name)
                values.append([reference.name, *reference.path])
            case "live":
                live.setdefault(reference.name, set()).add(reference.path[0])
                port = f"{reference.name}.live"
                edges[port] = Edge(port, f"{name}.live.{reference.name}", "report")
                values.append([port, *reference.path])
            case "compared" | "latency":
                port = f"{reference.name}.{reference.kind}"
                beside[port] = _beside_step(program, name, reference, origin)
                edges[port] = Edge(port, beside[port].name, "report")
                values.append([port, *reference.path])
            case "output":
                port = ".".join((reference.name, *reference.path))
                over = (f"{reference.name}.go",) if program.steps[reference.name].when else ()
                edges[port] = Edge(port, reference.name, reference.path[0], over)
                values.append([port])
    names = {reference.text: f"v{position}" for position, reference in enumerate(condition.references)}
    decide = Step(
        f"{name}.gate",
        "gate",
        {
            "sql": render(condition.expression, name=lambda node: names[node.text]),
            "text": condition.expression.text,
            "values": values,
            "names": [reference.text for reference in condition.references],
            "live": [*(f"{training}.live" for training in live), *(p for p in beside if p.endswith(".compared"))],
            "parameters": {variable: parameter(variable) for variable in sorted(condition.expression.variables)},
        },
        tuple(edges.values()),
        {"run": "index", "reason": "report"},
        distributions=("duckdb",),
        origin=(origin,),
    )
    lived = tuple(live_step(program, name, training, sorted(parts), origin) for training, parts in live.items())
    return Axis(f"{name}.go", Found(decide.name, "run")), (*lived, *beside.values(), decide)


def _beside_step(program: Program, name: str, reference: Reference, origin: Path) -> Step:
    """The step that holds a candidate to the live model row by row, or that measures how long it takes."""
    training = program.trainings[reference.name]
    over = (f"{training.name}.go",) if training.when else ()
    rows = Edge("rows", f"{training.name}.rows", "table")
    if reference.kind == "latency":
        return Step(
            f"{name}.latency.{training.name}",
            "latency",
            {"rows": _MEASURED},
            (Edge("model", f"{training.name}.bundle", "model", over, missing=bool(over)), rows),
            {"report": "report"},
            distributions=("sklearn",),
            pure=False,
            origin=(origin,),
        )
    return Step(
        f"{name}.compared.{training.name}",
        "compare",
        {"name": training.name, "version": bound("live", training.name), "task": training.task},
        (Edge("candidate", f"{training.name}.test", "predictions", over, missing=bool(over)), rows),
        {"report": "report"},
        distributions=("scipy", "sklearn"),
        origin=(origin,),
    )


def report_edge(program: Program, training: str) -> Edge:
    """An edge to what a training's candidate is worth; missing where its own condition says no."""
    over = (f"{training}.go",) if program.trainings[training].when else ()
    return Edge(training, f"{training}.report", "report", over, missing=bool(over))


def live_step(program: Program, name: str, training: str, parts: list[str], origin: Path) -> Step:
    """The step that judges the live model of a training on parts of the candidate's rows."""
    facts = program.trainings[training]
    return Step(
        f"{name}.live.{training}",
        "live",
        {
            "name": training,
            "version": bound("live", training),
            "task": facts.task,
            "metrics": metric_params(facts.metrics),
            "fields": list(facts.each),
            "parts": parts,
        },
        (Edge("rows", f"{training}.rows", "table"),),
        {"report": "report"},
        code=facts.metric_code,
        distributions=("sklearn",),
        origin=(origin,),
    )
