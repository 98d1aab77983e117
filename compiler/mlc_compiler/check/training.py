"""Trainings: their inputs and types, and whether what they ask for fits together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from mlc_compiler.check.conditions import Readable, check_condition, metrics_read
from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Examples, Input, Task, Training, Typed
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.parts import folds_of
from mlc_compiler.expression.scope import Scope
from mlc_compiler.expression.types import FLOAT, INT, STRING, Type
from mlc_compiler.source.place import Place
from mlc_compiler.spec.training import Training as TrainingSpec
from mlc_runtime.metrics_catalogue import COUNTED, METRICS

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


def groups_served(entries: Entries) -> dict[str, list[tuple[str, Place]]]:
    """By examples on which nothing is trained, the groups that servings compute for them, and where they say so."""
    named = groups_named(entries)
    served: dict[str, list[tuple[str, Place]]] = {}
    for name, spec in entries.spec.serving.items():
        training = entries.spec.training.get(spec.model)
        other = spec.examples if spec.mode == "batch" else None
        if training is not None and other is not None and other != training.examples:
            place = entries.main.place("serving", name, "examples")
            groups = dict.fromkeys(group for group, _ in named.get(training.examples, ()))
            served.setdefault(other, []).extend((group, place) for group in groups)
    return served


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
    read = metrics_read(entries.spec)
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
        facts[name] = _training(
            name, spec, population, population.task, entries, examples, scope, parameters, read[name], findings
        )
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
    read: Iterable[str],
    findings: Findings,
) -> Training:
    place = entries.main.place("training", name)
    folds = folds_of(population.split)
    threshold: Typed | None = None
    if spec.threshold is not None and spec.threshold.target not in METRICS:
        here = place.child("threshold", spec.threshold.direction)
        counts = Scope(dict.fromkeys(CONFUSION, INT), variables=parameters, columns_of="the confusion counts")
        if spec.threshold.target.isidentifier() and spec.threshold.target not in CONFUSION:
            findings.unknown("metric", spec.threshold.target, COUNTED, here, code="MLC506")
        else:
            threshold = findings.typed(spec.threshold.target, here, counts, expect="int float decimal")
    each = tuple(axis.column for axis in spec.each_axes())
    per = spec.select.per if spec.select else None
    return Training(
        name=name,
        place=place,
        spec=spec,
        examples=spec.examples,
        task=task,
        inputs=tuple(_inputs(spec, population, entries, examples, place, findings)),
        each=each,
        per=each if per is None or set(per) == set(each) else tuple(per),
        listed=_listed(spec),
        metrics=tuple(_metrics(spec, read, task)),
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
            findings.unknown(f"column of `{name}`", column, group.columns, here, code="MLC204", of=text)


def _metrics(spec: TrainingSpec, read: Iterable[str], task: Task) -> Iterator[dict[str, Any]]:
    """The metrics as the runtime reads them: those listed, then what is selected by and what conditions read."""
    for metric in spec.metrics:
        known = metric.use in METRICS
        yield {"name": metric.name} | ({} if known else {"use": metric.use, "with": dict(metric.with_)})
    listed = {metric.name for metric in spec.metrics}
    for name in dict.fromkeys((*((spec.select.target,) if spec.select else ()), *read)):
        if name not in listed and name in METRICS and task in METRICS[name].tasks:
            yield {"name": name}


def _listed(spec: TrainingSpec) -> tuple[Mapping[str, Any], ...] | None:
    """The records of `each` that the spec lists: every combination of the listed values."""
    axes = list(spec.each_axes())
    if not axes or any(axis.values is None for axis in axes):
        return None
    columns = [axis.column for axis in axes]
    return tuple(dict(zip(columns, record, strict=True)) for record in product(*(axis.values or () for axis in axes)))
