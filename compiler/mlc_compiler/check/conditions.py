"""Conditions: booleans over metrics of candidates and live models, and over outputs of steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlc_compiler.check.facts import Condition, Reference
from mlc_compiler.check.findings import Findings
from mlc_compiler.expression.scope import Scope
from mlc_compiler.expression.types import FLOAT, STRING, Type, parse_type
from mlc_compiler.source.place import Place
from mlc_compiler.spec.header import Spec

PARTS = ("validation", "test")


@dataclass(frozen=True)
class Readable:
    """What conditions may read, by dotted name: its type, and what it refers to."""

    types: Mapping[tuple[str, ...], Type]
    references: Mapping[tuple[str, ...], Reference]


def readable(spec: Spec) -> Readable:
    """All that the conditions of a spec may read."""
    types: dict[tuple[str, ...], Type] = {}
    references: dict[tuple[str, ...], Reference] = {}

    def add(parts: tuple[str, ...], kind: Type, reference: Reference) -> None:
        types[parts], references[parts] = kind, reference

    for name, training in spec.training.items():
        for metric in training.metrics:
            for part in PARTS:
                path = (part, metric.name)
                candidate = (name, *path)
                add(candidate, FLOAT, Reference(".".join(candidate), "metric", name, path))
                live = (name, "live", *path)
                add(live, FLOAT, Reference(".".join(live), "live", name, path))
    for name, step in spec.steps.items():
        for output, text in step.outputs.items():
            kind = STRING if text == "file" else parse_type(text)
            if kind is not None:
                add((name, output), kind, Reference(f"{name}.{output}", "output", name, (output,)))
    return Readable(types, references)


def check_condition(
    text: str | None, place: Place, scope: Readable, parameters: Mapping[str, Type], findings: Findings
) -> Condition | None:
    """A `when`; None where there is none, or where it is not sound."""
    if text is None:
        return None
    typed = findings.typed(text, place, Scope(dotted=scope.types, variables=parameters), expect="bool")
    if typed is None:
        return None
    return Condition(typed.expression, tuple(scope.references[parts] for parts in typed.expression.dotted))
