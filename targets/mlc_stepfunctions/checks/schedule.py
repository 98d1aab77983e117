"""Schedules that AWS cannot say."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.source.place import Place
from mlc_stepfunctions.checks.ask import Ask
from mlc_stepfunctions.schedule import TwoDaysError, cron


def check_schedule(ask: Ask) -> Iterator[Diagnostic]:
    """Lines of cron with days of the month and of the week."""
    for position, entry in enumerate(ask.plan.spec.get("schedule", ())):
        try:
            cron(entry["cron"])
        except TwoDaysError:
            yield Diagnostic(
                "MLC736",
                f"`{entry['cron']}` has days of the month and of the week",
                Place(ask.files.spec, ("schedule", position, "cron")),
                "cron means either, and EventBridge takes one kind of days only",
                "write two entries, each with one kind of days",
            )
