"""Secrets: a pod gets them from Kubernetes."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_argo.checks.ask import Ask
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_containers.secrets import secrets_of


def check_secrets(ask: Ask) -> Iterator[Diagnostic]:
    """The secrets that steps read."""
    used = {name for step in ask.plan.steps for name in secrets_of(step, ask.site)}
    for name, reference in ask.site.data.get("secrets", {}).items():
        if name in used and "kubernetes" not in reference:
            yield Diagnostic(
                "MLC714",
                f"secret `{name}` is in no Kubernetes secret",
                ask.environment("secrets", name),
                "steps run in pods, which have no other secrets",
                f"write `{name}: {{kubernetes: {{secret: NAME, key: KEY}}}}`",
            )
