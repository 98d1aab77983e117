"""Online servings: whether they are asked for, and what SageMaker hands to a server."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.source.place import Place
from mlc_containers.secrets import secrets_of_sources
from mlc_stepfunctions.checks.ask import Ask


def check_serving(ask: Ask) -> Iterator[Diagnostic]:
    """The spec's online servings."""
    if ask.site.settings.serving is None:
        for name in ask.plan.spec.get("online", ()):
            yield Diagnostic(
                "MLC738",
                f"nothing answers for `{name}`: the environment names no instances for it",
                Place(ask.files.spec, ("serving", name)),
                "an endpoint costs by the hour, and comes up only once a model is live: it is not made unasked",
                "add `serving: {instance_type: ml.m7i.large}` to `targets.stepfunctions` once a run has promoted one",
                severity="warning",
            )
        return
    secrets = secrets_of_sources(ask.plan, ask.site)
    if secrets:
        yield Diagnostic(
            "MLC739",
            f"SageMaker hands no secret to a server, and sources are read with {', '.join(f'`{s}`' for s in secrets)}",
            ask.setting("serving"),
            "its containers get variables that anyone may read who may look at a model",
            "read the source through a connection that the role of steps may use, such as `type: s3`, or leave "
            "`serving` out",
        )
