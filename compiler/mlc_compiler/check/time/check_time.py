"""The rule of time over a whole program."""

from __future__ import annotations

from collections.abc import Container

from mlc_compiler.check.facts import Examples, Program, Training
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.time.lookups import check_lookup
from mlc_compiler.check.time.prove import Proof
from mlc_compiler.check.time.reading import Read
from mlc_compiler.check.time.untimed import Apart
from mlc_compiler.diagnostics.diagnostic import Related


def check_time(program: Program, findings: Findings) -> None:
    """Prove, for each set of examples, that what they and the trainings on them read is known at `$at`.

    Labels, weights and parts may read what is known later.
    """
    for examples in program.examples.values():
        rule = rule_of(program, examples, findings)
        if rule is not None:
            rule.population()
            for training in _trainings(program, examples):
                _training(rule, training, program.sources[examples.source].columns)
        for group in examples.groups.values():
            check_lookup(examples, group, program.sources, findings, utc=is_utc(program))


def is_utc(program: Program) -> bool:
    """Whether every day of the pipeline has 24 hours."""
    return program.spec.timezone == "UTC"


def rule_of(program: Program, examples: Examples, findings: Findings) -> Proof | Apart | None:
    """What holds the examples' own rows to their moment, or apart from their label."""
    source = program.sources[examples.source]
    if examples.at is None:
        # Where its source has a time, its moment was not understood, which has been said.
        return None if source.time is not None else Apart(examples, program.sources, findings)
    if source.time is not None:
        return Proof(examples, program.sources, findings, utc=is_utc(program))
    findings.add(
        "MLC413",
        f"`at` is given, and source `{source.name}` has no `time`",
        examples.place.child("at"),
        why="nobody knows when its rows became known",
        help=f"say `time` of `{source.name}`, and `known` where that is another time",
        related=[Related(source.place.key(), f"source `{source.name}`")],
    )
    return None


def _trainings(program: Program, examples: Examples) -> list[Training]:
    """The trainings whose inputs are computed for the examples, to train or to serve."""
    served = {serving.training for serving in program.servings.values() if serving.examples == examples.name}
    return [t for t in program.trainings.values() if t.examples == examples.name or t.name in served]


def _training(rule: Proof | Apart, training: Training, columns: Container[str]) -> None:
    """What a training's inputs and its `each` read."""
    rule.features((item.group, item.column) for item in training.inputs if item.group is not None)
    for axis in training.spec.each_axes():
        if axis.column in columns:
            rule.reads([Read(axis.column, training.place.child(*axis.path), "`each`")])
        else:
            group, _, column = axis.column.rpartition(".")
            rule.features([(group, column)])
