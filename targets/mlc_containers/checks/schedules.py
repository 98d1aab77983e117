"""Schedules of a part of the pipeline: what is left out is there already, or is not needed."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.source.place import Place
from mlc_containers.checks.ask import Ask
from mlc_containers.part import undecided


def check_schedules(ask: Ask) -> Iterator[Diagnostic]:
    """Parts that hang on what a training is worth, and leave the training out."""
    for position, entry in enumerate(ask.plan.spec.get("schedule", ())):
        for step, training in undecided(ask.plan, entry.get("run") or ()):
            yield Diagnostic(
                "MLC723",
                f"`{step}` hangs on what `{training}` is worth, which this schedule does not fit",
                Place(ask.files.spec, ("schedule", position, "run")),
                "of a training that is not named the live model is used, and its metrics are those of another run",
                f"name `{training}` too, or leave the condition out",
            )
