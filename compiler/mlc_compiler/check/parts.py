"""Parts that a training needs: one to be judged on, and others to choose on."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Program, Training
from mlc_compiler.check.findings import Findings
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.spec.examples import ExpressionSplit, RandomSplit, Split, TimeSplit


def check_parts(program: Program, entries: Entries, findings: Findings) -> None:
    """Trainings on examples without a split, and choices without a validation part to make them on."""
    for training in program.trainings.values():
        examples = program.examples[training.examples]
        if examples.split is None:
            if not entries.is_broken("examples", examples.name, "split"):
                findings.add(
                    "MLC504",
                    f"examples `{examples.name}` have no `split`",
                    training.place.child("examples"),
                    why="a model is judged on rows that it was not fitted on",
                    help="give the examples a split, such as `split: {by: time, test: 30d, validation: 30d}`",
                    related=[Related(examples.place.key(), "the examples")],
                )
            continue
        if training.folds:
            continue
        for key, purpose in _needing_validation(training):
            findings.add(
                "MLC505",
                f"`{key}` needs a validation part, and the split makes none",
                training.place.child(key),
                why=f"{purpose} on rows that were neither fitted on nor kept for the test",
                help=f"add `validation` to the split of `{examples.name}`",
                related=[Related(examples.place.child("split"), "the split")],
            )


def folds_of(split: Split | None) -> int:
    """How many validation parts a split makes."""
    match split:
        case TimeSplit(validation=None) | RandomSplit(validation=None, folds=1) | None:
            return 0
        case TimeSplit(folds=folds) | RandomSplit(folds=folds):
            return folds
        case ExpressionSplit():
            return 1


def _needing_validation(training: Training) -> Iterator[tuple[str, str]]:
    spec = training.spec
    if spec.grid is not None:
        yield "grid", "a setting is chosen"
    if spec.calibrate is not None:
        yield "calibrate", "calibration is fitted"
    if spec.threshold is not None:
        yield "threshold", "a threshold is chosen"
