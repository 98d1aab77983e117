"""Conditions: booleans over metrics of candidates and live models, and over outputs of steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Condition, Examples, Reference, Task
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.parts import folds_of
from mlc_compiler.expression.parse import parse
from mlc_compiler.expression.scope import Scope
from mlc_compiler.expression.types import FLOAT, STRING, Type, parse_type
from mlc_compiler.source.place import Place
from mlc_compiler.spec.header import Spec
from mlc_compiler.spec.training import Training
from mlc_runtime.metrics_catalogue import METRICS

PARTS = ("validation", "test")
WORSE, LATENCY = "p_worse", "latency"
"""What conditions read of a training's test rows beside its metrics, for which see the operations of these names:
`TRAINING.live.test.p_worse` and `TRAINING.test.latency`."""
_KINDS: tuple[Literal["metric", "live"], ...] = ("metric", "live")


class Readable(NamedTuple):
    """What conditions may read, by dotted name.

    Attributes:
        types: the type of each.
        references: what each refers to.
        hidden: what exists, or seems to, and cannot be read; with the reason.
        lost: the trainings and steps of which something was cut out, so that nobody can say what is unknown of them.
    """

    types: Mapping[tuple[str, ...], Type]
    references: Mapping[tuple[str, ...], Reference]
    hidden: Mapping[str, str]
    lost: frozenset[str]


def readable(entries: Entries, examples: Mapping[str, Examples]) -> Readable:
    """All that the conditions of a spec may read."""
    references: dict[tuple[str, ...], Reference] = {}
    types: dict[tuple[str, ...], Type] = {}
    hidden: dict[str, str] = {}
    for name, training in entries.spec.training.items():
        population = examples.get(training.examples)
        folds = 1 if population is None else folds_of(population.split)
        task = None if population is None else population.task
        for metric in dict.fromkeys((*(metric.name for metric in training.metrics), *METRICS)):
            reason = _never(training, metric, task)
            for part in PARTS:
                for kind in _KINDS:
                    parts = (name, part, metric) if kind == "metric" else (name, "live", part, metric)
                    no = reason or ("" if folds or part == "test" else "the split makes no validation part")
                    if no:
                        hidden[".".join(parts)] = no
                    else:
                        types[parts] = FLOAT
                        references[parts] = Reference(".".join(parts), kind, name, (part, metric))
        for reference in _beside(name):
            path = tuple(reference.text.split("."))
            if path not in references:
                types[path] = FLOAT
                references[path] = reference
    for name, step in entries.spec.steps.items():
        for output, text in step.outputs.items():
            found = STRING if text == "file" else parse_type(text)
            if step.each is not None:
                hidden[f"{name}.{output}"] = (
                    f"step `{name}` runs once for each value of `{step.each}`: which one is meant?"
                )
            elif found is not None:
                types[name, output] = found
                references[name, output] = Reference(f"{name}.{output}", "output", name, (output,))
    return Readable(types, references, hidden, frozenset(_lost(entries)))


def _beside(training: str) -> tuple[Reference, ...]:
    """What conditions read beside metrics; a metric of the same name counts for more."""
    return (
        Reference(f"{training}.live.test.{WORSE}", "compared", training, ("test", WORSE)),
        Reference(f"{training}.test.{LATENCY}", "latency", training, ("test", LATENCY)),
    )


def _never(training: Training, metric: str, task: Task | None) -> str:
    """Why a metric has no value for a training; empty where it has one."""
    own = any(metric == each.name and each.use not in METRICS for each in training.metrics)
    if own or task is None or task in METRICS[metric].tasks:
        return ""
    return f"`{metric}` does not fit the label of `{training.examples}`"


def _lost(entries: Entries) -> Iterator[str]:
    for section, key in (("training", "metrics"), ("steps", "outputs")):
        yield from entries.main.cut(section)
        yield from (name for name in getattr(entries.spec, section) if entries.is_broken(section, name, key))


def metrics_read(spec: Spec) -> dict[str, tuple[str, ...]]:
    """By training, the known metrics that conditions read, by name: conditions stand in no order."""
    found: dict[str, set[str]] = {name: set() for name in spec.training}
    for entry in (*spec.training.values(), *spec.serving.values(), *spec.steps.values()):
        expression, _ = parse(entry.when or "true")
        for head, *_, metric in expression.dotted if expression is not None else ():
            if head in found and metric in METRICS:
                found[head].add(metric)
    return {name: tuple(sorted(metrics)) for name, metrics in found.items()}


def check_condition(
    text: str | None, place: Place, scope: Readable, parameters: Mapping[str, Type], findings: Findings
) -> Condition | None:
    """A `when`; None where there is none, or where it is not sound."""
    if text is None:
        return None
    expression, _ = parse(text)
    if expression is not None and any(parts[0] in scope.lost for parts in expression.dotted):
        return None
    reads = Scope(dotted=scope.types, variables=parameters, hidden=scope.hidden)
    typed = findings.typed(text, place, reads, expect="bool")
    if typed is None:
        return None
    return Condition(typed.expression, tuple(scope.references[parts] for parts in typed.expression.dotted))
