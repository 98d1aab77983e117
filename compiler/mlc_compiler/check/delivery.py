"""Servings and steps: what they read and what they wait for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mlc_compiler.check.conditions import Readable, check_condition
from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Examples, Serving, Source, StepFacts, StepInput, Training
from mlc_compiler.check.findings import Findings
from mlc_compiler.expression.types import Type
from mlc_compiler.source.place import Place
from mlc_compiler.spec.serving import Batch

STATUS = "RUN.status"
"""How the run stands, `done` or `failed`; for steps that run last."""


def check_serving(
    entries: Entries,
    trainings: Mapping[str, Training],
    examples: Mapping[str, Examples],
    scope: Readable,
    parameters: Mapping[str, Type],
    findings: Findings,
) -> dict[str, Serving]:
    """The facts of the servings that are sound."""
    facts: dict[str, Serving] = {}
    for name, spec in entries.spec.serving.items():
        place = entries.main.place("serving", name)
        gate = check_condition(spec.when, place.child("when"), scope, parameters, findings)
        training = trainings.get(spec.model)
        if training is None:
            continue
        rows = training.examples
        if isinstance(spec, Batch) and spec.examples is not None:
            rows = spec.examples
            if rows not in examples:
                continue
        facts[name] = Serving(name, place, spec, training.name, rows, gate)
    return facts


def check_steps(
    entries: Entries,
    sources: Mapping[str, Source],
    scope: Readable,
    parameters: Mapping[str, Type],
    findings: Findings,
) -> dict[str, StepFacts]:
    """The facts of the steps that are sound."""
    facts: dict[str, StepFacts] = {}
    for name, spec in entries.spec.steps.items():
        place = entries.main.place("steps", name)
        found = [
            _input(argument, text, place.child("inputs", argument), entries, findings)
            for argument, text in spec.inputs.items()
        ]
        inputs = tuple(item for item in found if item is not None)
        for item in inputs:
            if item.kind == "status" and not spec.always:
                findings.add(
                    "MLC650",
                    f"`{STATUS}` is read by a step that does not run last",
                    place.child("inputs", item.argument),
                    why="how a run ends is known when everything else has ended",
                    help="write `always: true`, or read a step's output instead",
                )
        each = None
        if spec.each is not None and len(inputs) == len(spec.inputs):
            each = _each(spec.each, inputs, place, entries, sources, findings)
        when = check_condition(spec.when, place.child("when"), scope, parameters, findings)
        if len(inputs) == len(spec.inputs) and (each is None) == (spec.each is None):
            facts[name] = StepFacts(name, place, spec, inputs, each, when)
    return facts


def _input(argument: str, text: str, place: Place, entries: Entries, findings: Findings) -> StepInput | None:
    """What an argument reads: `sources.NAME`, `examples.NAME`, `training.NAME` or their bare names, `STEP.OUTPUT`."""
    spec = entries.spec
    section, _, rest = text.partition(".")
    if text == STATUS:
        return StepInput(argument, "status", section)
    if section in spec.steps and rest in spec.steps[section].outputs:
        return StepInput(argument, "step", section, rest)
    declared = {name: None for name, _, _ in entries.sources()}
    for kind, names in (("source", declared), ("examples", spec.examples), ("training", spec.training)):
        prefix = {"source": "sources", "examples": "examples", "training": "training"}[kind]
        name = rest if section == prefix and rest else text
        if name in names:
            return StepInput(argument, kind, name)  # type: ignore[arg-type]
    known = [
        *(f"sources.{name}" for name in declared),
        *(f"examples.{name}" for name in spec.examples),
        *(f"training.{name}" for name in spec.training),
        *(f"{name}.{output}" for name, step in spec.steps.items() for output in step.outputs),
    ]
    if not _is_broken(text, entries):
        findings.unknown("source, examples, training or step's output", text, known, place)
    return None


def _is_broken(text: str, entries: Entries) -> bool:
    """Whether an input names something that was cut out."""
    head, _, rest = text.partition(".")
    if head in entries.broken("steps") or entries.is_broken("steps", head, "outputs"):
        return True
    sections: tuple[Literal["sources", "examples", "training"], ...] = ("sources", "examples", "training")
    return any((rest if head == section else text) in entries.broken(section) for section in sections)


def _each(
    text: str,
    inputs: tuple[StepInput, ...],
    place: Place,
    entries: Entries,
    sources: Mapping[str, Source],
    findings: Findings,
) -> tuple[str, str] | None:
    """The argument and the column of `each: INPUT.column`."""
    argument, _, column = text.partition(".")
    tables = {item.argument: item for item in inputs if item.kind in ("source", "examples")}
    if argument not in tables:
        findings.unknown("input with a table", argument, tables, place.child("each"), of=text)
        return None
    item = tables[argument]
    source = sources.get(item.name if item.kind == "source" else entries.spec.examples[item.name].from_)
    if source is not None and column not in source.columns:
        here = place.child("each")
        findings.unknown(f"column of `{argument}`", column, source.columns, here, code="MLC204", of=text)
        return None
    return argument, column
