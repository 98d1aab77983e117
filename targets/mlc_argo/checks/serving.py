"""Online servings: what the platform that is to run them cannot do."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_argo.checks.ask import Ask
from mlc_compiler.diagnostics.diagnostic import Diagnostic


def check_serving(ask: Ask) -> Iterator[Diagnostic]:
    """The settings of servings."""
    serving = ask.site.settings.serving
    if serving.replicas.max < serving.replicas.min:
        yield Diagnostic(
            "MLC724",
            f"at least {serving.replicas.min} pods are asked for, and at most {serving.replicas.max}",
            ask.setting("serving", "replicas"),
            help=f"write `replicas: {{min: {serving.replicas.max}, max: {serving.replicas.min}}}`",
        )
    if serving.canary is not None and serving.platform == "kubernetes":
        yield Diagnostic(
            "MLC725",
            "`canary` is nothing that Kubernetes itself does",
            ask.setting("serving", "canary"),
            "a Service hands each connection to any of its pods: it knows no shares of requests",
            "add `platform: kserve` or `platform: seldon` where one of them is installed, or leave `canary` out",
        )
