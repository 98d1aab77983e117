"""Estimators whose signature is known: what they are called with, and whether they fit the label."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Program, Training
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.metrics import LABELS
from mlc_compiler.check.settings import MODEL, Candidate, settings
from mlc_compiler.check.signatures import Signature, misspelt, signature
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.source.place import Place


def check_estimators(program: Program, _: Entries, findings: Findings) -> None:
    """Arguments that nothing takes, classes that are not there, and those of the wrong kind."""
    for training in program.trainings.values():
        for setting in settings(training):
            for candidates in setting.calls.values():
                for candidate in candidates:
                    _candidate(training, candidate, findings)


def _candidate(training: Training, candidate: Candidate, findings: Findings) -> None:
    use = candidate.call.use
    near = misspelt(use)
    if near:
        findings.add(
            "MLC511",
            f"scikit-learn has no `{use}`",
            candidate.place.child("use"),
            why="it is in none of the versions that mlc is tested with",
            help=f"did you mean `{near}`?",
        )
    known = signature(use)
    if known is None:
        return
    for argument, place in _arguments(training, candidate):
        if argument not in known.arguments:
            _unknown(use, argument, known, place, candidate.place, findings)
    _kind(training, candidate, known, findings)


def _arguments(training: Training, candidate: Candidate) -> Iterator[tuple[str, Place]]:
    """The arguments that a call is given, and where."""
    for argument in candidate.call.with_:
        yield argument, candidate.place.child("with", argument)
    for parameter in candidate.arguments:
        if parameter.argument is not None:
            yield parameter.argument, training.place.child(*parameter.path)


def _unknown(use: str, argument: str, known: Signature, place: Place, call: Place, findings: Findings) -> None:
    name = use.replace(":", ".").rpartition(".")[2]
    near = get_close_matches(argument, sorted(known.arguments), n=1)
    listed = ", ".join(f"`{each}`" for each in sorted(known.arguments))
    findings.add(
        "MLC512",
        f"`{name}` has no argument `{argument}`",
        place.key(),
        help=f"did you mean `{near[0]}`?" if near else f"it takes {listed}" if listed else "it takes none",
        related=[Related(call, f"`{name}` is called here")],
    )


def _kind(training: Training, candidate: Candidate, known: Signature, findings: Findings) -> None:
    if candidate.target != MODEL:
        wanted = "transformer"
        why = "a stage turns columns into others; it has `fit` and `transform`"
        fits = known.transforms
    else:
        wanted = "regressor" if training.task == "number" else "classifier"
        why = f"the label of `{training.examples}` is {LABELS[training.task]}"
        fits = known.kind == wanted
    if not fits:
        name = candidate.call.use.replace(":", ".").rpartition(".")[2]
        findings.add(
            "MLC513",
            f"`{name}` is a {known.kind}, and a {wanted} is needed",
            candidate.place.child("use"),
            why=why,
            help=f"choose a {wanted}" if candidate.target != MODEL else f"choose a {wanted}, or another label",
        )
