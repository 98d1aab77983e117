"""The store: a bucket of AWS, which jobs and the state machine both reach."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_containers.checks.steps import files_outside
from mlc_stepfunctions.checks.ask import Ask
from mlc_stepfunctions.forms import STORE


def check_store(ask: Ask) -> Iterator[Diagnostic]:
    """Where artifacts live, and the files that have to be in the image, since jobs have no folder in common."""
    store = ask.site.data.get("store") or {}
    region = ask.site.settings.region
    help_ = "write `store: s3://BUCKET/PREFIX`, with letters, digits, `-`, `_`, `.`, `=` and `/`"
    if not re.fullmatch(STORE, ask.site.store):
        shown = f"the store `{ask.site.store}` is no bucket of AWS" if store else "the environment has no `store`"
        why = "jobs have no folder in common, and the state machine asks the bucket how many tiles there are"
        yield Diagnostic("MLC730", shown, ask.environment("store") if store else ask.environment(), why, help_)
    elif store.get("endpoint"):
        why = "the state machine asks S3 itself how many tiles there are, and reaches no other object store"
        help_ = "leave `endpoint` out"
        yield Diagnostic("MLC730", "the store is not in S3", ask.environment("store", "endpoint"), why, help_)
    elif region and store.get("region", region) != region:
        why = "the state machine asks S3 in its own region how many tiles there are"
        help_ = f"use a bucket in `{region}`, or that region in `targets.stepfunctions`"
        place = ask.environment("store", "region")
        yield Diagnostic("MLC730", "the store is in another region than the state machine", place, why, help_)
    for step in ask.plan.steps:
        if step.policy.checkpoint:
            why = "what a task continues from is in a folder, and a job has none that outlives it"
            place = ask.step(step, "checkpoint")
            yield Diagnostic("MLC721", "`checkpoint` has no folder", place, why, "leave `checkpoint` out")
            break
    for file in files_outside(ask):
        yield Diagnostic(
            "MLC720",
            f"`{file}` cannot be a part of the step image",
            ask.environment(),
            "steps read it, and an image holds files of the project's folder, with plain names",
            "move it into the project",
        )
