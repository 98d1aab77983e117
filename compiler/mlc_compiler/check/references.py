"""References to entries by name: every one leads somewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mlc_compiler.check.entries import Entries, Section, reachable
from mlc_compiler.check.facts import Program
from mlc_compiler.check.findings import Findings
from mlc_compiler.source.place import Place


class Reference(NamedTuple):
    """A name where an entry of one of some sections is wanted."""

    name: str
    sections: tuple[Section, ...]
    place: Place


_KINDS: Mapping[tuple[Section, ...], str] = {
    ("sources",): "source",
    ("examples",): "examples",
    ("training",): "training",
    ("serving",): "serving",
    ("training", "serving", "steps"): "training, serving or step",
}
_RUN: tuple[Section, ...] = ("training", "serving", "steps")


def check_references(_: Program, entries: Entries, findings: Findings) -> None:
    """Names that nothing has."""
    for reference in references(entries):
        known = {name for section in reference.sections for name in _names(entries, section)}
        broken = any(reference.name in entries.broken(section) for section in reference.sections)
        if reference.name not in known and not broken:
            findings.unknown(_KINDS[reference.sections], reference.name, known, reference.place)


def references(entries: Entries) -> Iterator[Reference]:
    """Every place where a name of an entry stands alone, in the order of the spec."""
    spec, main = entries.spec, entries.main
    for position, scheduled in enumerate(spec.schedule):
        for index, name in enumerate(scheduled.run or ()):
            yield Reference(name, _RUN, main.place("schedule", position, "run", index))
    sources = _names(entries, "sources")
    for _, group, file in entries.features():
        if group.from_ is not None:
            own = next(name for name, entry in file.spec.features.items() if entry is group)
            yield Reference(reachable(group.from_, file, sources), ("sources",), file.place("features", own, "from"))
    for name, examples in spec.examples.items():
        place = main.place("examples", name)
        yield Reference(examples.from_, ("sources",), place.child("from"))
        if examples.label is not None and examples.label.from_ is not None:
            yield Reference(examples.label.from_, ("sources",), place.child("label", "from"))
    for name, training in spec.training.items():
        place = main.place("training", name)
        yield Reference(training.examples, ("examples",), place.child("examples"))
        if training.fallback is not None:
            yield Reference(training.fallback, ("training",), place.child("fallback"))
    for name, serving in spec.serving.items():
        place = main.place("serving", name)
        yield Reference(serving.model, ("training",), place.child("model"))
        if serving.mode == "batch" and serving.examples is not None:
            yield Reference(serving.examples, ("examples",), place.child("examples"))
    yield from _of_experiments(entries)
    for name, step in spec.steps.items():
        for position, other in enumerate(step.after):
            yield Reference(other, _RUN, main.place("steps", name, "after", position))


def _of_experiments(entries: Entries) -> Iterator[Reference]:
    for name, experiment in entries.spec.experiments.items():
        place = entries.main.place("experiments", name)
        yield Reference(experiment.service, ("serving",), place.child("service"))
        for arm_name, arm in experiment.arms.items():
            if arm.model is not None:
                yield Reference(arm.model, ("training",), place.child("arms", arm_name, "model"))
        outcomes = [("outcome",), *(("guardrails", position) for position in range(len(experiment.guardrails)))]
        for path, outcome in zip(outcomes, (experiment.outcome, *experiment.guardrails), strict=True):
            if outcome.from_ is not None:
                yield Reference(outcome.from_, ("sources",), place.child(*path, "from"))


def _names(entries: Entries, section: Section) -> Mapping[str, object]:
    if section == "sources":
        return {name: None for name, _, _ in entries.sources()}
    names: Mapping[str, object] = getattr(entries.spec, section)
    return names
