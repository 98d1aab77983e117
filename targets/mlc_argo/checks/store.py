"""The store: pods have no folder in common but a volume."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_argo.checks.ask import Ask
from mlc_compiler.diagnostics.diagnostic import Diagnostic


def check_store(ask: Ask) -> Iterator[Diagnostic]:
    """Where artifacts live, and where tasks keep what they continue from."""
    store = ask.site.store
    place = ask.environment("store") if store else ask.environment()
    if "://" in store:
        for step in ask.plan.steps:
            if step.policy.checkpoint:
                why = "what a task continues from is in a folder, and the store is none"
                help_ = "leave `checkpoint` out, or set `store` to a folder on a volume of `targets.argo.volumes`"
                yield Diagnostic("MLC721", "`checkpoint` has no folder", ask.step(step, "checkpoint"), why, help_)
                return
    elif not ask.site.keeps(store):
        message = f"the store `{store}` is on no volume" if store else "the environment has no `store`"
        why = "pods have no folder in common: each would find an empty one"
        help_ = "write `store: s3://BUCKET/PREFIX`, or a folder below the `path` of one of `targets.argo.volumes`"
        yield Diagnostic("MLC713", message, place, why, help_)
