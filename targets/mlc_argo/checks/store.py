"""The store: pods have no folder in common but a volume."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlc_argo.checks.ask import Ask
from mlc_compiler.diagnostics.diagnostic import Diagnostic

_BUCKET = re.compile(r"s3://[A-Za-z0-9][-A-Za-z0-9._]{0,254}(/|$)")
_SERVER = re.compile(r"https?://[-A-Za-z0-9._]+(:[0-9]+)?/?|https?://\[[0-9a-fA-F:]+\](:[0-9]+)?/?")


def check_store(ask: Ask) -> Iterator[Diagnostic]:
    """Where artifacts live, and where tasks keep what they continue from."""
    store = ask.site.store
    place = ask.environment("store") if store else ask.environment()
    if "://" in store:
        yield from _reached(ask, store)
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


def _reached(ask: Ask, store: str) -> Iterator[Diagnostic]:
    endpoint = (ask.site.data.get("store") or {}).get("endpoint")
    if not _BUCKET.match(store):
        message = f"`{store}` is no store that pods reach"
        help_ = "write `store: s3://BUCKET/PREFIX`, or mount what you have as a folder"
        yield Diagnostic("MLC713", message, ask.environment("store"), "they speak S3, or share a volume", help_)
    if endpoint is not None and not _SERVER.fullmatch(endpoint):
        help_ = "write `https://HOST`, with `:PORT` where it is none of the usual"
        place = ask.environment("store", "endpoint")
        yield Diagnostic("MLC713", f"`{endpoint}` is no address of a server", place, help=help_)
