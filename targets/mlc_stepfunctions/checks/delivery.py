"""Deliveries: what a step writes beside the store."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_stepfunctions.checks.ask import Ask


def check_delivery(ask: Ask) -> Iterator[Diagnostic]:
    """Files and folders that predictions are written to, which are the job's own and end with it."""
    for step in ask.plan.steps:
        locate = step.params.get("locate") or {}
        connection = ask.site.connection(step)
        if step.op != "write" or not (locate.get("path") or connection.get("type") in ("folder", "duckdb")):
            continue
        yield Diagnostic(
            "MLC737",
            f"what `{step.name}` writes ends with its job",
            ask.step(step, "write"),
            "a job of AWS Batch has no folder that outlives it",
            "read the predictions in the store, or deliver them by a step of your own",
            severity="warning",
        )
