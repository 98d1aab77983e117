"""Trainings: their inputs and types, and whether what they ask for fits together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from mlc_compiler.check.conditions import Readable, check_condition
from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Examples, Input, Task, Training, Typed
from mlc_compiler.check.findings import Findings
from mlc_compiler.expression.scope import Scope
from mlc_compiler.expression.types import FLOAT, INT, STRING, Type
from mlc_compiler.source.place import Place
from mlc_compiler.spec.call import Metric
from mlc_compiler.spec.examples import ExpressionSplit, RandomSplit, TimeSplit
from mlc_compiler.spec.training import Training as TrainingSpec
from mlc_runtime.metrics_catalogue import METRICS

PREDICTION: Mapping[Task, Type] = {"binary": FLOAT, "classes": STRING, "number": FLOAT}
"""The type of a training's prediction."""

CONFUSION = ("tp", "fp", "tn", "fn")


def groups_named(entries: Entries) -> dict[str, list[tuple[str, Place]]]:
    """By examples, the feature groups that trainings read there, and where they say so."""
    groups = {name for name, _, _ in entries.features()}
    used: dict[str, list[tuple[str, Place]]] = {}
    for name, spec in entries.spec.training.items():
        place = entries.main.place("training", name)
        for position, text in enumerate(spec.features):
            group = _group_of(text, groups, entries)
            if group is not None:
                used.setdefault(spec.examples, []).append((group, place.child("features", position)))
        for axis in spec.each_axes():
            if "." in axis.column:
                group = axis.column.rpartition(".")[0]
                used.setdefault(spec.examples, []).append((group, place.child(*axis.path)))
    return used


def _group_of(text: str, groups: set[str], entries: Entries) -> str | None:
    """The feature group that an entry of `features` names; None for another training's prediction."""
    if text in groups:
        return text
    head, _, column = text.rpartition(".")
    if column == "prediction" and head in entries.spec.training and head not in groups:
        return None
    return head if head in groups or head.partition(".")[0] in entries.spec.include else head or text


def check_training(
    entries: Entries,
    examples: Mapping[str, Examples],
    scope: Readable,
    parameters: Mapping[str, Type],
    findings: Findings,
) -> dict[str, Training]:
    """The facts of the trainings that are sound."""
    facts: dict[str, Training] = {}
    for name, spec in entries.spec.training.items():
        place = entries.main.place("training", name)
        population = examples.get(spec.examples)
        if population is None:
            continue
        if population.task is None:
            broken = entries.is_broken("examples", spec.examples, "label")
            if entries.spec.examples[spec.examples].label is None and not broken:
                findings.add(
                    "MLC502",
                    f"examples `{spec.examples}` have no label",
                    place.child("examples"),
                    why="a model is fitted to labels",
                    help="give the examples a `label`",
                )
            continue
        facts[name] = _training(name, spec, population, population.task, entries, examples, scope, parameters, findings)
    return facts


def _training(
    name: str,
    spec: TrainingSpec,
    population: Examples,
    task: Task,
    entries: Entries,
    examples: Mapping[str, Examples],
    scope: Readable,
    parameters: Mapping[str, Type],
    findings: Findings,
) -> Training:
    place = entries.main.place("training", name)
    folds = _folds(population)
    metrics = [_metric(metric) for metric in spec.metrics]
    threshold: Typed | None = None
    if spec.threshold is not None and spec.threshold.target not in METRICS:
        here = place.child("threshold", spec.threshold.direction)
        counts = Scope(dict.fromkeys(CONFUSION, INT), variables=parameters, columns_of="the confusion counts")
        threshold = findings.typed(spec.threshold.target, here, counts, expect="int float decimal")
    each = tuple(axis.column for axis in spec.each_axes())
    return Training(
        name=name,
        place=place,
        spec=spec,
        examples=spec.examples,
        task=task,
        inputs=tuple(_inputs(spec, population, entries, examples, place, findings)),
        each=each,
        per=each if spec.select is None or spec.select.per is None else tuple(spec.select.per),
        listed=_listed(spec),
        metrics=tuple(metrics),
        metric_code=tuple(
            metric.use.rpartition(":" if ":" in metric.use else ".")[0]
            for metric in spec.metrics
            if metric.use not in METRICS
        ),
        folds=folds,
        refit=folds > 1 if spec.refit is None else spec.refit,
        when=check_condition(spec.when, place.child("when"), scope, parameters, findings),
        threshold=threshold,
    )


def _inputs(
    spec: TrainingSpec,
    population: Examples,
    entries: Entries,
    examples: Mapping[str, Examples],
    place: Place,
    findings: Findings,
) -> Iterator[Input]:
    """The model's inputs: a group's columns, one of them, or another training's prediction."""
    known = {name for name, _, _ in entries.features()}
    for position, text in enumerate(spec.features):
        here = place.child("features", position)
        name = _group_of(text, known, entries)
        if name is None:
            other = text.removesuffix(".prediction")
            theirs = examples.get(entries.spec.training[other].examples)
            if theirs is not None and theirs.task is not None:
                yield Input(text, PREDICTION[theirs.task], training=other)
            continue
        group = population.groups.get(name)
        if group is None:
            continue
        if name == text:
            yield from (Input(f"{name}.{column}", kind, name, column) for column, kind in group.columns.items())
            continue
        column = text.removeprefix(f"{name}.")
        if column in group.columns:
            yield Input(text, group.columns[column], name, column)
        else:
            findings.unknown(f"column of `{name}`", column, group.columns, here, code="MLC204")


def _metric(metric: Metric) -> dict[str, Any]:
    """A metric as the runtime reads it: a known one by its name alone."""
    if metric.use in METRICS:
        return {"name": metric.name}
    return {"name": metric.name, "use": metric.use, "with": dict(metric.with_)}


def _folds(population: Examples) -> int:
    """How many validation parts there are."""
    match population.split:
        case TimeSplit(validation=None) | RandomSplit(validation=None, folds=1) | None:
            return 0
        case TimeSplit(folds=folds) | RandomSplit(folds=folds):
            return folds
        case ExpressionSplit():
            return 1


def _listed(spec: TrainingSpec) -> tuple[Mapping[str, Any], ...] | None:
    """The records of `each` that the spec lists: every combination of the listed values."""
    axes = list(spec.each_axes())
    if not axes or any(axis.values is None for axis in axes):
        return None
    columns = [axis.column for axis in axes]
    return tuple(dict(zip(columns, record, strict=True)) for record in product(*(axis.values or () for axis in axes)))
