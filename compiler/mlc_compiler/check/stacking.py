"""Trainings that stand on others: their predictions as inputs, their models as a fallback."""

from __future__ import annotations

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Program, Training
from mlc_compiler.check.findings import Findings
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.source.place import Place


def check_stacking(program: Program, _: Entries, findings: Findings) -> None:
    """Predictions that no row has, fallbacks that answer another question, and inputs that stand twice."""
    for training in program.trainings.values():
        _inputs(training, findings)
        for position, text in enumerate(training.spec.features):
            other = next((each.training for each in training.inputs if each.name == text), None)
            if other is not None and other in program.trainings:
                place = training.place.child("features", position)
                _prediction(training, program.trainings[other], place, findings)
        fallback = program.trainings.get(training.spec.fallback or "")
        if fallback is not None:
            _fallback(training, fallback, findings)


def _inputs(training: Training, findings: Findings) -> None:
    seen: dict[str, str] = {}
    for position, text in enumerate(training.spec.features):
        place = training.place.child("features", position)
        for item in training.inputs:
            if text in (item.name, item.group):
                other = seen.setdefault(item.name, f"{position}")
                if other != f"{position}":
                    findings.add(
                        "MLC546",
                        f"`{item.name}` stands twice among the features",
                        place,
                        help="a group brings all of its columns: name it, or some of its columns",
                        related=[Related(training.place.child("features", int(other)), "it is here already")],
                    )
                    break


def _prediction(training: Training, other: Training, place: Place, findings: Findings) -> None:
    if other.examples != training.examples:
        findings.add(
            "MLC547",
            f"`{other.name}` is trained on other examples, `{other.examples}`",
            place,
            why="each row gets the prediction of the model that did not see it, so both need the same rows and parts",
            help=f"train `{other.name}` on `{training.examples}`",
            related=[Related(other.place.child("examples"), f"the examples of `{other.name}`")],
        )
    elif other.folds < 2:
        findings.add(
            "MLC548",
            f"`{other.name}.prediction` needs folds, and the split of `{other.examples}` has {other.folds or 'none'}",
            place,
            why="a row may only get the prediction of a model that did not see it",
            help="give the split `folds`, such as `folds: 5`",
        )


def _fallback(training: Training, other: Training, findings: Findings) -> None:
    place = training.place.child("fallback")
    why = "the fallback answers in place of a model, so it has to answer the same question for more rows"
    if other.examples != training.examples:
        message = f"`{other.name}` is trained on other examples, `{other.examples}`"
        help_ = f"train `{other.name}` on `{training.examples}`"
    elif other.each and not set(other.each) < set(training.each):
        columns = ", ".join(f"`{column}`" for column in other.each)
        message = f"`{other.name}` has a model for each {columns}, which is no coarser"
        help_ = f"let `{other.name}` have no `each`, or only some of the columns of `{training.name}`"
    else:
        return
    findings.add("MLC545", message, place, why=why, help=help_, related=[Related(other.place.key(), "the fallback")])
