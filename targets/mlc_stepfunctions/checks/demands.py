"""What one task needs, and who is asked."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_stepfunctions.amounts import NoMachineError, amounts
from mlc_stepfunctions.checks.ask import Ask


def check_demands(ask: Ask) -> Iterator[Diagnostic]:
    """Resources that no machine has, and questions that nobody would be asked."""
    told: set[tuple[str | int, ...]] = set()
    for step in ask.plan.steps:
        place = ask.step(step)
        if step.op == "approve" and ask.site.settings.question_topic is None:
            yield Diagnostic(
                "MLC735",
                f"`{step.name}` asks a person, and nobody hears of it",
                ask.step(step, "approve"),
                "a run would wait for an answer in vain",
                "add `question_topic: ARN`, of a topic of SNS, to `targets.stepfunctions`",
            )
        try:
            amounts(ask.site, step.policy)
        except NoMachineError as error:
            if place.path not in told:
                told.add(place.path)
                help_ = "ask for less, or for a pool whose queue has machines of EC2: `platform: ec2`"
                yield Diagnostic("MLC734", f"no machine has what `{step.name}` needs", place, f"{error}", help_)
