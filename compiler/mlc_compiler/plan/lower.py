"""Graph to plan: names of things become what the runtime needs, and nothing grows with the fan-out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_compiler.check.facts import Examples, Outcome, Program, Typed
from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Step
from mlc_compiler.graph.tables import source_steps
from mlc_compiler.plan.code import Closure, Closures
from mlc_runtime.keys import static_key
from mlc_runtime.ops import VERSIONS
from mlc_runtime.plan import Plan, PlanAxis, PlanStep


def lower(graph: Graph, program: Program, code: Closures) -> Plan:
    """The plan of a graph.

    Args:
        graph: verified.
        program: the facts that it was built from.
        code: what the user's code that its steps name reaches.
    """
    return Plan(
        name=program.spec.name,
        params=_parameters(program),
        axes={axis.name: _axis(axis) for axis in graph.axes},
        steps=tuple(_step(step, code[step.code]) for step in graph.steps),
        spec=_spec(program),
        files=dict(file for each in code.values() for file in each.files),
    )


def _axis(axis: Axis) -> PlanAxis:
    match axis.values:
        case Found(step, port, fields, within, at_most):
            found = (step, port)
            return PlanAxis(axis.name, fields, axis.given, found=found, within=within, at_most=at_most)
        case Project(base, fields):
            return PlanAxis(axis.name, fields, axis.given, project=base)
        case relation:
            return PlanAxis(axis.name, relation.fields, axis.given, values=relation)


def _step(step: Step, code: Closure) -> PlanStep:
    return PlanStep(
        name=step.name,
        op=step.op,
        static=static_key(step.op, VERSIONS[step.op], code.fingerprint),
        params=step.params,
        inputs=step.inputs,
        outputs=step.outputs,
        axes=step.axes,
        want=step.want,
        where=step.where,
        members=step.members,
        policy=step.policy,
        tiles=step.tiles,
        code=code.fingerprint,
        distributions=tuple(sorted({*step.distributions, *code.libraries})),
        origin=step.origin,
        also=step.also,
        effect=step.effect,
        pure=step.pure,
        root=step.root,
    )


def _parameters(program: Program) -> Mapping[str, Any]:
    """The declarations of the run's parameters."""
    return {
        name: parameter.model_dump(mode="json", exclude_none=True)
        for name, parameter in program.spec.parameters.items()
    }


def _spec(program: Program) -> Mapping[str, Any]:
    """What the runtime needs of the spec beside its steps."""
    spec = program.spec
    return {
        "timezone": spec.timezone,
        "seed": spec.seed,
        "as_of": _as_of(program),
        "asserted": [name for name, source in program.sources.items() if source.asserted],
        "experiments": list(spec.experiments),
        "online": [name for name, serving in spec.serving.items() if serving.mode == "online"],
        "trainings": {
            name: {"examples": training.examples, "task": training.task, "each": list(training.each)}
            for name, training in program.trainings.items()
        },
        "schedule": [entry.model_dump(mode="json", exclude_none=True) for entry in spec.schedule],
    }


def _as_of(program: Program) -> list[dict[str, Any]]:
    """The reads whose latest known time is the default of `as_of`: those that labels are read from.

    Each is told in full: it is looked at before anything runs, whether a step of the plan reads it or not.
    """
    sources: dict[str, None] = {}
    for examples in program.examples.values():
        todo = list(_label_sources(examples))
        while todo:
            name = todo.pop(0)
            source = program.sources[name]
            todo += source.inputs.values()
            if source.kind != "sql" and (source.time is not None or source.row_known):
                sources[name] = None
    reads = (next(source_steps(program, program.sources[name])) for name in sources)
    return [
        {
            "name": read.name,
            "op": read.op,
            "params": {name: value for name, value in read.params.items() if name not in ("as_of", "fingerprint")},
        }
        for read in reads
    ]


def _label_sources(examples: Examples) -> list[str]:
    match examples.label:
        case Outcome(lookup):
            return [lookup.source]
        case Typed():
            return [examples.source]
    return []
