"""What is written beside the store: containers have no folder that outlives them but a volume."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_containers.checks.ask import Ask
from mlc_containers.site import absolute


def check_writes(ask: Ask, *, volume: str) -> Iterator[Diagnostic]:
    """Where predictions are written.

    Args:
        ask: what is asked.
        volume: what the target's settings say of a volume beside its path.
    """
    for step in ask.plan.steps:
        path = ask.site.connection(step).get("path") or (step.params.get("locate") or {}).get("path")
        if step.effect and path is not None and not ask.site.keeps(absolute(path)):
            folder = path.rpartition("/")[0] or "FOLDER"
            yield Diagnostic(
                "MLC728",
                f"`{path}` is on no volume",
                ask.step(step, "write"),
                "what a step writes into the folders of its container is gone with it",
                f"mount one where it is: `volumes: {{NAME: {{{volume}, path: {folder}}}}}` in `targets.{ask.target}`",
            )
