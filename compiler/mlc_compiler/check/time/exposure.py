"""The rule of time at the exposure: what divides the units, and adjusts their outcomes, is known by then."""

from __future__ import annotations

from mlc_compiler.check.facts import Examples, Outcome, Program, Typed
from mlc_compiler.check.features import Groups
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.time.check_time import is_utc, rule_of
from mlc_compiler.check.time.known import say_length
from mlc_compiler.check.time.label import delay_of
from mlc_compiler.check.time.lookups import check_lookup
from mlc_compiler.check.time.reading import Read
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.source.place import Place
from mlc_compiler.spec.experiments import Experiment


def check_exposure(
    program: Program,
    examples: Examples,
    groups: Groups,
    experiment: Experiment,
    where: Typed | None,
    place: Place,
    findings: Findings,
) -> None:
    """Findings about what is read of a unit at its exposure, the `$at` of the examples, and becomes known later.

    What the treatment can have changed says nothing about who takes part, and takes the effect out of the outcome.
    """
    found = {name: group for name, group in groups.found.items() if group is not None}
    for name, group in found.items():
        if name not in examples.groups:
            check_lookup(examples, group, program.sources, findings, utc=is_utc(program))
    rule = rule_of(program, examples._replace(groups={**examples.groups, **found}), findings)
    if rule is None:
        return
    if where is not None:
        rule.expression(where, "`where`")
    columns = [(experiment.unit, place.child("unit"), "`unit`")]
    columns += [(text, place.child("segments", i), "`segments`") for i, text in enumerate(experiment.segments or ())]
    if experiment.covariate is not None:
        columns.append((experiment.covariate, place.child("covariate"), "`covariate`"))
    for text, here, use in columns:
        owner, _, column = text.rpartition(".")
        if text in groups.columns:
            rule.reads([Read(text, here, use)])
        elif owner:
            rule.features([(owner, column)])


def waiting(program: Program, examples: Examples, outcome: Outcome | None) -> int:
    """How long after its exposure a unit's outcome is known, in microseconds, as far as that is a constant.

    Args:
        program: the facts.
        examples: those that are served.
        outcome: an aggregate over a window; None for a metric, which waits for the examples' label.
    """
    if outcome is None:
        return examples.horizon or 0
    _, end = outcome.lookup.window
    return max(0, end) + max(0, delay_of(outcome, program.sources[outcome.lookup.source]) or 0)


def check_waiting(experiment: Experiment, wait: int, place: Place, findings: Findings) -> None:
    """A finding where the experiment has ended before the first outcome is known."""
    limit = experiment.max_duration
    if limit is None or wait < limit.micros:
        return
    findings.add(
        "MLC619",
        f"an outcome is known {say_length(wait)} after the exposure, and the experiment takes at most {limit}",
        place.child("max_duration"),
        why="not one unit would have its outcome in time",
        help="allow more time, or choose an outcome that is known sooner",
        related=[Related(place.child("outcome"), "the outcome")],
    )
