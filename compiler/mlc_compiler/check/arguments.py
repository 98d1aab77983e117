"""What stands under `with`: plain values, and parameters of the run that there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pydantic import JsonValue

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Program
from mlc_compiler.check.findings import Findings
from mlc_compiler.source.place import Place
from mlc_compiler.spec.call import is_parameter

BUILT_IN = ("as_of",)
"""What a call may be given besides the spec's own parameters."""


def check_arguments(program: Program, entries: Entries, findings: Findings) -> None:
    """Parameters that there are not, and arguments that are given twice."""
    known = {f"${name}" for name in (*program.parameters, *BUILT_IN)}
    for given, place in _withs(entries):
        for name, value in given.items():
            if is_parameter(value) and value not in known:
                findings.unknown("parameter", value, known, place.child(name))
    for maps, place in _argument_maps(entries):
        seen: dict[str, str] = {}
        for key, names in maps:
            for name in names:
                other = seen.setdefault(name, key)
                if other != key:
                    findings.add(
                        "MLC208",
                        f"argument `{name}` is given under `{other}` and under `{key}`",
                        place.child(key, name).key(),
                        why="both are arguments of the same call",
                        help="rename one of them",
                    )


def _withs(entries: Entries) -> Iterator[tuple[Mapping[str, JsonValue], Place]]:
    for file in entries.files:
        for name, source in file.spec.sources.items():
            yield source.with_, file.place("sources", name, "with")
        for name, group in file.spec.features.items():
            yield group.with_, file.place("features", name, "with")
    for name, training in entries.spec.training.items():
        place = entries.main.place("training", name)
        yield training.model.with_, place.child("model", "with")
        for stage_name, stage in training.prepare.items():
            yield stage.with_, place.child("prepare", stage_name, "with")
        for position, metric in enumerate(training.metrics):
            yield metric.with_, place.child("metrics", position, "with")
    for name, step in entries.spec.steps.items():
        yield step.with_, entries.main.place("steps", name, "with")


def _argument_maps(entries: Entries) -> Iterator[tuple[list[tuple[str, Iterable[str]]], Place]]:
    """The mappings of one call whose keys are all its arguments."""
    for file in entries.files:
        for name, source in file.spec.sources.items():
            yield [("with", source.with_), ("inputs", source.inputs)], file.place("sources", name)
    for name, step in entries.spec.steps.items():
        maps: list[tuple[str, Iterable[str]]] = [
            ("with", step.with_),
            ("inputs", step.inputs),
            ("secrets", step.secrets),
        ]
        yield maps, entries.main.place("steps", name)
