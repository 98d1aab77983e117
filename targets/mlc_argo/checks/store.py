"""What is written: pods have no folder in common but a volume, and none that outlives them."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_argo.checks.ask import Ask
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_containers.site import absolute


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
    elif not _on_volume(ask, store):
        message = f"the store `{store}` is on no volume" if store else "the environment has no `store`"
        why = "pods have no folder in common: each would find an empty one"
        help_ = "write `store: s3://BUCKET/PREFIX`, or a folder below the `path` of one of `targets.argo.volumes`"
        yield Diagnostic("MLC713", message, place, why, help_)


def check_writes(ask: Ask) -> Iterator[Diagnostic]:
    """Where predictions are written."""
    for step in ask.plan.steps:
        path = ask.site.connection(step).get("path") or (step.params.get("locate") or {}).get("path")
        if step.effect and path is not None and not _on_volume(ask, absolute(path)):
            folder = path.rpartition("/")[0] or "FOLDER"
            yield Diagnostic(
                "MLC728",
                f"`{path}` is on no volume",
                ask.step(step, "write"),
                "what a pod writes into its own folders is gone with it",
                f"mount a claim where it is: `volumes: {{NAME: {{claim: CLAIM, path: {folder}}}}}` in `targets.argo`",
            )


def _on_volume(ask: Ask, path: str) -> bool:
    """Whether a path is on a volume that steps may write."""
    volumes = ask.site.settings.volumes
    return any(f"{path}/".startswith(f"{at}/") for name, at in ask.site.mounts.items() if not volumes[name].read_only)
