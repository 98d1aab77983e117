"""Steps and schedules that the workflow cannot hold."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_argo.checks.ask import Ask
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.source.place import Place


def check_steps(ask: Ask) -> Iterator[Diagnostic]:
    """Containers of the user's own, and schedules of a part of the pipeline."""
    for step in ask.plan.steps:
        if step.op == "container":
            yield Diagnostic(
                "MLC719",
                f"`{step.name}` runs a container, which the target `argo` does not yet",
                ask.step(step, "container"),
                "a step runs inside a pod, where no container engine answers",
                "call it from a function with `use`, in the step image",
            )
    for position, entry in enumerate(ask.plan.spec.get("schedule", ())):
        if entry.get("run"):
            yield Diagnostic(
                "MLC718",
                "a schedule of a part of the pipeline is not one that the target `argo` has",
                Place(ask.files.spec, ("schedule", position, "run")),
                "its workflow is the whole pipeline; what is done already is not done again",
                "leave `run` out, or split the pipeline into two specs",
            )
